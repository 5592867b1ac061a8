"""What comes back. Every field may be missing: the API's document asks for more than real servers send.

A missing text, list or number reads as None, empty or 0. The same types build the sandbox's answers (`written`).
"""

from typing import Any

from connector.client import wire


class Answer(wire.Struct, frozen=True, omit_defaults=False):
    """A part of an answer."""


class FunctionCall(Answer, frozen=True):
    name: str | None = None
    arguments: str | None = None  # JSON as text; in a stream a piece of it


class ToolCall(Answer, frozen=True):
    """A call the model asks for; in a stream a piece of one, `index` saying of which."""

    index: int | None = None
    id: str | None = None
    type: str | None = None
    function: FunctionCall | None = None
    custom: dict[str, Any] | None = None


class PromptTokensDetails(Answer, frozen=True):
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    audio_tokens: int = 0
    image_tokens: int = 0
    text_tokens: int = 0


class CompletionTokensDetails(Answer, frozen=True):
    reasoning_tokens: int = 0
    audio_tokens: int = 0
    text_tokens: int = 0
    accepted_prediction_tokens: int = 0
    rejected_prediction_tokens: int = 0


class Usage(Answer, frozen=True):
    """Tokens; prompt + completion = total."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0
    prompt_tokens_details: PromptTokensDetails | None = None
    completion_tokens_details: CompletionTokensDetails | None = None


class ChoiceMessage(Answer, frozen=True):
    role: str = "assistant"
    content: str | None = None
    refusal: str | None = None
    reasoning_content: str | None = None  # DeepSeek's name, vLLM's until lately
    reasoning: str | None = None  # OpenRouter's, Ollama's and vLLM's
    tool_calls: list[ToolCall] | None = None
    function_call: FunctionCall | None = None
    annotations: list[Any] | None = None
    audio: dict[str, Any] | None = None


class Choice(Answer, frozen=True):
    index: int = 0
    message: ChoiceMessage = ChoiceMessage()
    logprobs: dict[str, Any] | None = None
    finish_reason: str | None = None  # stop | length | tool_calls | content_filter | function_call (deprecated)
    content_filter_results: Any = None  # Azure


class Response(Answer, frozen=True):
    id: str = ""
    object: str = "chat.completion"
    created: int = 0  # Unix seconds
    model: str = ""
    choices: list[Choice] = []  # noqa: RUF012  # a Struct makes a new one each time
    usage: Usage | None = None
    system_fingerprint: str | None = None
    service_tier: str | None = None
    metadata: dict[str, Any] | None = None
    moderation: Any = None
    prompt_filter_results: Any = None  # Azure
    error: Any = None  # of a server that reports errors with status 200


class Delta(Answer, frozen=True):
    """What a chunk adds to a choice."""

    role: str | None = None
    content: str | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    tool_calls: list[ToolCall] | None = None
    function_call: FunctionCall | None = None


NO_DELTA = Delta()


class ChunkChoice(Answer, frozen=True):
    index: int = 0
    delta: Delta = NO_DELTA
    logprobs: dict[str, Any] | None = None
    finish_reason: str | None = None
    content_filter_results: Any = None


class Chunk(Answer, frozen=True):
    """One event of a stream. The first may have no choices (Azure), the last has only the usage."""

    id: str = ""
    object: str = "chat.completion.chunk"
    created: int = 0
    model: str = ""
    choices: list[ChunkChoice] = []  # noqa: RUF012  # as above
    usage: Usage | None = None
    system_fingerprint: str | None = None
    service_tier: str | None = None
    moderation: Any = None
    prompt_filter_results: Any = None
    error: Any = None


# The fields that the API writes as null; any other field without a value is left out (OpenAI API reference).
NULLS = {"content", "refusal", "logprobs", "finish_reason"}


def written(answer: Answer) -> dict[str, Any]:
    """`answer` as the API writes it, for who plays the provider."""
    plain: dict[str, Any] = _without_nulls(wire.to_dict(answer))
    return plain


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_nulls(v) for k, v in value.items() if v is not None or k in NULLS}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value
