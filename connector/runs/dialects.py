"""The answers of each operation of text, as the chunks of a chat: one writer takes them all.

chat completions   as they are
completions        a text is the content of a choice
responses          typed events: text, summaries of reasoning, refusals and calls, each under chat's name
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from connector.client.operation import Operation
from connector.operations import chat_completions, completions, responses
from connector.operations.chat_completions import (
    Choice,
    ChoiceMessage,
    Chunk,
    ChunkChoice,
    CompletionTokensDetails,
    Delta,
    FunctionCall,
    PromptTokensDetails,
    Response,
    ToolCall,
    Usage,
)

KEPT_ITEMS = "reasoning_items"  # among the facts of an answer


class Stream(Protocol):
    @property
    def request_id(self) -> str: ...
    def __aiter__(self) -> AsyncIterator[Chunk]: ...


def _nothing(_: Any) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Dialect:
    """How an operation is asked. `stream` and `create` take what those of its module take."""

    operation: Operation
    stream: Callable[..., AbstractAsyncContextManager[Stream]]
    create: Callable[..., Awaitable[Response]]
    kept: Callable[[Any], dict[str, Any]] = _nothing  # of a stream at its end: what the run keeps besides the text


class Translated[T]:
    """The events of a stream, as chunks. Iterate once."""

    def __init__(self, events: Any, translate: Callable[[T], Chunk | None]) -> None:
        self._events, self._translate = events, translate

    @property
    def request_id(self) -> str:
        return str(self._events.request_id)

    async def __aiter__(self) -> AsyncIterator[Chunk]:
        async for event in self._events:
            if (chunk := self._translate(event)) is not None:
                yield chunk


# Completions.


@asynccontextmanager
async def _stream_completions(
    client: Any, request: Any, **more: Any
) -> AsyncIterator[Translated[completions.Response]]:
    async with completions.stream(client, request, **more) as chunks:
        yield Translated(chunks, _completion_chunk)


async def _create_completions(client: Any, request: Any, **more: Any) -> Response:
    found = await completions.create(client, request, **more)
    return Response(
        **_completion_facts(found),
        choices=[
            Choice(
                index=choice.index,
                message=ChoiceMessage(content=choice.text),
                finish_reason=choice.finish_reason,
                content_filter_results=choice.content_filter_results,
            )
            for choice in found.choices
        ],
    )


def _completion_chunk(found: completions.Response) -> Chunk:
    return Chunk(
        **_completion_facts(found),
        choices=[
            ChunkChoice(
                index=choice.index,
                delta=Delta(content=choice.text),
                finish_reason=choice.finish_reason,
                content_filter_results=choice.content_filter_results,
            )
            for choice in found.choices
        ],
    )


def _completion_facts(found: completions.Response) -> dict[str, Any]:
    names = ("id", "object", "created", "model", "usage", "system_fingerprint", "prompt_filter_results")
    return {name: getattr(found, name) for name in names}


# Responses.


@asynccontextmanager
async def _stream_responses(client: Any, request: Any, **more: Any) -> AsyncIterator["_Translated"]:
    async with responses.stream(client, request, **more) as events:
        yield _Translated(events)


async def _create_responses(client: Any, request: Any, **more: Any) -> Response:
    found = await responses.create(client, request, **more)
    message = ChoiceMessage(
        content=found.output_text,
        refusal=found.refusal or None,
        reasoning_content=found.reasoning_summary or None,
        tool_calls=[_call(index, item) for index, item in enumerate(found.tool_calls)] or None,
    )
    return Response(
        **_response_facts(found),
        choices=[Choice(message=message, finish_reason=found.finish_reason)],
        usage=_usage(found),
    )


class _Translated(Translated[responses.Event]):
    def __init__(self, events: responses.ResponseEvents) -> None:
        super().__init__(events, self._chunk)
        self.events = events
        self._said = False  # something of the answer came before its end
        self._calls: dict[int | None, int] = {}  # by the item's index in the answer: the number of the call
        self._given: set[int | None] = set()  # items whose arguments came in pieces
        self._summary: tuple[int | None, int | None] | None = None  # the part of a summary that grows

    def _chunk(self, event: responses.Event) -> Chunk | None:
        match event.type.removeprefix("response."):
            case "created" | "in_progress" | "queued" if event.response:
                return Chunk(**_response_facts(event.response))
            case "output_text.delta":
                return self._delta(content=_text(event.delta))
            case "refusal.delta":
                return self._delta(refusal=_text(event.delta))
            case "reasoning_summary_text.delta" | "reasoning_text.delta":
                return self._delta(reasoning_content=self._thought(event))
            case "output_item.added" if _is_call(event.item):
                return self._begun(event)
            case "function_call_arguments.delta" | "custom_tool_call_input.delta":
                return self._argument(event)
            case "output_item.done" if _is_call(event.item):
                return self._ended_call(event)
            case "completed" | "incomplete" if event.response:
                return self._end(event.response)
        return None

    def _delta(self, **delta: Any) -> Chunk:
        self._said = True
        return Chunk(choices=[ChunkChoice(delta=Delta(**delta))])

    def _thought(self, event: responses.Event) -> str:
        """Parts of a summary are paragraphs."""
        part = (event.output_index, event.summary_index)
        between = "\n\n" if self._summary not in (None, part) else ""
        self._summary = part
        return between + _text(event.delta)

    def _begun(self, event: responses.Event) -> Chunk:
        number = self._calls.setdefault(event.output_index, len(self._calls))
        return self._delta(tool_calls=[_call(number, {**(event.item or {}), "arguments": "", "input": ""})])

    def _argument(self, event: responses.Event) -> Chunk:
        self._given.add(event.output_index)
        number, piece = self._calls.get(event.output_index, 0), _text(event.delta)
        if event.type == "response.custom_tool_call_input.delta":
            return self._delta(tool_calls=[ToolCall(index=number, custom={"input": piece})])
        return self._delta(tool_calls=[ToolCall(index=number, function=FunctionCall(arguments=piece))])

    def _ended_call(self, event: responses.Event) -> Chunk | None:
        """A call whose arguments did not come piece by piece."""
        if event.output_index in self._given or event.item is None:
            return None
        self._given.add(event.output_index)
        number = self._calls.setdefault(event.output_index, len(self._calls))
        return self._delta(tool_calls=[_call(number, event.item)])

    def _end(self, found: responses.Response) -> Chunk:
        """The end; with everything, where it is the first that comes."""
        delta = Delta()
        if not self._said:
            calls = [_call(index, item) for index, item in enumerate(found.tool_calls)]
            thought = found.reasoning_summary or None
            delta = Delta(
                content=found.output_text,
                refusal=found.refusal or None,
                reasoning_content=thought,
                tool_calls=calls or None,
            )
        choice = ChunkChoice(delta=delta, finish_reason=found.finish_reason or "stop")
        return Chunk(**_response_facts(found), choices=[choice], usage=_usage(found))


def _kept(stream: _Translated) -> dict[str, Any]:
    """What a reasoning model needs to see again when its calls are answered: thoughts that it can read itself."""
    response = stream.events.response
    items = [item for item in (response.output if response else []) if item.get("type") == "reasoning"]
    readable = [item for item in items if item.get("encrypted_content")]
    return {KEPT_ITEMS: readable} if readable else {}


def _is_call(item: Any) -> bool:
    return isinstance(item, dict) and item.get("type") in ("function_call", "custom_tool_call")


def _call(index: int, item: dict[str, Any]) -> ToolCall:
    """A call in chat's form."""
    own_id, name = _text(item.get("call_id")), _text(item.get("name"))
    if item.get("type") == "custom_tool_call":
        return ToolCall(index=index, id=own_id, type="custom", custom={"name": name, "input": _text(item.get("input"))})
    function = FunctionCall(name=name, arguments=_text(item.get("arguments")))
    return ToolCall(index=index, id=own_id, type="function", function=function)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _response_facts(found: responses.Response) -> dict[str, Any]:
    return {
        "id": found.id,
        "object": found.object,
        "created": int(found.created_at),
        "model": found.model,
        "service_tier": found.service_tier,
        "moderation": found.moderation,
    }


def _usage(found: responses.Response) -> Usage | None:
    counted = found.usage
    if counted is None:
        return None
    read, written = counted.input_tokens_details, counted.output_tokens_details
    return Usage(
        prompt_tokens=counted.input_tokens,
        completion_tokens=counted.output_tokens,
        total_tokens=counted.total_tokens,
        prompt_tokens_details=PromptTokensDetails(
            cached_tokens=read.cached_tokens, cache_write_tokens=read.cache_write_tokens
        )
        if read
        else None,
        completion_tokens_details=CompletionTokensDetails(reasoning_tokens=written.reasoning_tokens)
        if written
        else None,
    )


CHAT = Dialect(chat_completions.OPERATION, chat_completions.stream, chat_completions.create)

_DIALECTS = {
    dialect.operation.name: dialect
    for dialect in (
        CHAT,
        Dialect(completions.OPERATION, _stream_completions, _create_completions),
        Dialect(responses.OPERATION, _stream_responses, _create_responses, _kept),
    )
}


def of(operation: str) -> Dialect:
    """Raises `LookupError` for an operation that does not answer with text."""
    return _DIALECTS[operation]
