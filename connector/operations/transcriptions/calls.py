"""Asking: a request is fitted, sent as a form, and its answer read in the format that was asked for."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from connector.catalogue import Fitted, checks
from connector.client import errors, multipart, sse, wire
from connector.client.limits import Limits
from connector.client.operation import Operation
from connector.operations import asking, events, sending
from connector.operations.sending import OnWait
from connector.operations.transcriptions.answer import Event, Response
from connector.operations.transcriptions.request import Request

if TYPE_CHECKING:  # they bring httpx along
    from connector.client.endpoint import Endpoint
    from connector.client.transport import Client

# 25 MB of speech may be an hour and more; nothing comes before it was listened to.
LIMITS = Limits(first_byte=300.0, idle=120.0)
OPERATION = Operation(name="transcriptions", path="audio/transcriptions", heavy=True, limits=LIMITS)
SOURCE = "OpenAI API reference, audio/transcriptions"
AS_TEXT = ("text", "srt", "vtt")  # formats that are no JSON


def fit(
    request: Request,
    endpoint: "Endpoint | str",
    family: str = "",
    overrides: dict[str, Any] | None = None,
) -> Fitted:
    """`request` as its model takes it at `endpoint`. Raises `errors.InvalidParameter`, before anything is sent: also
    for a recording that is empty, too large, cut, or of another kind than its bytes should be.
    """
    body = request.body()
    _together(body)
    return sending.fit(OPERATION, body, request.model, endpoint, family, overrides)


async def create(
    client: "Client", request: Request | Fitted, *, limits: Limits | None = None, on_wait: OnWait | None = None
) -> Response:
    """What was said; raises `errors.BadAnswer` when the answer is no transcript, and what `client.send` raises."""
    model, body = asking.to_send(request)
    form = multipart.encode(body)
    came = await client.send(
        OPERATION, model=model, body=form.content, content_type=form.content_type, limits=limits, on_wait=on_wait
    )
    return read(came.content, came.headers, body.get("response_format", "json"))


@asynccontextmanager
async def stream(
    client: "Client", request: Request | Fitted, *, limits: Limits | None = None, on_wait: OnWait | None = None
) -> AsyncIterator["Events"]:
    """What was said, as it is understood. Models that cannot stream (whisper-1) answer in one piece."""
    model, body = asking.to_send(request)
    if (asked := body.get("response_format")) in AS_TEXT:
        reason = f"{asked} cannot be streamed"
        raise checks.wrong("response_format", reason, allowed="json, diarized_json", source=SOURCE)
    recording = body.pop("file")
    form = multipart.encode({**body, "stream": True, "file": recording})
    began = client.stream(
        OPERATION, model=model, body=form.content, content_type=form.content_type, limits=limits, on_wait=on_wait
    )
    async with began as came:
        yield Events(came)


class Events(events.Events[Event]):
    """The events of one transcript. Iterate once; `text` is all of it once its end came."""

    text: str | None = None

    @property
    def is_complete(self) -> bool:
        return self.text is not None

    def read(self, event: sse.Event) -> Event:
        found = wire.read(event.data, Event)
        if event.whole and found.text is not None:
            found = Event(type="transcript.text.done", text=found.text, usage=found.usage, logprobs=found.logprobs)
        if not found.type.startswith("transcript."):
            events.raise_error(event)
            if event.whole:
                raise errors.BadAnswer(reason="no transcript")
        if found.type == "transcript.text.done":
            self.text = found.text or ""
            self.finished()
        return found


def read(content: bytes, headers: Mapping[str, str], response_format: str) -> Response:
    """An answer in the format that was asked for; raises `errors.BadAnswer` when it is no transcript.

    Some servers answer in JSON whatever the format.
    """
    is_json = "json" in headers.get("content-type", "").lower() or content.lstrip()[:1] == b"{"
    if response_format in AS_TEXT and not is_json:
        return Response(text=content.decode("utf-8", "replace").removeprefix("\ufeff").removesuffix("\n"))
    response = wire.read(content, Response)
    if not response.text and not _is_silence(content):
        raise sending.not_an_answer(content, "transcript")
    return response


def _is_silence(content: bytes) -> bool:
    """Whether an answer without words is a transcript all the same: of a recording in which nothing is said."""
    plain = wire.parse(content)
    return isinstance(plain, dict) and "text" in plain


def _together(body: dict[str, Any]) -> None:
    """What contradicts itself (OpenAI API reference, audio/transcriptions)."""
    asked = body.get("response_format", "json")
    if body.get("timestamp_granularities") and asked != "verbose_json":
        raise checks.wrong(
            "timestamp_granularities", f"need the response format verbose_json, not {asked}", source=SOURCE
        )
    if body.get("include") and asked != "json":
        raise checks.wrong("include", f"logprobs need the response format json, not {asked}", source=SOURCE)
    names, samples = body.get("known_speaker_names") or [], body.get("known_speaker_references") or []
    if len(names) != len(samples):
        reason = f"there are {len(names)} names and {len(samples)} samples; each name needs one"
        raise checks.wrong("known_speaker_names", reason, source=SOURCE)
