"""Sending what is to be drawn, and reading pictures: whole, or as they come."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol

from connector.client import errors, multipart, refusal, sse, wire
from connector.client.limits import MB, Limits
from connector.client.operation import Operation
from connector.operations import sending
from connector.operations.images.answer import Event, Image, Response
from connector.operations.sending import OnWait

if TYPE_CHECKING:
    from connector.client.transport import Client

# Pictures take minutes, and one of 3840x2160 in base64 may have 40 MB.
LIMITS = Limits(
    first_byte=300.0,
    idle=300.0,
    answer_bytes=150 * MB,
    stream_bytes=300 * MB,
    event_bytes=60 * MB,
    line_bytes=60 * MB,
)


async def create(
    operation: Operation,
    client: "Client",
    model: str,
    body: bytes | multipart.Form,
    limits: Limits | None,
    on_wait: OnWait | None,
) -> Response:
    """The whole answer; raises `errors.BadAnswer` when it has no pictures."""
    content, content_type = _encoded(body)
    came = await client.send(
        operation, model=model, body=content, content_type=content_type, limits=limits, on_wait=on_wait
    )
    response = wire.read(came.content, Response)
    if not response.data:
        raise sending.not_an_answer(came.content, "pictures")
    return wire.changed(response, request_id=came.request_id or None)


@asynccontextmanager
async def stream(
    operation: Operation,
    client: "Client",
    model: str,
    body: bytes | multipart.Form,
    pictures: int,
    limits: Limits | None,
    on_wait: OnWait | None,
) -> AsyncIterator["Pictures"]:
    content, content_type = _encoded(body)
    events = client.stream(
        operation, model=model, body=content, content_type=content_type, limits=limits, on_wait=on_wait
    )
    async with events as came:
        yield Pictures(came, pictures)


class Stream(Protocol):
    """What `client.stream` gives."""

    request_id: str
    retries: int

    def __aiter__(self) -> AsyncIterator[sse.Event]: ...
    def finished(self) -> None: ...


class Pictures:
    """The events of one answer with so many `pictures`. Iterate once.

    Raises `errors.CutOff` when the stream ends before the last picture is there, `errors.FailedMidway` when the
    provider reports an error in it, and what the stream itself raises.
    """

    def __init__(self, stream: Stream, pictures: int = 1) -> None:
        self._stream, self._missing = stream, pictures

    @property
    def request_id(self) -> str:
        """The provider's own number for the exchange."""
        return self._stream.request_id

    @property
    def retries(self) -> int:
        """How often the request was sent again before this answer began."""
        return self._stream.retries

    async def __aiter__(self) -> AsyncIterator[Event]:
        async for event in self._stream:
            for found in _read(event):
                if found.is_completed:
                    self._missing -= 1
                    if self._missing <= 0:
                        self._stream.finished()
                yield found
        if self._missing > 0:
            raise errors.CutOff()


def _read(event: sse.Event) -> list[Event]:
    """What one event says; nothing for a kind of event that we do not know. Raises for an error."""
    if not event.data.strip():
        return []
    if event.whole:
        response = wire.read(event.data, Response)
        if not response.data:
            raise sending.not_an_answer(event.data.encode(), "pictures")
        return [_completed(image, response) for image in response.data]
    found = wire.read(event.data, Event)
    if found.error or event.event == "error" or found.type == "error":
        raise refusal.midway(wire.parse(event.data))
    if not found.type and event.event:
        return []
    return [found] if found.is_partial or found.is_completed else []


def _completed(image: Image, response: Response) -> Event:
    """A whole answer to a request for a stream, as the events that it amounts to."""
    return Event(
        type="image_generation.completed",
        b64_json=image.b64_json,
        url=image.url,
        revised_prompt=image.revised_prompt,
        created_at=response.created,
        background=response.background,
        output_format=response.output_format,
        quality=response.quality,
        size=response.size,
        usage=response.usage,
    )


def _encoded(body: bytes | multipart.Form) -> tuple[bytes, str]:
    if isinstance(body, multipart.Form):
        return body.content, body.content_type
    return body, "application/json"
