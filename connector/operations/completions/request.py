"""What is asked: every parameter of `completions` (OpenAI API reference, completions/create).

A field left at None is not sent. Values are checked by `fit`, not here.
"""

from typing import Any

from connector.operations import asking

type Prompt = str | list[str] | list[int] | list[list[int]]  # texts, or tokens


class Request(asking.Request, frozen=True, kw_only=True):
    """A whole request. `extra_body` holds what only a compatible server knows (`top_k`)."""

    prompt: Prompt
    best_of: int | None = None
    echo: bool | None = None
    frequency_penalty: float | None = None
    logit_bias: dict[str, int] | None = None
    logprobs: int | None = None
    max_tokens: int | None = None  # the API's default is 16
    n: int | None = None
    presence_penalty: float | None = None
    seed: int | None = None
    stop: str | list[str] | None = None
    stream_options: dict[str, Any] | None = None
    suffix: str | None = None
    temperature: float | None = None
    top_p: float | None = None
    user: str | None = None
