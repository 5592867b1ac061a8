"""What there is to ask at a configuration: the paths of the API for completion, and examples to begin with."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from connector.client import errors
from connector.client.endpoint import Endpoint, Kind
from connector.client.operation import Operation
from connector.models import Configuration
from connector.operations import (
    chat_completions,
    completions,
    embeddings,
    image_edits,
    image_generations,
    image_variations,
    models,
    moderations,
    responses,
    speech,
    transcriptions,
    translations,
)
from playground.requests.typed import Typed

OPERATIONS = tuple(
    module.OPERATION
    for module in (
        chat_completions,
        completions,
        embeddings,
        image_edits,
        image_generations,
        image_variations,
        models,
        moderations,
        responses,
        speech,
        transcriptions,
        translations,
    )
)


@dataclass(frozen=True, slots=True)
class Example:
    key: str  # of the address's query
    words: str
    detail: str
    typed: Typed


def offered(configuration: Configuration | None) -> list[tuple[str, str]]:
    """Path and method of each operation, as somebody types them; without what only administrators know."""
    endpoint = _endpoint(configuration)
    return sorted((path_of(operation, endpoint), operation.method) for operation in OPERATIONS)


def path_of(operation: Operation, endpoint: Endpoint | None, model: str = "") -> str:
    """`/v1/chat/completions`; in Azure's dated versions `/openai/deployments/{deployment}/chat/completions`."""
    if endpoint is None or endpoint.kind is not Kind.AZURE:
        # of a longer base only its end is known to everybody
        is_versioned = endpoint is None or endpoint.base.endswith("/v1")
        return f"/v1/{operation.path}" if is_versioned else f"/{operation.path}"
    if endpoint.style != "azure_classic":
        return f"/openai/v1/{operation.path}"
    if not operation.in_deployment:
        return f"/openai/{operation.path}"
    return f"/openai/deployments/{quote(model or endpoint.deployment, safe='') or 'deployment'}/{operation.path}"


def examples(configuration: Configuration | None) -> list[Example]:
    """Three requests that `configuration` answers, with models of its own."""
    return [
        Example("models", "List the models", "GET", _asking(configuration, models.OPERATION, None)),
        Example(
            "chat",
            "Ask a chat model",
            "POST, JSON",
            _asking(
                configuration,
                chat_completions.OPERATION,
                {"messages": [{"role": "user", "content": "Say hello in three languages."}]},
            ),
        ),
        Example(
            "speech",
            "Have a sentence spoken",
            "POST, a sound comes back",
            _asking(
                configuration, speech.OPERATION, {"voice": "alloy", "input": "The tide is coming in."}, binary=True
            ),
        ),
    ]


def _asking(
    configuration: Configuration | None, operation: Operation, body: dict[str, Any] | None, *, binary: bool = False
) -> Typed:
    model = _model(configuration, operation.name)
    data = json.dumps({"model": model, **body}, indent=2) if body is not None else ""
    return Typed(
        configuration=str(configuration.pk) if configuration else "",
        method=operation.method,
        path=path_of(operation, _endpoint(configuration), model),
        body="json" if data else "none",
        data=data,
        response_type="binary" if binary else "json",
    )


def _model(configuration: Configuration | None, operation: str) -> str:
    offered = configuration.model_names(operation) if configuration else []
    return offered[0].name if offered else "the-model"


def _endpoint(configuration: Configuration | None) -> Endpoint | None:
    try:
        return configuration.parsed_endpoint() if configuration else None
    except errors.InvalidParameter:
        return None
