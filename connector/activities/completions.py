"""Text completions from code: the endpoint from before chat, for servers and deployments that still have it."""

from collections.abc import AsyncIterator
from typing import Any

from connector.activities import calling, twins
from connector.client.limits import Limits
from connector.models import Configuration
from connector.operations import completions


async def acomplete(
    configuration: Configuration, prompt: str, model: str = "", suffix: str = "", **parameters: Any
) -> str:
    """How the text goes on. Without `max_tokens` the API stops after 16 tokens.

    `parameters` have the API's names (`temperature`, `stop`, …); what is not given is not sent. Raises
    `errors.InvalidParameter` (for a chat model too: ask that with `chat_without_history`), `errors.NoModel`, and what
    the provider's side brings.
    """
    request = completions.Request(model=model, prompt=prompt, suffix=suffix or None, **parameters)
    return (await acall_completions(configuration, request)).text


async def stream_completion(
    configuration: Configuration, prompt: str, model: str = "", suffix: str = "", **parameters: Any
) -> AsyncIterator[str]:
    """As `acomplete`, but the text comes piece by piece. Async only."""
    request = completions.Request(model=model, prompt=prompt, suffix=suffix or None, **parameters)
    async with (
        calling.prepared(configuration, completions, request) as ready,
        completions.stream(ready.client, ready.fitted, limits=ready.limits) as chunks,
    ):
        async for chunk in chunks:
            if piece := chunk.text:
                yield piece


async def acall_completions(
    configuration: Configuration, request: completions.Request, limits: Limits | None = None
) -> completions.Response:
    """The whole answer to a whole request, fitted to its model. One without a model goes to the default model."""
    return await calling.answer(configuration, completions, request, limits)


complete = twins.sync(acomplete)
call_completions = twins.sync(acall_completions)
