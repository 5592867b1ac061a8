"""What was said in a recording, from code: in its own language, or in English."""

from collections.abc import AsyncIterator
from typing import Any

from connector.activities import calling, twins
from connector.client.limits import Limits
from connector.client.multipart import File
from connector.models import Configuration
from connector.operations import transcriptions, translations


async def atranscribe(
    configuration: Configuration,
    recording: File | bytes,
    model: str = "",
    language: str = "",
    prompt: str = "",
    response_format: str = "",
    **parameters: Any,
) -> str:
    """What was said; for `srt` and `vtt` a file of subtitles.

    `parameters` have the API's names (`temperature`, `chunking_strategy`, …); what is not given is not sent. For times
    and speakers use `call_transcriptions`. Raises `errors.InvalidParameter` (for a recording that is empty, too large,
    cut or of another kind, too), `errors.NoModel`, and what the provider's side brings.
    """
    request = transcriptions.Request(
        model=model,
        file=_file(recording),
        language=language or None,
        prompt=prompt or None,
        response_format=response_format or None,
        **parameters,
    )
    return (await acall_transcriptions(configuration, request)).text


async def stream_transcript(
    configuration: Configuration, recording: File | bytes, model: str = "", **parameters: Any
) -> AsyncIterator[transcriptions.Event]:
    """As `atranscribe`, but as events: `event.delta` is what one adds. Async only."""
    request = transcriptions.Request(model=model, file=_file(recording), **parameters)
    async with (
        calling.prepared(configuration, transcriptions, request) as ready,
        transcriptions.stream(ready.client, ready.fitted, limits=ready.limits) as events,
    ):
        async for event in events:
            yield event


async def atranslate(
    configuration: Configuration,
    recording: File | bytes,
    model: str = "",
    prompt: str = "",
    response_format: str = "",
    temperature: float | None = None,
) -> str:
    """What was said, in English; raises as `atranscribe` does."""
    request = translations.Request(
        model=model,
        file=_file(recording),
        prompt=prompt or None,
        response_format=response_format or None,
        temperature=temperature,
    )
    return (await acall_translations(configuration, request)).text


async def acall_transcriptions(
    configuration: Configuration, request: transcriptions.Request, limits: Limits | None = None
) -> transcriptions.Response:
    """The whole answer to a whole request: segments, words, speakers. One without a model goes to the default model."""
    return await calling.answer(configuration, transcriptions, request, limits)


async def acall_translations(
    configuration: Configuration, request: translations.Request, limits: Limits | None = None
) -> translations.Response:
    """The whole answer to a whole request. One without a model goes to the default model."""
    return await calling.answer(configuration, translations, request, limits)


def _file(recording: File | bytes) -> File:
    return recording if isinstance(recording, File) else File("recording", recording)


transcribe = twins.sync(atranscribe)
translate = twins.sync(atranslate)
call_transcriptions = twins.sync(acall_transcriptions)
call_translations = twins.sync(acall_translations)
