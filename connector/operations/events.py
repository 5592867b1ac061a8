"""Server-sent events → the values of an operation. Takes what real servers send between and instead of them."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from typing import Any, Protocol

from connector.client import errors, refusal, wire
from connector.client.sse import Event


class Stream(Protocol):
    """What `client.stream` gives: events, which end after `[DONE]` or with the connection."""

    request_id: str
    retries: int

    def __aiter__(self) -> AsyncIterator[Event]: ...
    def finished(self) -> None: ...


class Events[T](ABC):
    """An async iterator of `T`. Iterate once.

    Raises `errors.CutOff` when the stream ends before it `is_complete`, `errors.FailedMidway` when the provider reports
    an error in it, and what the stream itself raises. A keep-alive in words is passed over, and so is a torn last
    event; JSON that is broken inside is not.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._unread: errors.BadAnswer | None = None  # the last event that was passed over
        self._came = False

    @abstractmethod
    def read(self, event: Event) -> T | None:
        """One event, None for one that means nothing; raises `errors.BadAnswer` when it is not JSON."""

    @property
    @abstractmethod
    def is_complete(self) -> bool:
        """Whether what came so far is a whole answer."""

    @property
    def request_id(self) -> str:
        """The provider's own number for the exchange."""
        return self._stream.request_id

    @property
    def retries(self) -> int:
        """How often the request was sent again before this answer began."""
        return self._stream.retries

    def finished(self) -> None:
        """The proper end was seen; if nothing more comes, that is no error."""
        self._stream.finished()

    async def __aiter__(self) -> AsyncIterator[T]:
        try:
            async for event in self._stream:
                if event.data.strip() and (value := self._read(event)) is not None:
                    yield value
        except errors.CutOff:
            if not self.is_complete:
                raise
        if self._unread and not self._came:
            raise self._unread

    def _read(self, event: Event) -> T | None:
        try:
            value = self.read(event)
        except errors.BadAnswer as error:
            self._unread = error
            if event.whole or (event.complete and event.data.lstrip()[:1] in "{["):
                raise
            return None
        self._came = True
        return value


class Choice(Protocol):
    """A part of one of the answers."""

    @property
    def index(self) -> int: ...
    @property
    def finish_reason(self) -> str | None: ...


class Chunk(Protocol):
    """A part of an answer, with what it adds to each choice."""

    @property
    def choices(self) -> Sequence[Choice]: ...


class ChoiceEvents[T: Chunk](Events[T]):
    """The chunks of one answer with so many `choices`; whole when every choice that began has a finish reason."""

    def __init__(self, stream: Stream, choices: int = 1) -> None:
        super().__init__(stream)
        self._choices = choices
        self._begun: set[int] = set()
        self._ended: set[int] = set()  # with a finish reason

    @abstractmethod
    def chunk(self, event: Event) -> T:
        """One event as a chunk; raises `errors.BadAnswer` when it is not JSON, `errors.FailedMidway` for an error."""

    @property
    def is_complete(self) -> bool:
        return bool(self._ended) and not self._begun - self._ended

    def read(self, event: Event) -> T:
        chunk = self.chunk(event)
        for choice in chunk.choices:
            self._begun.add(choice.index)
            if choice.finish_reason or event.whole:
                self._ended.add(choice.index)
                if len(self._ended) >= self._choices:
                    self.finished()
        return chunk


def raise_error(event: Event) -> None:
    """`event: error`, `{"error": …}`, `{"object": "error", "message": …}`, `{"detail": …}`; anything else is none."""
    plain: Any = wire.parse(event.data)
    if isinstance(plain, list) and len(plain) == 1:
        plain = plain[0]
    named = event.event == "error"
    if isinstance(plain, dict):
        named = named or bool(plain.get("error")) or "error" in (plain.get("object"), plain.get("type"))
        named = named or ("detail" in plain and "choices" not in plain)
    if named:
        raise refusal.midway(plain)
