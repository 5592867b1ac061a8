"""Speech from code."""

from collections.abc import AsyncIterator
from typing import Any

from connector.activities import calling, twins
from connector.client.limits import Limits
from connector.models import Configuration
from connector.operations import speech

VOICE = "alloy"  # the first that every model and every version of the API has


async def aspeak(
    configuration: Configuration,
    text: str,
    voice: str | dict[str, str] = VOICE,
    model: str = "",
    response_format: str = "",
    speed: float | None = None,
    instructions: str = "",
) -> speech.Audio:
    """`text` (up to 4096 characters) as sound: bytes that know their `media_type`, `extension` and `name`.

    `voice`: a name, or `{"id": …}` for a custom one. `response_format`: mp3, opus, aac, flac, wav or pcm. Raises
    `errors.InvalidParameter`, `errors.NoModel`, and what the provider's side brings.
    """
    request = _request(text, voice, model, response_format, speed, instructions)
    return await acall_speech(configuration, request)


async def stream_speech(
    configuration: Configuration,
    text: str,
    voice: str | dict[str, str] = VOICE,
    model: str = "",
    response_format: str = "",
    speed: float | None = None,
    instructions: str = "",
) -> AsyncIterator[bytes]:
    """As `aspeak`, but the bytes come as they are spoken. Async only."""
    request = _request(text, voice, model, response_format, speed, instructions)
    async with (
        calling.prepared(configuration, speech, request) as ready,
        speech.stream(ready.client, ready.fitted, limits=ready.limits) as pieces,
    ):
        async for piece in pieces:
            yield piece


async def acall_speech(
    configuration: Configuration, request: speech.Request, limits: Limits | None = None
) -> speech.Audio:
    """The sound for a whole request, fitted to its model. One without a model goes to the default model."""
    return await calling.answer(configuration, speech, request, limits)


def _request(text: str, voice: Any, model: str, response_format: str, speed: float | None, how: str) -> speech.Request:
    return speech.Request(
        model=model,
        input=text,
        voice=voice,
        response_format=response_format or None,
        speed=speed,
        instructions=how or None,
    )


speak = twins.sync(aspeak)
call_speech = twins.sync(acall_speech)
