"""Server-sent events → chunks. Takes what real servers send: no `[DONE]`, no usage, JSON instead of a stream."""

from connector.client import errors, wire
from connector.client.sse import Event
from connector.operations import events
from connector.operations.chat_completions.answer import Choice, Chunk, ChunkChoice, Delta, Response
from connector.operations.events import Stream


class Chunks(events.Events[Chunk]):
    """The chunks of one answer with so many `choices`; whole when every choice that began has a finish reason."""

    def __init__(self, stream: Stream, choices: int = 1) -> None:
        super().__init__(stream)
        self._choices = choices
        self._begun: set[int] = set()
        self._ended: set[int] = set()  # with a finish reason

    @property
    def is_complete(self) -> bool:
        return bool(self._ended) and not self._begun - self._ended

    def read(self, event: Event) -> Chunk:
        chunk = chunk_of(event)
        for choice in chunk.choices:
            self._begun.add(choice.index)
            if choice.finish_reason:
                self._ended.add(choice.index)
                if len(self._ended) >= self._choices:
                    self.finished()
        return chunk


def chunk_of(event: Event) -> Chunk:
    """One event as a chunk; raises `errors.BadAnswer` when it is not JSON, `errors.FailedMidway` for an error."""
    if event.whole:
        return _whole(wire.read(event.data, Response), event)
    chunk = wire.read(event.data, Chunk)
    if chunk.error or event.event == "error" or not (chunk.choices or chunk.usage):
        events.raise_error(event)
    return chunk


def _whole(response: Response, event: Event) -> Chunk:
    """A whole answer to a request for a stream, as the one chunk that it amounts to."""
    if not response.choices:
        events.raise_error(event)
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
