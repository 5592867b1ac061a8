"""The sandbox behind the address of another provider."""

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx

from connector.client import errors, stand_ins, wire
from connector.client.endpoint import Endpoint
from connector.client.stand_ins import StandIn
from connector.sandbox.replies import models
from connector.sandbox.transport import SandboxTransport

if TYPE_CHECKING:  # so that this can be imported before Django is set up
    from connector.models import Configuration

ROOTS = {"v1": "/v1", "azure_classic": "/openai", "azure_v1": "/openai/v1"}  # the sandbox's, by the endpoint's style
# The model that answers where one is named that the sandbox does not have: the first of the operation.
MODELS = {
    "chat/completions": "chat_completions",
    "completions": "completions",
    "embeddings": "embeddings",
    "images/generations": "image_generations",
    "images/edits": "image_edits",
    "images/variations": "image_variations",
    "audio/speech": "speech",
    "audio/transcriptions": "transcriptions",
    "audio/translations": "translations",
    "moderations": "moderations",
    "responses": "responses",
}
_DEPLOYMENT = re.compile(r"^/deployments/([^/]+)(?=/)")
_MODEL_FIELD = re.compile(rb'(?<=name="model"\r\n\r\n)[^\r\n]*')


@contextmanager
def sandbox(configuration: "Configuration | None" = None, pace: float = math.inf) -> Iterator[None]:
    """Inside, the sandbox answers for `configuration`, or for all; `pace` is in tokens per second.

    A model that the sandbox does not have is answered by its usual one for the operation. Naming one of its own
    shows how things go wrong: `sandbox-429`, `sandbox-cut`, `sandbox-filter` and others, listed by `list_models`.
    """
    with stand_ins.put(StandIn(partial(Behind, pace=pace)), str(configuration.uuid) if configuration else ""):
        yield


class Behind(httpx.AsyncBaseTransport):
    """The sandbox, asked at the addresses of `endpoint`."""

    def __init__(self, endpoint: Endpoint, *, pace: float = math.inf) -> None:
        self._endpoint = endpoint
        self._sandbox = SandboxTransport(pace)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        base = self._endpoint.base
        if str(request.url).startswith(f"{base}/"):
            request = self._translated(request, request.url.path.removeprefix(httpx.URL(base).path))
        return await self._sandbox.handle_async_request(request)

    def _translated(self, request: httpx.Request, path: str) -> httpx.Request:
        """`request` as the sandbox takes it; `path` is below the endpoint's base."""
        deployment = _DEPLOYMENT.match(path)
        usual = _usual(path[deployment.end() :] if deployment else path)
        if deployment and usual:
            path = f"/deployments/{_known(deployment[1], usual)}{path[deployment.end() :]}"
        content = _with_known_model(request.content, usual) if usual else request.content
        url = request.url.copy_with(
            scheme="https", host="sandbox.invalid", port=None, path=ROOTS[self._endpoint.style] + path
        )
        headers = {name: value for name, value in request.headers.items() if name not in ("host", "content-length")}
        return httpx.Request(request.method, url, headers=headers, content=content, extensions=request.extensions)


def _usual(path: str) -> str:
    """The model that answers at `path` when a stranger is asked for; empty where none does."""
    operation = MODELS.get(path.strip("/"))
    return next(iter(models.SERVING[operation])) if operation else ""


def _known(model: Any, usual: str) -> Any:
    return usual if isinstance(model, str) and model and model not in models.DESCRIPTIONS else model


def _with_known_model(content: bytes, usual: str) -> bytes:
    """A body, JSON or a form, with a model that the sandbox has."""
    try:
        body = wire.parse(content)
    except errors.BadAnswer:
        return _MODEL_FIELD.sub(lambda found: str(_known(found[0].decode(), usual)).encode(), content, count=1)
    return wire.encode(body | {"model": _known(body.get("model"), usual)}) if isinstance(body, dict) else content
