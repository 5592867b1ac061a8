"""What is asked: every parameter of `responses` (OpenAI API reference, responses/create; client of November 2026).

A field left at None is not sent. Values are checked by `fit`, not here. The last ones are chat's names for what the
API nests or calls otherwise here; `fit` puts them where they belong.
"""

from typing import Any

from connector.operations import asking

type Item = dict[str, Any]  # a message, a call of a tool, its result …, as the API writes it


class Request(asking.Request, frozen=True, kw_only=True):
    """A whole request. `extra_body` holds what only a compatible server knows."""

    input: str | list[Item] | None = None
    access_programs: dict[str, Any] | None = None
    background: bool | None = None
    context_management: list[dict[str, Any]] | None = None
    conversation: str | dict[str, Any] | None = None
    image: dict[str, Any] | None = None
    include: list[str] | None = None
    instructions: str | None = None
    max_output_tokens: int | None = None
    max_tool_calls: int | None = None
    metadata: dict[str, str] | None = None
    moderation: dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    previous_response_id: str | None = None
    prompt: dict[str, Any] | None = None
    prompt_cache_key: str | None = None
    prompt_cache_options: dict[str, Any] | None = None
    prompt_cache_retention: str | None = None  # deprecated: prompt_cache_options
    reasoning: dict[str, Any] | None = None
    safety_identifier: str | None = None
    service_tier: str | None = None
    store: bool | None = None  # unset means no: `fit` says so to the API, whose own default is yes
    stream_options: dict[str, Any] | None = None
    temperature: float | None = None
    text: dict[str, Any] | None = None
    tool_choice: str | dict[str, Any] | None = None
    tools: list[dict[str, Any] | str] | None = None  # a text is the name of a registered one (`operations.tools`)
    top_logprobs: int | None = None
    top_p: float | None = None
    truncation: str | None = None
    user: str | None = None  # deprecated: safety_identifier
    # Chat's names.
    max_completion_tokens: int | None = None
    max_tokens: int | None = None
    reasoning_effort: str | None = None
    reasoning_summary: str | None = None
    response_format: dict[str, Any] | str | None = None
    verbosity: str | None = None
