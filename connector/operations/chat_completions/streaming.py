"""Server-sent events → chunks. Takes what real servers send: no `[DONE]`, no usage, JSON instead of a stream."""

from connector.client import errors, wire
from connector.client.sse import Event
from connector.operations import events
from connector.operations.chat_completions.answer import Choice, Chunk, ChunkChoice, Delta, Response


class Chunks(events.ChoiceEvents[Chunk]):
    """The chunks of one answer. Iterate once."""

    def chunk(self, event: Event) -> Chunk:
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
