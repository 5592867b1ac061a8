"""`audio/speech`: a text in, sound out; whole, or as it is spoken.

audio = await speech.create(client, speech.Request(model="…", input="Hello.", voice="alloy"))
Path(audio.name).write_bytes(audio)

async with speech.stream(client, request) as pieces:
    async for piece in pieces: ...      # bytes of one file
"""

import base64
import binascii
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from connector.catalogue import Fitted
from connector.client import errors, media, refusal, wire
from connector.client.limits import MB, Limits, readable
from connector.client.operation import Operation
from connector.operations import asking, sending
from connector.operations.events import raise_error
from connector.operations.sending import OnWait

if TYPE_CHECKING:  # they bring httpx along
    from connector.client.endpoint import Endpoint
    from connector.client.stream import Stream
    from connector.client.transport import Client

# 4096 characters spoken at a quarter of the speed last 20 minutes, which are 60 MB of WAV.
LIMITS = Limits(first_byte=120.0, answer_bytes=100 * MB, stream_bytes=150 * MB)
OPERATION = Operation(name="speech", path="audio/speech", heavy=True, limits=LIMITS)
SOURCE = "OpenAI API reference, audio/speech"

MEDIA_TYPES = {
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",  # 24 kHz, 16 bits signed, low byte first, one channel, no header
}


class Request(asking.Request, frozen=True, kw_only=True):
    """What is to be said, by whom and how. A field left at None is not sent; values are checked by `fit`."""

    input: str
    voice: str | dict[str, str]
    instructions: str | None = None
    response_format: str | None = None  # mp3 | opus | aac | flac | wav | pcm; the API's default is mp3
    speed: float | None = None
    stream_format: str | None = None  # sse | audio


class Usage(wire.Struct, frozen=True):
    """Tokens; comes with events only."""

    input_tokens: int = 0
    output_tokens: int = 0
    total_tokens: int = 0


class Audio(bytes):
    """The bytes of a file, which know what they are."""

    media_type: str
    request_id: str

    def __new__(cls, content: bytes, media_type: str = "", request_id: str = "") -> "Audio":
        audio = super().__new__(cls, content)
        audio.media_type = media.type_of(content) or media_type or "application/octet-stream"
        audio.request_id = request_id
        return audio

    @property
    def extension(self) -> str:
        """With its dot; a bare recording without a header ends in .pcm."""
        return media.suffix(self.media_type) or (".pcm" if self.media_type == "audio/pcm" else "")

    @property
    def name(self) -> str:
        return f"speech{self.extension}"


def fit(
    request: Request,
    endpoint: "Endpoint | str",
    family: str = "",
    overrides: dict[str, Any] | None = None,
) -> Fitted:
    """`request` as its model takes it at `endpoint`. Raises `errors.InvalidParameter`, before anything is sent."""
    body = request.body()
    sending.required({**body, "input": request.input.strip()}, "input", "voice", source=SOURCE)
    return sending.fit(OPERATION, body, request.model, endpoint, family, overrides)


async def create(
    client: "Client", request: Request | Fitted, *, limits: Limits | None = None, on_wait: OnWait | None = None
) -> Audio:
    """The whole sound; raises `errors.BadAnswer` when none came, and what `client.send` raises."""
    model, body = asking.to_send(request)
    body.pop("stream_format", None)  # only for streams
    came = await client.send(OPERATION, model=model, body=wire.encode(body), limits=limits, on_wait=on_wait)
    said = came.headers.get("content-type", "").partition(";")[0].strip().lower()
    if said.endswith("json") or (not said.startswith("audio/") and came.content.lstrip()[:1] == b"{"):
        raise sending.not_an_answer(came.content, "sound")
    if not came.content:
        raise errors.BadAnswer(reason="it is empty")
    return Audio(came.content, _media_type(body, said), came.request_id)


@asynccontextmanager
async def stream(
    client: "Client", request: Request | Fitted, *, limits: Limits | None = None, on_wait: OnWait | None = None
) -> AsyncIterator["Pieces"]:
    """The sound as it is spoken: bare bytes, or with `stream_format="sse"` bytes out of events, and the usage.

    Leaving the block early closes the connection; what came until then can be played (reliability.md R72).
    """
    model, body = asking.to_send(request)
    as_events = body.get("stream_format") == "sse"
    accept = "text/event-stream, application/json" if as_events else "*/*"
    began = client.stream(OPERATION, model=model, body=wire.encode(body), accept=accept, limits=limits, on_wait=on_wait)
    async with began as came:
        most = (limits or OPERATION.limits).stream_bytes
        yield Pieces(came, media_type=_media_type(body, ""), as_events=as_events, most=most)


class Pieces:
    """The bytes of one file as they come. Iterate once; `usage` is known at the end, where the server tells it.

    Raises `errors.CutOff` when the sound breaks off, `errors.FailedMidway` for an error in it, `errors.BadAnswer` when
    what comes is no sound, and what the stream itself raises.
    """

    usage: Usage | None = None

    def __init__(self, stream: "Stream", *, media_type: str, as_events: bool, most: int) -> None:
        self._stream, self._as_events, self._most = stream, as_events, most
        self.media_type = media_type

    @property
    def request_id(self) -> str:
        return self._stream.request_id

    @property
    def retries(self) -> int:
        return self._stream.retries

    def __aiter__(self) -> AsyncIterator[bytes]:
        said = self._stream.headers.get("content-type", "").lower()
        is_events = "event-stream" in said or (self._as_events and not said.startswith("audio/"))
        return self._from_events() if is_events else self._bare()

    async def _bare(self) -> AsyncIterator[bytes]:
        is_first = True
        async for piece in self._stream.chunks():
            if is_first and (refusal.is_page(self._stream.headers, piece) or piece.lstrip()[:1] == b"{"):
                raise await self._no_sound(piece)
            if self._stream.received > self._most:
                raise errors.TooLarge(limit=readable(self._most))
            is_first = False
            yield piece
        if is_first:
            raise errors.BadAnswer(reason="it is empty")

    async def _no_sound(self, first: bytes) -> errors.ConnectorError:
        """What came instead: a page, or JSON that says why."""
        parts = [first]
        async for piece in self._stream.chunks():
            parts.append(piece)
            if self._stream.received > 64_000:
                break
        content = b"".join(parts)
        if refusal.is_page(self._stream.headers, content):
            return errors.NotJSON(title=refusal.title(content))
        try:
            return sending.not_an_answer(content, "sound")
        except errors.BadAnswer as error:
            return error

    async def _from_events(self) -> AsyncIterator[bytes]:
        has_ended = False
        try:
            async for event in self._stream:
                if not event.data.strip():
                    continue
                plain = wire.parse(event.data)
                kind = plain.get("type") if isinstance(plain, dict) else None
                if kind == "speech.audio.done":
                    has_ended = True
                    self.usage = wire.usable(plain.get("usage") or {}, Usage)
                    self._stream.finished()
                elif kind == "speech.audio.delta":
                    yield _decoded(plain.get("audio"))
                else:
                    raise_error(event)
                    if event.whole:
                        raise errors.BadAnswer(reason="no sound")
        except errors.CutOff:
            if not has_ended:
                raise


def _decoded(text: Any) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise errors.BadAnswer(reason="a piece of the sound is not in base64") from error


def _media_type(body: dict[str, Any], said: str) -> str:
    asked = MEDIA_TYPES.get(body.get("response_format", "mp3"), "")
    return said if said.startswith("audio/") and asked != "audio/pcm" else asked
