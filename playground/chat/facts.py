"""What there is to know about an answer besides its text: the rows under *Details*."""

import json
from collections.abc import Iterator
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format

from connector.models import ChatCompletionsMessage, Run
from playground import money
from playground.templatetags.promptyard import in_words, seconds

OURS = {"model", "messages", "stream", "stream_options"}  # of the request: shown elsewhere, or not of interest
TOLD_BELOW = {"model", "request_id"}  # of an error
MAX_PROMPT = 400  # characters
USAGE = ("prompt_tokens_details", "completion_tokens_details")


def about(run: Run, message: ChatCompletionsMessage) -> list[tuple[str, str]]:
    """Name and value of everything that is known of the run; `message` is the answer in view."""
    return [(name, value) for name, value in _rows(run, message) if value]


def _rows(run: Run, message: ChatCompletionsMessage) -> Iterator[tuple[str, str]]:
    for name, fact in run.error.get("details", {}).items():
        if name not in TOLD_BELOW:
            yield in_words(name), _text(fact)
    yield "configuration", str(run.configuration or "")
    yield "model asked for", run.model
    yield "model that answered", _text(run.answer.get("model"))
    yield "finish reason", message.finish_reason
    for name, value in run.request.items():
        if name not in OURS:
            yield name, _text(value)
    prompt = run.system_prompt
    yield "system prompt", f"{prompt[:MAX_PROMPT]}…" if len(prompt) > MAX_PROMPT else prompt
    yield from _usage(run)
    yield "cost", money.of_run(run)
    yield "time to first token", seconds(run.first_token_ms)
    yield "took", seconds(run.duration_ms)
    yield "tries", str(run.retries + 1) if run.retries else ""
    yield "fingerprint", _text(run.answer.get("system_fingerprint"))
    yield "request id", run.request_id
    yield "asked", date_format(timezone.localtime(run.created), "j F Y, H:i")
    yield "our reference", f"run {run.pk}"


def _usage(run: Run) -> Iterator[tuple[str, str]]:
    counts: dict[str, Any] = {name: count for name, count in run.usage.items() if name not in USAGE}
    for part in USAGE:
        counts |= run.usage.get(part) or {}
    for name, count in counts.items():
        if count:
            yield in_words(name), f"{_text(count)} (estimated)" if run.usage_estimated else _text(count)


def _text(value: object) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, indent=2, ensure_ascii=False)
