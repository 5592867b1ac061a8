"""What a configuration makes of a chat request: which model answers, and what of the request it takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connector import catalogue
from connector.client import errors
from connector.models.configuration import ApiType, Configuration
from connector.operations import chat_completions

OPERATION = chat_completions.OPERATION.name
PARAMETERS = set(chat_completions.Request.__struct_fields__) - {"model", "messages"}


@dataclass(frozen=True)
class Prepared:
    model: str  # as asked: the model, or on Azure the deployment
    fitted: catalogue.Fitted

    @property
    def body(self) -> dict[str, Any]:
        return self.fitted.body

    @property
    def notices(self) -> list[dict[str, str]]:
        """What was changed to fit the model, as the run keeps it."""
        return [{"param": notice.param, "text": notice.text, "kind": notice.kind} for notice in self.fitted.notices]


def model_for(configuration: Configuration, model: str = "") -> str:
    """The model that answers: the one named, else the configuration's default; `errors.NoModel` without either.

    On Azure a deployment decides: a name that is no deployment of the configuration is ignored (checklist K40, K41).
    """
    if configuration.api_type == ApiType.AZURE_OPENAI and configuration.deployment_name:
        is_deployment = bool(model) and configuration.deployed_models.filter(name=model, enabled=True).exists()
        return model if is_deployment else configuration.deployment_name
    chosen = model or configuration.default_model(OPERATION)
    if not chosen:
        raise errors.NoModel(operation="chat", configuration=configuration.display_name)
    return chosen


def prepare(
    configuration: Configuration,
    messages: Sequence[Mapping[str, Any]],
    model: str = "",
    parameters: Mapping[str, Any] | None = None,
) -> Prepared:
    """The request as `configuration` and the model's family take it. Nothing is sent.

    `messages` are role and content, `parameters` have the API's names; an empty one counts as not set. Raises
    `errors.NoModel`, and `errors.InvalidParameter` for a value that the API would refuse.
    """
    chosen = model_for(configuration, model)
    entry = configuration.deployed_models.filter(name=chosen).first()
    request = chat_completions.Request(
        model=chosen, messages=[dict(message) for message in messages], **_by_name(parameters or {})
    )
    fitted = chat_completions.fit(
        request,
        configuration.parsed_endpoint(),
        family=entry.family if entry else "",
        overrides=entry.overrides if entry else None,
    )
    return Prepared(model=chosen, fitted=fitted)


def _by_name(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that are set; those the API does not have go along as `extra_body`, for compatible servers."""
    known: dict[str, Any] = {}
    others: dict[str, Any] = {}
    for name, value in parameters.items():
        if value not in (None, "", [], {}):
            (known if name in PARAMETERS else others)[name] = value
    if others:
        known["extra_body"] = {**known.get("extra_body", {}), **others}
    return known
