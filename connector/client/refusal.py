"""Reads what a provider says when it refuses: every spelling of an error body, as one of `errors`.

Seen in the wild: OpenAI's and Azure's `{"error": {…}}` (Azure with an `innererror`), a text or a number where an
object or a text should be, FastAPI's `{"detail": …}`, a list around it all, web pages of proxies, nothing.
What the provider says is kept as text of at most 500 characters, without keys.
"""

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from connector.client import errors, masking, retry, wire

LONGEST = 500  # characters of a provider's message
LONGEST_TITLE = 80
MONEY = frozenset(
    {
        "insufficient_quota",
        "credit_balance_exhausted",
        "organization_spend_limit_exceeded",
        "project_spend_limit_exceeded",
        "organization_usage_limit_exceeded",
        "billing_hard_limit_reached",
        "billing_not_active",
        "quota_exceeded",
    }
)
CONTEXT = frozenset({"context_length_exceeded", "string_above_max_length", "context_window_exceeded"})
FILTER = frozenset({"content_filter", "content_policy_violation", "moderation_blocked", "responsibleaipolicyviolation"})
_CONTEXT_TEXT = re.compile(
    r"maximum context length|context (length|window|size).{0,40}exceed|exceed.{0,40}context", re.I
)
_TITLE = re.compile(r"<title[^<>]*>(.*?)(?:</title|\Z)", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<(script|style)\b.*?(?:</\1[^<>]*>|\Z)|<[^<>]*>", re.IGNORECASE | re.DOTALL)
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def read(status: int, headers: Mapping[str, str], content: bytes, *, model: str = "") -> errors.Refused:
    """The error that an answer with `status` (not 2xx) stands for."""
    if 300 <= status < 400:
        return errors.Redirected(status=status, host=_host(headers.get("location", "")))
    said = Said.of(content)
    facts: dict[str, Any] = {
        "status": status,
        "message": said.message or "no reason was given",
        "provider_code": said.code,
        "param": said.param,
        "model": clean(model, 200),
        "request_id": request_id(headers),
    }
    match status:
        case 429 if said.is_about(MONEY):
            return errors.QuotaExhausted(**facts)
        case 402:
            return errors.QuotaExhausted(**facts)
        case 429:
            return errors.RateLimited(**facts, seconds=retry.asked_to_wait(headers))
        case 401:
            return errors.KeyRefused(**facts)
        case _ if status in (408, 409) or status >= 500:
            return errors.ProviderTrouble(**facts, seconds=retry.asked_to_wait(headers))
        case _ if said.is_about(FILTER):
            return errors.Filtered(**facts, categories=said.categories or "no category was named")
        case _ if said.is_about(CONTEXT) or (status in (400, 413, 422) and _CONTEXT_TEXT.search(said.message)):
            return errors.ContextTooLong(**facts)
        case 403:
            return errors.Forbidden(**facts)
        case 404:
            return errors.NotFound(**facts)
        case 413 | 415:
            return errors.TooLargeOrWrongType(**facts)
        case 400 | 422:
            return errors.BadRequest(**facts)
    return errors.Refused(**facts)


def midway(payload: Any) -> errors.FailedMidway:
    """The error that an `error` event of a stream stands for; `payload` is its data, parsed or as text."""
    said = Said.read(payload)
    return errors.FailedMidway(message=said.message or "no reason was given", provider_code=said.code, param=said.param)


def request_id(headers: Mapping[str, str]) -> str:
    """The provider's own number for the exchange; what its support asks for."""
    for name in ("x-request-id", "apim-request-id", "x-ms-request-id", "request-id", "cf-ray"):
        if value := headers.get(name):
            return clean(value, 200)
    return ""


def is_page(headers: Mapping[str, str], content: bytes) -> bool:
    """Whether a web page came where an API should be."""
    if "html" in headers.get("content-type", "").lower():
        return True
    return content.lstrip(b"\xef\xbb\xbf \t\r\n")[:14].lower().startswith((b"<!doctype html", b"<html"))


def title(content: bytes) -> str:
    """What a web page calls itself, or how its text begins."""
    text = content[:8_000].decode("utf-8", "replace")
    found = _TITLE.search(text)
    return clean(html.unescape(_TAG.sub(" ", found[1] if found else text)), LONGEST_TITLE) or "without a title"


def clean(text: str, longest: int = LONGEST) -> str:
    """`text` of a stranger as one line that can be stored and shown: no keys, no control characters, cut."""
    text = " ".join(_NOT_TEXT.sub(" ", masking.mask(text[: longest * 4])).split())
    return text if len(text) <= longest else text[: longest - 1] + "…"


class Said:
    """What an error body says, wherever it says it."""

    def __init__(self, message: str = "", code: str = "", type_: str = "", param: str = "", inner: Any = None) -> None:
        self.message, self.code, self.type, self.param = (
            clean(message),
            clean(code, 100),
            clean(type_, 100),
            clean(param, 100),
        )
        self._inner = inner if isinstance(inner, dict) else {}

    @classmethod
    def of(cls, content: bytes) -> "Said":
        """From the bytes of an answer, JSON or not."""
        try:
            return cls.read(wire.parse(content))
        except errors.BadAnswer:
            if is_page({}, content):
                return cls(f"a web page: {title(content)}")
            return cls(content[: LONGEST * 4].decode("utf-8", "replace"))

    @classmethod
    def read(cls, body: Any) -> "Said":
        """From plain data of any shape."""
        if isinstance(body, list):
            return cls.read(body[0]) if body else cls()
        if not isinstance(body, dict):
            return cls("" if body is None else str(body))
        error = body.get("error")
        if isinstance(error, dict | list) and error:
            said = cls.read(error)
            said.code = said.code or clean(_text(body.get("code")), 100)
            return said
        detail = body.get("message") or body.get("msg") or body.get("detail") or body.get("error_description") or error
        return cls(
            message=_detail(detail if detail is not None else body.get("errors")),
            code=_text(body.get("code") if body.get("code") is not None else body.get("statusCode")),
            type_=_text(body.get("type")),
            param=_text(body.get("param")) or _location(detail),
            inner=body.get("innererror") or body.get("inner_error") or body,
        )

    def is_about(self, codes: frozenset[str]) -> bool:
        inner_code = self._inner.get("code")
        return any(
            word.lower() in codes for word in (self.code, self.type, inner_code if isinstance(inner_code, str) else "")
        )

    @property
    def categories(self) -> str:
        """What a content filter found: `hate (high), jailbreak`."""
        results = self._inner.get("content_filter_result") or self._inner.get("content_filter_results")
        return clean(", ".join(_found(results)), 200)


def _found(results: Any) -> Iterator[str]:
    """The categories with a finding in Azure's object, or in a list of such objects."""
    if isinstance(results, list):
        for each in results:
            yield from _found(each)
    elif isinstance(results, dict):
        for category, result in results.items():
            if isinstance(result, dict) and (result.get("filtered") or result.get("detected")):
                severity = result.get("severity")
                yield f"{category} ({severity})" if isinstance(severity, str) else str(category)


def _detail(detail: Any) -> str:
    """A text; or FastAPI's list of findings, `body.messages: field required`."""
    if isinstance(detail, list):
        return "; ".join(_finding(each) for each in detail[:5])
    if isinstance(detail, dict):
        return Said.read(detail).message or str(detail)
    return _text(detail)


def _finding(each: Any) -> str:
    if isinstance(each, dict) and (message := each.get("msg") or each.get("message")):
        place = ".".join(str(part) for part in each.get("loc") or ())
        return f"{place}: {message}" if place else str(message)
    return str(each)


def _location(detail: Any) -> str:
    """The parameter that FastAPI's first finding is about."""
    if isinstance(detail, list) and detail and isinstance(detail[0], dict):
        place = detail[0].get("loc")
        if isinstance(place, list) and place:
            return str(place[-1])
    return ""


def _text(value: Any) -> str:
    return "" if value is None or isinstance(value, dict | list) else str(value)


def _host(location: str) -> str:
    """Where a redirect leads: the host only, for the rest may carry anything."""
    try:
        return clean(urlsplit(location).hostname or "another path of the same host", 100)
    except ValueError:
        return "an address that cannot be read"
