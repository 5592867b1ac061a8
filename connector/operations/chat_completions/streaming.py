"""Server-sent events → chunks. Takes what real servers send: no `[DONE]`, no usage, JSON instead of a stream."""

from collections.abc import AsyncIterator
from typing import Any, Protocol

from connector.client import errors, refusal, wire
from connector.client.sse import Event
from connector.operations.chat_completions.answer import Choice, Chunk, ChunkChoice, Delta, Response


class Stream(Protocol):
    """What `client.stream` gives: events, which end after `[DONE]` or with the connection."""

    request_id: str
    retries: int

    def __aiter__(self) -> AsyncIterator[Event]: ...
    def finished(self) -> None: ...


class Chunks:
    """The chunks of one answer with so many `choices`. Iterate once.

    Raises `errors.CutOff` when the stream ends without `[DONE]` before every choice that began has a finish reason,
    `errors.FailedMidway` when the provider reports an error in it, and what the stream itself raises.
    """

    def __init__(self, stream: Stream, choices: int = 1) -> None:
        self._stream, self._choices = stream, choices
        self._begun: set[int] = set()
        self._ended: set[int] = set()  # with a finish reason
        self._came = False
        self._unread: errors.BadAnswer | None = None  # the last event that was passed over

    @property
    def request_id(self) -> str:
        """The provider's own number for the exchange."""
        return self._stream.request_id

    @property
    def retries(self) -> int:
        """How often the request was sent again before this answer began."""
        return self._stream.retries

    async def __aiter__(self) -> AsyncIterator[Chunk]:
        try:
            async for event in self._stream:
                if (chunk := self._read(event)) is not None:
                    yield chunk
        except errors.CutOff:
            if not self._ended or self._begun - self._ended:
                raise
        if self._unread and not self._came:
            raise self._unread

    def _read(self, event: Event) -> Chunk | None:
        if not event.data.strip():
            return None
        try:
            chunk = chunk_of(event)
        except errors.BadAnswer as error:
            self._pass_over(event, error)
            return None
        self._came = True
        for choice in chunk.choices:
            self._begun.add(choice.index)
            if choice.finish_reason:
                self._ended.add(choice.index)
                if len(self._ended) >= self._choices:
                    self._stream.finished()
        return chunk

    def _pass_over(self, event: Event, error: errors.BadAnswer) -> None:
        """A keep-alive in words is passed over, and so is the torn last event; JSON that is broken inside is not."""
        self._unread = error
        if event.whole or (event.complete and event.data.lstrip()[:1] in "{["):
            raise error


def chunk_of(event: Event) -> Chunk:
    """One event as a chunk; raises `errors.BadAnswer` when it is not JSON, `errors.FailedMidway` for an error."""
    if event.whole:
        return _whole(wire.read(event.data, Response), event)
    chunk = wire.read(event.data, Chunk)
    if chunk.error or event.event == "error" or not (chunk.choices or chunk.usage):
        _raise_error(event)
    return chunk


def _raise_error(event: Event) -> None:
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


def _whole(response: Response, event: Event) -> Chunk:
    """A whole answer to a request for a stream, as the one chunk that it amounts to."""
    if not response.choices:
        _raise_error(event)
        raise errors.BadAnswer(reason="no choices")
    return Chunk(
        id=response.id,
        created=response.created,
        model=response.model,
        choices=[_as_chunk_choice(choice) for choice in response.choices],
        usage=response.usage,
        system_fingerprint=response.system_fingerprint,
        service_tier=response.service_tier,
        moderation=response.moderation,
        prompt_filter_results=response.prompt_filter_results,
    )


def _as_chunk_choice(choice: Choice) -> ChunkChoice:
    message = choice.message
    return ChunkChoice(
        index=choice.index,
        delta=Delta(
            role=message.role,
            content=message.content,
            refusal=message.refusal,
            reasoning_content=message.reasoning_content,
            reasoning=message.reasoning,
            tool_calls=message.tool_calls,
            function_call=message.function_call,
        ),
        logprobs=choice.logprobs,
        finish_reason=choice.finish_reason or "stop",
        content_filter_results=choice.content_filter_results,
    )
