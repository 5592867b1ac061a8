"""An answer while it comes: bytes become events, under deadlines and limits, with an eye on how it ends."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Mapping

import httpx

from connector.client import errors, faults, refusal, wire
from connector.client.hiding import Hider
from connector.client.limits import Limits, readable
from connector.client.sse import Decoder, Event
from connector.client.transcript import Transcript
from connector.client.watch import Watch

logger = logging.getLogger(__name__)

DONE = "[DONE]"
# In an event: text of any kind, or a part of a picture or sound.
_TOKEN = re.compile(
    r'"(?:content|text|delta|reasoning_content|reasoning|refusal|arguments|audio|b64_json|code)"\s*:\s*"[^"]'
)
AFTER_END = 5.0  # seconds for what may follow a proper end: the usage, [DONE]
TO_REUSE = 0.1  # seconds for the last bytes after [DONE], so that the connection can be kept


class Stream:
    """An async iterator of `sse.Event`; ends after `[DONE]` or, once `finished()` was called, when no more comes.

    Raises `errors.CutOff`, `IdleTimedOut`, `TotalTimedOut`, `TooLarge`, `NotJSON`, `BadAnswer`. A whole JSON answer to
    a request for a stream comes as one event with `whole` set.
    """

    def __init__(
        self,
        response: httpx.Response,
        limits: Limits,
        *,
        ends: float,
        retries: int = 0,
        transcript: Transcript | None = None,
        hider: Hider | None = None,
    ) -> None:
        """`ends`: seconds from now to the end of the time for the whole call. `transcript` gets what comes, without
        what `hider` takes out."""
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self.request_id = refusal.request_id(response.headers)
        self.retries = retries
        self.received = 0  # bytes
        self.first_token: float | None = None  # seconds from here to it, where there is a transcript
        self._transcript, self._hider = transcript, hider
        self._response, self._limits = response, limits
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._ends = self._began + max(ends, 0.0)
        self._source: AsyncIterator[bytes] = aiter(response.stream)  # type: ignore[arg-type]  # never a sync one here
        self._watch = Watch()
        self._events: AsyncIterator[Event] | None = None
        self._ended_well = self._exhausted = False

    def finished(self) -> None:
        """The caller saw a proper end (a finish reason): if nothing more comes, that is no error."""
        self._ended_well = True

    @property
    def is_over(self) -> bool:
        """Whether all that was to come came."""
        return self._ended_well or self._exhausted

    def __aiter__(self) -> AsyncIterator[Event]:
        if self._events is None:
            self._events = self._read()
        return self._events

    async def aclose(self) -> None:
        """Gives the connection back when everything was read; closes it otherwise."""
        self._watch.close()
        try:
            if self._ended_well and not self._exhausted:
                await self._drain()
            if isinstance(self._source, AsyncIterator) and hasattr(self._source, "aclose"):
                await self._source.aclose()
            await self._response.stream.aclose()  # type: ignore[union-attr]  # as above
        except faults.LIBRARY:
            logger.debug("A connection was not closed properly.")

    async def chunks(self) -> AsyncIterator[bytes]:
        """The bytes as they come, under the deadlines; raises `errors.BrokenOff` unless they come to a clean end."""
        while (chunk := await self._next()) is not None:
            if self.first_token is None:
                self.first_token = self._loop.time() - self._began
            yield chunk

    async def _read(self) -> AsyncIterator[Event]:
        limits = self._limits
        first = await self._first()
        if not first.startswith((b":", b"d", b"e", b"i", b"r")):  # no field of an event, so no stream
            yield await self._whole(first)
            return
        decoder = Decoder(line_bytes=limits.line_bytes, event_bytes=limits.event_bytes)
        chunk: bytes | None = first
        while chunk is not None:
            for event in decoder.feed(chunk):
                if event.data == DONE:
                    self._ended_well = True
                    return
                if self._transcript and self.first_token is None and _TOKEN.search(event.data):
                    self.first_token = self._loop.time() - self._began
                yield event
            chunk = await self._next()
            if self.received > limits.stream_bytes:
                raise errors.TooLarge(limit=readable(limits.stream_bytes))
        for event in decoder.close():
            if event.data.strip() == DONE:
                self._ended_well = True
            elif event.complete or _is_json(event.data):
                yield event
        if not self._ended_well:
            raise errors.CutOff()

    async def _first(self) -> bytes:
        """The beginning of the answer, from its first character that means something."""
        while (chunk := await self._next()) is not None:
            if begin := chunk.lstrip(b"\xef\xbb\xbf \t\r\n"):
                return begin
        raise errors.BadAnswer(reason="it is empty")

    async def _whole(self, first: bytes) -> Event:
        """The answer of a server that does not stream."""
        parts = [first]
        while (chunk := await self._next()) is not None:
            parts.append(chunk)
            if self.received > self._limits.answer_bytes:
                raise errors.TooLarge(limit=readable(self._limits.answer_bytes))
        content = b"".join(parts)
        if refusal.is_page(self.headers, content) or content.startswith(b"<"):
            logger.warning("A web page came: %s", refusal.clean(content[:8000].decode("utf-8", "replace"), 2000))
            raise errors.NotJSON(title=refusal.title(content))
        wire.parse(content)  # raises BadAnswer
        self._ended_well = True
        return Event(data=content.decode("utf-8", "replace"), whole=True)

    async def _next(self) -> bytes | None:
        """The next piece; None at a clean end, or when a proper end was seen before the connection failed."""
        chunk = await self._came()
        if self._hider:
            chunk = self._hider.rest() if chunk is None else self._hider.feed(chunk)
        if self._transcript and chunk:
            self._transcript.feed(chunk)
        return chunk

    async def _came(self) -> bytes | None:
        now = self._loop.time()
        if now >= self._ends:
            raise errors.TotalTimedOut(seconds=self._limits.total)
        idle = AFTER_END if self._ended_well else self._limits.idle
        self._watch.start(min(now + idle, self._ends))
        try:
            chunk = await anext(self._source)
        except StopAsyncIteration:
            self._exhausted = True
            return None
        except asyncio.CancelledError:
            if not self._watch.fired():
                raise
            if self._ended_well:
                return None
            if now + idle >= self._ends:
                raise errors.TotalTimedOut(seconds=self._limits.total) from None
            raise errors.IdleTimedOut(seconds=idle) from None
        except faults.LIBRARY as error:
            if self._ended_well:
                return None
            raise errors.CutOff() from error
        finally:
            self._watch.stop()
        self.received += len(chunk)
        return chunk

    async def _drain(self) -> None:
        try:
            async with asyncio.timeout(TO_REUSE):
                async for _ in self._source:
                    return  # something after the end: not worth keeping
        except TimeoutError:
            pass


def _is_json(text: str) -> bool:
    try:
        wire.parse(text)
    except errors.BadAnswer:
        return False
    return True
