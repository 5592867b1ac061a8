"""Server-sent events → chunks. Takes what real servers send: no `[DONE]`, no usage, JSON instead of a stream."""

from collections.abc import AsyncIterator
from typing import Any, Protocol

from connector.client import errors, wire
from connector.client.sse import Event
from connector.operations import reported
from connector.operations.chat_completions.answer import Choice, Chunk, ChunkChoice, Delta, Response


class Stream(Protocol):
    """What `client.stream` gives: events, which end after `[DONE]` or with the connection."""

    request_id: str
    retries: int

    def __aiter__(self) -> AsyncIterator[Event]: ...
    def finished(self) -> None: ...


class Chunks:
    """The chunks of one answer. Iterate once.

    Raises `errors.CutOff` when the stream closes before every choice that began has a finish reason and without
    `[DONE]`, `errors.FailedMidway` when the provider reports an error in it.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._open: set[int] = set()  # choices that began and have no finish reason yet
        self._ended = 0  # choices that have one
        self._unread = ""  # why the last event could not be read

    @property
    def request_id(self) -> str:
        return self._stream.request_id

    @property
    def retries(self) -> int:
        return self._stream.retries

    async def __aiter__(self) -> AsyncIterator[Chunk]:
        any_came = False
        async for event in self._stream:
            chunk = self._read(event)
            if chunk is not None:
                any_came = True
                yield chunk
        if self._unread and not any_came:
            raise errors.BadAnswer(reason=self._unread)
        if self._open and self._ended:  # several choices, and the connection closed between their ends
            raise errors.CutOff()

    def _read(self, event: Event) -> Chunk | None:
        if not event.data.strip():
            return None
        try:
            chunk = chunk_of(event)
        except errors.BadAnswer as error:
            return self._skip(event, error)
        if chunk.error is not None:
            raise errors.FailedMidway(**reported.facts(chunk.error))
        for choice in chunk.choices:
            if choice.finish_reason:
                self._open.discard(choice.index)
                self._ended += 1
            elif not self._ended or choice.delta != _NOTHING:
                self._open.add(choice.index)
        if self._ended and not self._open:
            self._stream.finished()
        return chunk

    def _skip(self, event: Event, error: errors.BadAnswer) -> None:
        """A keep-alive in words is passed over, and so is the torn last event; JSON that is broken inside is not."""
        self._unread = error.facts.get("reason", "")
        if event.complete and event.data.lstrip()[:1] in "{[":
            raise error


_NOTHING = Delta()


def chunk_of(event: Event) -> Chunk:
    """One event as a chunk; raises `errors.BadAnswer` when it is not JSON."""
    if event.whole:
        return _whole(wire.read(event.data, Response))
    chunk = wire.read(event.data, Chunk)
    if event.event == "error" or (not chunk.choices and chunk.error is None and chunk.usage is None):
        return _with_error(chunk, event)
    return chunk


def _with_error(chunk: Chunk, event: Event) -> Chunk:
    """`event: error`, `{"object": "error", "message": …}` and `{"detail": …}` carry their error in other places."""
    plain: Any = wire.parse(event.data)
    if not isinstance(plain, dict):
        return chunk
    is_error = event.event == "error" or plain.get("object") == "error" or plain.get("type") == "error"
    if is_error or ("detail" in plain and "choices" not in plain):
        return Chunk(error=chunk.error if chunk.error is not None else plain)
    return chunk


def _whole(response: Response) -> Chunk:
    """A whole answer to a request for a stream, as the one chunk that it amounts to."""
    if not response.choices and response.error is None:
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
        error=response.error,
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
