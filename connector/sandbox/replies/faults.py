"""How the misbehaving models misbehave, each at the moment where a real provider would.

    before      instead of an answer: a refusal, a page, a long wait, a connection that breaks
    drafted     an answer that ends otherwise
    delivered   an answer whose bytes do not arrive as they should

What a fault is for is said in `models.MISBEHAVING`.
"""

import errno
import hashlib
import json
import socket
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from typing import Any

from connector.client import wire
from connector.sandbox.replies import pace, problems, tokens
from connector.sandbox.replies.drafts import Draft
from connector.sandbox.replies.pace import Pace
from connector.sandbox.replies.problems import Problem
from connector.sandbox.replies.reply import Asked, Dropped, Reply, Unreachable

SLOW = 15.0  # seconds until the first byte of `sandbox-slow`
REMEMBERED = 60.0  # seconds in which a second try at `sandbox-429` is known as one
PART = 24  # tokens that come before an answer goes wrong
HUGE = 60_000_000  # bytes; over every limit of the client
DRIP = 8  # bytes at a time, each quarter of a second

SIGN_IN = (
    b'<!doctype html><html lang="en"><head><title>Sign in to the network</title></head>'
    b"<body><h1>Welcome</h1><p>Please sign in to use the network of this caf\xc3\xa9.</p></body></html>"
)
BAD_GATEWAY = (
    b"<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>"
)
HTML = {"content-type": "text/html; charset=utf-8"}

_BUSY = "Rate limit reached for {model} in organization org-sandbox on requests per min (RPM): Limit 3, Used 3."
_FILTERED = {
    "hate": {"filtered": False, "severity": "safe"},
    "self_harm": {"filtered": False, "severity": "safe"},
    "sexual": {"filtered": False, "severity": "safe"},
    "violence": {"filtered": True, "severity": "medium"},
}

# Refusals by status alone: (status, type, param, code, message). Texts and codes are the API's (error codes guide).
_REFUSALS: dict[str, tuple[int, str, str | None, str | None, str]] = {
    "sandbox-401": (
        401, problems.INVALID, None, "invalid_api_key",
        "Incorrect API key provided: sk-sandb**********************oken. You can find your API key at "
        "https://platform.openai.com/account/api-keys.",
    ),
    "sandbox-403": (
        403, "request_forbidden", None, "unsupported_country_region_territory",
        "Country, region, or territory not supported",
    ),
    "sandbox-413": (413, problems.INVALID, None, None, "Request too large: the maximum size of a request is 1 byte."),
    "sandbox-quota": (
        429, "insufficient_quota", None, "credit_balance_exhausted",
        "You have no credit left, please check your plan and billing details.",
    ),
    "sandbox-500": (
        500, "server_error", None, "server_error",
        "The server had an error while processing your request. Sorry about that!",
    ),
    "sandbox-503": (
        503, "server_error", None, "server_is_overloaded",
        "The server is currently overloaded with other requests. Sorry about that! You can retry your request.",
    ),
}  # fmt: skip

_tried: dict[bytes, float] = {}  # first tries at `sandbox-429`: digest of the request and when it came


async def before(model: str, asked: Asked, body: dict[str, Any], clock: Pace) -> Reply | None:
    """What happens instead of an answer: returned, or raised; None when the model gets as far as answering."""
    if model in _REFUSALS:
        status, kind, param, code, message = _REFUSALS[model]
        raise Problem(message, status=status, type=kind, param=param, code=code)
    match model:
        case "sandbox-404":
            raise problems.no_model(asked, model)
        case "sandbox-429" if _first_try(asked):
            raise _busy(model, "2")
        case "sandbox-429-long":
            raise _busy(model, "60")
        case "sandbox-context":
            count = 8192 + tokens.count(json.dumps(body.get("messages", "")))
            raise too_long(8192, count)
        case "sandbox-filter":
            raise _filter()
        case "sandbox-502":
            return Reply(502, HTML, BAD_GATEWAY)
        case "sandbox-html":
            return Reply(200, HTML, SIGN_IN)
        case "sandbox-redirect":
            return Reply(307, {"location": f"https://elsewhere.invalid{asked.path}"}, b"")
        case "sandbox-refused":
            raise Unreachable(ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"))
        case "sandbox-dns":
            raise Unreachable(socket.gaierror(socket.EAI_NONAME, "Name or service not known"))
        case "sandbox-reset":
            raise Dropped("Connection reset by peer")
        case "sandbox-hang":
            await pace.never()
        case "sandbox-slow":
            await clock.wait(SLOW)
    return None


def drafted(model: str, draft: Draft) -> Draft:
    """The draft as this model would have it."""
    match model:
        case "sandbox-filtered" | "sandbox-length":
            part = "".join(tokens.split(draft.text or "")[:PART])
            return replace(draft, text=part, finish="length" if model == "sandbox-length" else "content_filter")
        case "sandbox-empty":
            return replace(draft, text="")
        case "sandbox-refusal":
            return replace(draft, text=None, refusal="I'm sorry, but the sandbox cannot help with that request.")
    return draft


def delivered(model: str, pieces: AsyncGenerator[bytes], *, streamed: bool, clock: Pace) -> AsyncGenerator[bytes]:
    """The bytes of the answer as this model would have them; `pieces` are events of a stream, or the whole."""
    found = DELIVERIES.get(model)
    return found(pieces, streamed, clock) if found else pieces


def too_long(most: int, count: int) -> Problem:
    return Problem(
        f"This model's maximum context length is {most} tokens. However, your messages resulted in {count} tokens. "
        "Please reduce the length of the messages.",
        param="messages",
        code="context_length_exceeded",
    )


def _busy(model: str, seconds: str) -> Problem:
    return Problem(
        f"{_BUSY.format(model=model)} Please try again in {seconds}s.",
        status=429,
        type="requests",
        code="rate_limit_exceeded",
        headers={"retry-after": seconds, "retry-after-ms": f"{seconds}000"},
    )


def _filter() -> Problem:
    """As Azure says it, who also tells what was found."""
    return Problem(
        "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. "
        "Please modify your prompt and retry.",
        param="prompt",
        code="content_filter",
        more={
            "status": 400,
            "innererror": {"code": "ResponsibleAIPolicyViolation", "content_filter_result": _FILTERED},
        },
    )


def _first_try(asked: Asked) -> bool:
    """Whether this very request was not refused a moment ago. The second try is forgotten, so a third is a first."""
    now = time.monotonic()
    for old in [digest for digest, when in _tried.items() if now - when > REMEMBERED]:
        del _tried[old]
    digest = hashlib.sha256(asked.path.encode() + b"\0" + asked.body).digest()
    if _tried.pop(digest, None) is not None:
        return False
    _tried[digest] = now
    return True


# Deliveries: each takes the pieces, whether they are events of a stream, and the clock.


async def _cut(pieces: AsyncGenerator[bytes], streamed: bool, clock: Pace) -> AsyncGenerator[bytes]:
    count = 0
    async for piece in pieces:
        if not streamed:
            yield piece[: len(piece) // 2]
            return
        yield piece
        count += 1
        if count > PART:
            return


async def _reset_midway(pieces: AsyncGenerator[bytes], streamed: bool, clock: Pace) -> AsyncGenerator[bytes]:
    async for piece in _cut(pieces, streamed, clock):
        yield piece
    raise Dropped("the connection broke in the middle of the answer")


async def _stall(pieces: AsyncGenerator[bytes], streamed: bool, clock: Pace) -> AsyncGenerator[bytes]:
    async for piece in _cut(pieces, streamed, clock):
        yield piece
    await pace.never()


async def _error_midway(pieces: AsyncGenerator[bytes], streamed: bool, clock: Pace) -> AsyncGenerator[bytes]:
    error = {
        "message": "The server had an error processing your request. Sorry about that!",
        "type": "server_error",
        "param": None,
        "code": "server_error",
    }
    if streamed:
        async for piece in _cut(pieces, streamed, clock):
            yield piece
        yield b"event: error\ndata: " + wire.encode({"error": error}) + b"\n\n"
    else:
        yield wire.encode({"error": error})


async def _badjson(pieces: AsyncGenerator[bytes], streamed: bool, clock: Pace) -> AsyncGenerator[bytes]:
    if not streamed:
        yield b'{"id": "chatcmpl-1", "object": "chat.completion", "choices": [{"index": 0, "message": {"role": "assi'
        return
    async for piece in _cut(pieces, streamed, clock):
        yield piece
    yield b'data: {"id": "chatcmpl-1", "choices": [{"delta": {"content": oh no}}\n\n'
    yield b"data: [DONE]\n\n"


async def _drip(pieces: AsyncGenerator[bytes], streamed: bool, clock: Pace) -> AsyncGenerator[bytes]:
    async for piece in pieces:
        for start in range(0, len(piece), DRIP):
            yield piece[start : start + DRIP]
            await clock.wait(0.25)


async def _huge(pieces: AsyncGenerator[bytes], streamed: bool, clock: Pace) -> AsyncGenerator[bytes]:
    """The first event again and again, with far too much in it; or an object that does not end."""
    text = "far too much text, " * 3400  # 64 kB
    choice = {"index": 0, "delta": {"content": text}, "logprobs": None, "finish_reason": None}
    chunk = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "choices": [choice]}
    event = b"data: " + wire.encode(chunk) + b"\n\n"
    if not streamed:
        yield b'{"id": "chatcmpl-1", "object": "chat.completion", "choices": [{"message": {"content": "'
    for _ in range(HUGE // len(text)):
        yield event if streamed else text.encode()
        await clock.wait(0)


DELIVERIES: dict[str, Callable[[AsyncGenerator[bytes], bool, Pace], AsyncGenerator[bytes]]] = {
    "sandbox-cut": _cut,
    "sandbox-reset-midway": _reset_midway,
    "sandbox-stall": _stall,
    "sandbox-error-midway": _error_midway,
    "sandbox-badjson": _badjson,
    "sandbox-drip": _drip,
    "sandbox-huge": _huge,
}
