"""What comes back, whole or as a chunk of a stream: both have the same shape. Every field may be missing."""

from typing import Any

from connector.client import wire
from connector.operations.chat_completions.answer import Usage


class Logprobs(wire.Struct, frozen=True):
    """Of each token: where it begins in the text, how likely it was, and likely others."""

    tokens: list[str] | None = None
    token_logprobs: list[float | None] | None = None
    top_logprobs: list[dict[str, float] | None] | None = None
    text_offset: list[int] | None = None


class Choice(wire.Struct, frozen=True):
    index: int = 0
    text: str | None = None
    logprobs: Logprobs | None = None
    finish_reason: str | None = None  # stop | length | content_filter
    content_filter_results: Any = None  # Azure


class Response(wire.Struct, frozen=True):
    id: str = ""
    object: str = "text_completion"
    created: int = 0  # Unix seconds
    model: str = ""
    choices: list[Choice] = []  # noqa: RUF012  # a Struct makes a new one each time
    usage: Usage | None = None
    system_fingerprint: str | None = None
    prompt_filter_results: Any = None  # Azure
    error: Any = None  # of a server that reports errors with status 200

    @property
    def text(self) -> str:
        """The text of the first choice."""
        return next((choice.text or "" for choice in self.choices if choice.index == 0), "")
