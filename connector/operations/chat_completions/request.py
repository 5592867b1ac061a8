"""What is asked: every parameter of `chat/completions` (OpenAI API reference, chat/create; client of November 2026).

A field left at None is not sent. Values are checked by `fit`, not here.
"""

from typing import Any, Literal

from connector.client import wire
from connector.operations import asking

type Part = dict[str, Any]  # a piece of content (text, image, audio, file), as the API writes it


class Message(wire.Struct, frozen=True):
    """One message of the conversation."""

    role: str  # developer | system | user | assistant | tool | function (deprecated)
    content: str | list[Part] | None = None
    name: str | None = None
    refusal: str | None = None
    tool_calls: list[dict[str, Any]] | None = None
    tool_call_id: str | None = None  # of a tool's answer: the call it belongs to
    audio: dict[str, Any] | None = None
    function_call: dict[str, Any] | None = None  # deprecated


class Request(asking.Request, frozen=True, kw_only=True):
    """A whole request. `extra_body` holds what only a compatible server or Azure knows (`top_k`, `data_sources`)."""

    messages: list[Message | dict[str, Any]]
    audio: dict[str, Any] | None = None
    frequency_penalty: float | None = None
    function_call: str | dict[str, Any] | None = None  # deprecated: tool_choice
    functions: list[dict[str, Any] | str] | None = None  # deprecated: tools; a text names a registered one
    logit_bias: dict[str, int] | None = None
    logprobs: bool | None = None
    max_completion_tokens: int | None = None
    max_tokens: int | None = None  # deprecated: max_completion_tokens
    metadata: dict[str, str] | None = None
    modalities: list[str] | None = None
    moderation: dict[str, Any] | None = None
    n: int | None = None
    parallel_tool_calls: bool | None = None
    prediction: dict[str, Any] | None = None
    presence_penalty: float | None = None
    prompt_cache_key: str | None = None
    prompt_cache_options: dict[str, Any] | None = None
    prompt_cache_retention: str | None = None  # deprecated: prompt_cache_options
    reasoning_effort: str | None = None
    response_format: dict[str, Any] | str | None = None  # "json_object" stands for {"type": "json_object"}
    safety_identifier: str | None = None
    seed: int | None = None  # deprecated
    service_tier: Literal["auto", "default", "flex", "scale", "priority", "fast"] | str | None = None
    stop: str | list[str] | None = None
    store: bool | None = None
    stream_options: dict[str, Any] | None = None
    suffix: str | None = None  # of text completions; understood so that a notice can say so
    temperature: float | None = None
    tool_choice: str | dict[str, Any] | None = None
    tools: list[dict[str, Any] | str] | None = None  # a text is the name of a registered one (`operations.tools`)
    top_logprobs: int | None = None
    top_p: float | None = None
    user: str | None = None  # deprecated: safety_identifier
    verbosity: str | None = None
    web_search_options: dict[str, Any] | None = None

    def fields(self) -> dict[str, Any]:
        """Messages as plain data, too."""
        fields = super().fields()
        fields["messages"] = [
            wire.set_fields(message) if isinstance(message, Message) else message for message in self.messages
        ]
        return fields
