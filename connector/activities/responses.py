"""Responses from code."""

from collections.abc import AsyncIterator
from typing import Any

from connector.activities import calling, twins
from connector.client.limits import Limits
from connector.models import Configuration
from connector.operations import responses


async def arespond(
    configuration: Configuration,
    input: str | list[dict[str, Any]],
    instructions: str = "",
    model: str = "",
    **parameters: Any,
) -> str:
    """The text of the answer; a refusal when there is no text.

    `parameters` have the API's names, or chat's (`reasoning_effort`, `max_tokens`, `response_format`); what is not
    given is not sent, and nothing is stored at the provider unless `store=True` asks for it. To go on from an answer
    use `call_responses`, whose answer has an id. Raises `errors.InvalidParameter`, `errors.NoModel`, and what the
    provider's side brings.
    """
    request = responses.Request(model=model, input=input, instructions=instructions or None, **parameters)
    answer = await acall_responses(configuration, request)
    return answer.output_text or answer.refusal


async def stream_response(
    configuration: Configuration,
    input: str | list[dict[str, Any]],
    instructions: str = "",
    model: str = "",
    **parameters: Any,
) -> AsyncIterator[responses.Event]:
    """As `arespond`, but as typed events: `event.output_text` is what one adds. Async only."""
    request = responses.Request(model=model, input=input, instructions=instructions or None, **parameters)
    async with (
        calling.prepared(configuration, responses, request) as ready,
        responses.stream(ready.client, ready.fitted, limits=ready.limits) as events,
    ):
        async for event in events:
            yield event


async def acall_responses(
    configuration: Configuration, request: responses.Request, limits: Limits | None = None
) -> responses.Response:
    """The whole answer to a whole request, fitted to its model. One without a model goes to the default model."""
    return await calling.answer(configuration, responses, request, limits)


respond = twins.sync(arespond)
call_responses = twins.sync(acall_responses)
