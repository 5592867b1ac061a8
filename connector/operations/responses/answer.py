"""What comes back. Items are kept as they came: there are two dozen kinds, and they go back with a tool's result."""

from collections.abc import Iterator
from typing import Any

from connector.client import wire

type Plain = dict[str, Any]


class InputTokensDetails(wire.Struct, frozen=True, omit_defaults=False):
    cached_tokens: int = 0
    cache_write_tokens: int = 0


class OutputTokensDetails(wire.Struct, frozen=True, omit_defaults=False):
    reasoning_tokens: int = 0


class Usage(wire.Struct, frozen=True, omit_defaults=False):
    """Tokens; input + output = total."""

    input_tokens: int = 0
    input_tokens_details: InputTokensDetails | None = None
    output_tokens: int = 0
    output_tokens_details: OutputTokensDetails | None = None
    total_tokens: int = 0


class Response(wire.Struct, frozen=True):
    """The answer, with the request's settings repeated in it."""

    id: str = ""
    object: str = "response"
    created_at: float = 0  # Unix seconds
    completed_at: float | None = None
    status: str = ""  # completed | incomplete | failed | in_progress | queued | cancelled
    error: Any = None
    incomplete_details: Plain | None = None  # reason: max_output_tokens | content_filter
    model: str = ""
    output: list[Plain] = []  # noqa: RUF012  # a Struct makes a new one each time
    usage: Usage | None = None
    instructions: Any = None
    previous_response_id: str | None = None
    conversation: Any = None
    background: bool | None = None
    max_output_tokens: int | None = None
    max_tool_calls: int | None = None
    metadata: Plain | None = None
    moderation: Any = None
    parallel_tool_calls: bool | None = None
    prompt: Any = None
    prompt_cache_key: str | None = None
    prompt_cache_options: Any = None
    prompt_cache_retention: str | None = None
    reasoning: Plain | None = None
    safety_identifier: str | None = None
    service_tier: str | None = None
    store: bool | None = None
    temperature: float | None = None
    text: Plain | None = None
    tool_choice: Any = None
    tools: list[Plain] | None = None
    top_logprobs: int | None = None
    top_p: float | None = None
    truncation: str | None = None
    user: str | None = None
    content_filters: Any = None  # Azure

    @property
    def output_text(self) -> str:
        """All text of the answer."""
        return "".join(_texts(self.output, "output_text", "text"))

    @property
    def refusal(self) -> str:
        """What the model said instead of an answer."""
        return "".join(_texts(self.output, "refusal", "refusal"))

    @property
    def reasoning_summary(self) -> str:
        """What the model thought, as far as it was asked for and told."""
        thoughts = [item for item in self.output if isinstance(item, dict) and item.get("type") == "reasoning"]
        return "\n\n".join(
            part["text"] for item in thoughts for part in _parts(item, "summary") if isinstance(part.get("text"), str)
        )

    @property
    def tool_calls(self) -> list[Plain]:
        """The calls that the caller is to make: functions and custom tools."""
        wanted = {"function_call", "custom_tool_call"}
        return [item for item in self.output if isinstance(item, dict) and item.get("type") in wanted]

    @property
    def finish_reason(self) -> str:
        """In chat's words: stop, length, content_filter, tool_calls; empty while it is not finished."""
        if self.status == "incomplete":
            reason = (self.incomplete_details or {}).get("reason")
            return "content_filter" if reason == "content_filter" else "length"
        if self.status != "completed":
            return ""
        return "tool_calls" if self.tool_calls else "stop"


class Event(wire.Struct, frozen=True):
    """One event of a stream; which fields it has is a matter of its `type`."""

    type: str = ""  # response.output_text.delta, response.completed …
    sequence_number: int | None = None
    response: Response | None = None
    item: Plain | None = None
    item_id: str | None = None
    output_index: int | None = None
    content_index: int | None = None
    summary_index: int | None = None
    part: Plain | None = None
    delta: Any = None
    text: str | None = None
    refusal: str | None = None
    arguments: str | None = None
    input: str | None = None
    name: str | None = None
    annotation: Any = None
    annotation_index: int | None = None
    partial_image_b64: str | None = None
    partial_image_index: int | None = None
    logprobs: Any = None
    code: str | None = None
    message: str | None = None
    param: str | None = None
    error: Any = None

    @property
    def output_text(self) -> str:
        """What it adds to the text of the answer."""
        is_text = self.type == "response.output_text.delta"
        return self.delta if is_text and isinstance(self.delta, str) else ""


def _texts(output: list[Plain], kind: str, name: str) -> Iterator[str]:
    for item in output:
        for part in _parts(item, "content"):
            if part.get("type") == kind and isinstance(part.get(name), str):
                yield part[name]


def _parts(item: Any, name: str) -> list[Plain]:
    found = item.get(name) if isinstance(item, dict) else None
    return [part for part in found if isinstance(part, dict)] if isinstance(found, list) else []
