"""Chat completions from code: with a history, without one, and with the whole request in one's own hands."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from asgiref.sync import sync_to_async

from connector.activities import connections, recording, twins
from connector.catalogue import Fitted
from connector.client import errors
from connector.client.limits import Limits
from connector.client.transport import Client
from connector.models import ChatCompletionsSession, Configuration, requests
from connector.models.recording import Recorder
from connector.operations import chat_completions

type ResponseFormat = str | dict[str, Any] | None


async def achat_without_history(
    configuration: Configuration,
    user_prompt: str = "",
    system_prompt: str = "",
    model: str = "",
    response_format: ResponseFormat = None,
    **parameters: Any,
) -> str:
    """The assistant's answer to a prompt of the user, of the system, or both. The text of the first choice.

    `model`: without one the configuration's default answers; on Azure the deployment decides. `response_format`:
    `text`, `json_object`, or what the API takes. `parameters` have the API's names (`temperature`, `stop`, …); what is
    not given is not sent. Raises `errors.InvalidParameter`, `errors.NoModel`, and what the provider's side brings.
    """
    parameters["response_format"] = response_format
    async with recording.recorded(configuration) as record:
        messages = _prompts(user_prompt, system_prompt)
        client, fitted, limits = await _prepare(configuration, messages, model, parameters, record)
        return _text(await chat_completions.create(client, fitted, limits=limits))


async def stream_without_history(
    configuration: Configuration,
    user_prompt: str = "",
    system_prompt: str = "",
    model: str = "",
    response_format: ResponseFormat = None,
    **parameters: Any,
) -> AsyncIterator[str]:
    """As `achat_without_history`, but the text comes piece by piece. Async only."""
    parameters["response_format"] = response_format
    async with recording.recorded(configuration) as record:
        messages = _prompts(user_prompt, system_prompt)
        client, fitted, limits = await _prepare(configuration, messages, model, parameters, record)
        async with chat_completions.stream(client, fitted, limits=limits) as chunks:
            async for chunk in chunks:
                for choice in chunk.choices:
                    if choice.index == 0 and (piece := choice.delta.content or choice.delta.refusal):
                        yield piece


async def achat_with_history(
    session: ChatCompletionsSession,
    configuration: Configuration | None = None,
    model: str = "",
    response_format: ResponseFormat = None,
) -> str:
    """The assistant's answer to the session as it stands; it is appended to the session, too.

    `configuration` and `model` stand in for the session's own, for this call. The session's system prompt and
    parameters are sent along. Raises as `achat_without_history` does, and `errors.NoConfiguration`.
    """
    configuration = configuration or await sync_to_async(lambda: session.configuration)()
    if configuration is None:
        raise errors.NoConfiguration()
    messages = requests.conversation(session.system_prompt, await session.apath())
    if not messages:
        raise errors.InvalidParameter(param="session", reason="it has no message yet")
    parameters = {**session.parameters}
    if response_format is not None:
        parameters["response_format"] = response_format
    async with recording.recorded(configuration, user_id=session.user_id) as record:
        model = model or session.model
        client, fitted, limits = await _prepare(configuration, messages, model, parameters, record)
        text = _text(await chat_completions.create(client, fitted, limits=limits))
    await sync_to_async(session.add_message)("assistant", text)
    return text


async def acall_chat_completions(
    configuration: Configuration, request: chat_completions.Request, limits: Limits | None = None
) -> chat_completions.Response:
    """The whole answer to a whole request. One without a model goes to the configuration's default model.

    The request is fitted to its model; `limits` stand in for the configuration's own. Raises as
    `achat_without_history` does.
    """
    body = request.body()
    model, messages = body.pop("model", ""), body.pop("messages", [])
    async with recording.recorded(configuration) as record:
        client, fitted, usual = await _prepare(configuration, messages, model, body, record)
        return await chat_completions.create(client, fitted, limits=limits or usual)


chat_without_history = twins.sync(achat_without_history)
chat_with_history = twins.sync(achat_with_history)
call_chat_completions = twins.sync(acall_chat_completions)


def _prompts(user_prompt: str, system_prompt: str) -> list[dict[str, str]]:
    if not user_prompt.strip() and not system_prompt.strip():
        raise errors.InvalidParameter(
            param="user_prompt", reason="there is nothing to ask: give a user prompt, a system prompt, or both"
        )
    both = (("system", system_prompt), ("user", user_prompt))
    return [{"role": role, "content": prompt} for role, prompt in both if prompt.strip()]


@sync_to_async
def _prepare(
    configuration: Configuration,
    messages: Sequence[Mapping[str, Any]],
    model: str,
    parameters: Mapping[str, Any],
    record: Recorder,
) -> tuple[Client, Fitted, Limits]:
    """What a call needs. Sync, because it asks the database: for the deployed model and the key."""
    prepared = requests.prepare(configuration, messages, model, parameters)
    record.notices = prepared.notices
    return (
        connections.connect(configuration, record),
        prepared.fitted,
        configuration.limits_for(chat_completions.OPERATION),
    )


def _text(response: chat_completions.Response) -> str:
    """The text of the first choice; its refusal when there is no text."""
    first = min(response.choices, key=lambda choice: choice.index)
    return first.message.content or first.message.refusal or ""
