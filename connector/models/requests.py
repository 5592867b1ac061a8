"""A chat request: its conversation, and what a configuration makes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from connector import catalogue
from connector.models import choosing
from connector.models.configuration import Configuration
from connector.operations import asking, chat_completions

if TYPE_CHECKING:  # its session asks here
    from connector.models.message import ChatCompletionsMessage

OPERATION = chat_completions.OPERATION.name
PARAMETERS = set(chat_completions.Request.__struct_fields__) - {"model", "messages"}
GO_ON = "Go on exactly where your last message ends. Repeat nothing of it and do not comment on it."


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
        return self.fitted.told


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
    chosen = choosing.model_for(configuration, OPERATION, model)
    family, overrides = choosing.known_of(configuration, chosen)
    request = chat_completions.Request(
        model=chosen,
        messages=[dict(message) for message in messages],
        **asking.by_name(parameters or {}, PARAMETERS),
    )
    fitted = chat_completions.fit(request, configuration.parsed_endpoint(), family=family, overrides=overrides)
    return Prepared(model=chosen, fitted=fitted)


def conversation(system_prompt: str, path: "Sequence[ChatCompletionsMessage]", begun: str = "") -> list[dict[str, Any]]:
    """The messages to send. Answers that never came are left out; `begun` is one that has to be continued."""
    messages: list[dict[str, Any]] = [{"role": "system", "content": system_prompt}] if system_prompt else []
    for message in path:
        if message.content:
            messages.append({"role": message.role, "content": message.content})
        elif message.refusal:
            messages.append({"role": message.role, "refusal": message.refusal})
    if begun:
        messages += [{"role": "assistant", "content": begun}, {"role": "user", "content": GO_ON}]
    return messages
