"""Sending: the inputs are checked, the request is sent, and again as often as it was asked for."""

import asyncio
import dataclasses
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from connector.catalogue import checks
from connector.client import errors, multipart, retry, wire
from connector.client.exchange import new_call
from connector.client.limits import Limits
from connector.client.multipart import File
from connector.client.operation import Operation
from connector.operations.raw import headers, path
from connector.operations.raw.request import METHODS, RESPONSE_TYPES, Pairs, Request, Response, parsed, shown

if TYPE_CHECKING:  # they bring httpx along
    from connector.client.transport import Answer, Client, OnWait

logger = logging.getLogger(__name__)

# What all have in common; path and method are each one's own.
OPERATION = Operation(name="raw", path="", in_deployment=False, limits=Limits(attempts=1))
MOST_RETRIES = 10
LONGEST_DELAY = 60_000  # milliseconds
LONGEST_TIMEOUT = 3_600_000
SOURCE = "raw requests"

type Sleep = Callable[[float], Awaitable[None]]


async def send(
    client: "Client",
    request: Request,
    *,
    limits: Limits | None = None,
    on_wait: "OnWait | None" = None,
    sleep: Sleep = asyncio.sleep,
) -> Response:
    """The answer to `request`. Raises `errors.InvalidParameter` before anything is sent, `errors.BadAnswer` when an
    answer that should be JSON is none, and what `client.send` raises. `on_wait` is told of each wait before another
    attempt.
    """
    operation, own_headers, body, content_type = prepared(client.endpoint.base, request)
    limits = _limits(request, limits or operation.limits)
    if request.debug:
        logger.info("%s", described(client.endpoint.url(operation), request, own_headers, body))
    ends = time.monotonic() + limits.total
    retries, number = 0, new_call()
    while True:
        left = max(ends - time.monotonic(), 0.001)
        try:
            came = await client.send(
                operation,
                body=body,
                content_type=content_type,
                headers=own_headers,
                limits=dataclasses.replace(limits, total=left),
                on_wait=on_wait,
                call_number=number,
            )
        except errors.ConnectorError as error:
            wait = _wait(request, error, retries)
            if wait is None or time.monotonic() + wait >= ends:
                raise
            if on_wait:
                _tell(on_wait, retries, request, wait, error)
        else:
            return _read(came, request.response_type, retries)
        await sleep(wait)
        retries += 1


def _tell(on_wait: "OnWait", retries: int, request: Request, wait: float, error: errors.ConnectorError) -> None:
    from connector.client.transport import Wait  # the client brought it already

    on_wait(Wait(retries + 2, request.max_retries + 1, wait, error.what))


def prepared(base: str, request: Request) -> tuple[Operation, dict[str, str], bytes | None, str]:
    """Operation, headers, body and content type, all of them checked; raises `errors.InvalidParameter`."""
    _check(request)
    where, typed_query = path.below(base, request.path)
    body, content_type = _body(request)
    own_headers = headers.checked(_pairs("headers", request.headers), has_form=bool(request.form or request.files))
    operation = dataclasses.replace(
        OPERATION,
        path=where,
        method=request.method.upper(),
        query=(*typed_query, *_pairs("query", request.query)),
    )
    return operation, own_headers, body, own_headers.pop("content-type", content_type)


def described(url: str, request: Request, own_headers: Mapping[str, str], body: bytes | None) -> str:
    """The request for a log, without its key and without anything that looks like one."""
    told = ", ".join(f"{name}: {value}" for name, value in own_headers.items())
    what = f"{len(body)} bytes" if request.files and body else shown((body or b"").decode("utf-8", "replace"))
    return (
        f"Raw request {request.method.upper()} {shown(url)}; headers: {shown(told) or 'none'}; body: {what or 'none'}"
    )


def _check(request: Request) -> None:
    if request.method.upper() not in METHODS:
        raise _wrong("method", f"“{request.method[:20]}” is not one of its values", allowed=", ".join(METHODS))
    if request.response_type not in RESPONSE_TYPES:
        raise _wrong("response_type", f"“{request.response_type}” is not one of its values", ", ".join(RESPONSE_TYPES))
    for name, most in (("max_retries", MOST_RETRIES), ("retry_delay_ms", LONGEST_DELAY)):
        value = getattr(request, name)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
            raise _wrong(name, f"cannot be {value!r}", allowed=f"0 to {most}")
    timeout = request.timeout_ms
    is_number = isinstance(timeout, int | float) and not isinstance(timeout, bool)
    if timeout is not None and (not is_number or not 1 <= timeout <= LONGEST_TIMEOUT):
        raise _wrong("timeout_ms", f"cannot be {timeout!r}", allowed=f"1 to {LONGEST_TIMEOUT} milliseconds")
    if request.data is not None and (request.form or request.files):
        raise _wrong("data", "cannot be sent together with a form or files")
    if strange := sorted(set(request.file_names) - set(request.files)):
        raise _wrong("file_names", f"there is no file {', '.join(strange)}", allowed=", ".join(request.files) or "none")
    if request.method.upper() in ("GET", "HEAD") and (request.data is not None or request.form or request.files):
        raise _wrong("data", f"a {request.method.upper()} request has no body")


def _body(request: Request) -> tuple[bytes | None, str]:
    if request.form or request.files:
        for name, value in request.form.items():
            checks.plain(f"form.{name}", value)
        files = {name: _file(name, given, request.file_names) for name, given in request.files.items()}
        form = multipart.encode({**request.form, **files})
        return form.content, form.content_type
    match request.data:
        case None:
            return None, "application/json"
        case bytes():
            return request.data, "application/octet-stream"
        case str():
            try:
                return request.data.encode(), "application/json" if _is_json(
                    request.data
                ) else "text/plain; charset=utf-8"
            except UnicodeEncodeError:
                raise _wrong("data", "contains half a character (a lone surrogate)") from None
    checks.plain("data", request.data)
    return wire.encode(request.data), "application/json"


def _file(name: str, given: File | bytes, names: Mapping[str, str]) -> File:
    if isinstance(given, File):
        return dataclasses.replace(given, name=names.get(name, given.name))
    if not isinstance(given, bytes):
        raise _wrong("files", f"{name} must be a file or bytes, not {type(given).__name__}")
    return File(names.get(name, name), given)


def _limits(request: Request, usual: Limits) -> Limits:
    """One attempt each: how often it is sent again is asked for here."""
    usual = dataclasses.replace(usual, attempts=1)
    if request.timeout_ms is None:
        return usual
    seconds = request.timeout_ms / 1000
    return dataclasses.replace(usual, total=seconds, first_byte=seconds, idle=seconds)


def _wait(request: Request, error: errors.ConnectorError, retries: int) -> float | None:
    """Seconds before it is sent again; None when it is not (checklist J12 to J15).

    Usually after a 5xx and when the network failed; with `retry_on_all_errors` after any refusal. What never left this
    machine because of a mistake in it is not better the second time.
    """
    if retries >= request.max_retries or isinstance(error, errors.Paused):
        return None
    if isinstance(error, errors.NotSent):
        is_retried = error.again or isinstance(error, errors.TLSFailed)
    elif isinstance(error, errors.Refused):
        is_retried = request.retry_on_all_errors or error.status >= 500
    else:
        is_retried = isinstance(error, errors.NoAnswer | errors.BrokenOff) or request.retry_on_all_errors
    if not is_retried:
        return None
    wait = retry.backoff(retries + 1) if request.exponential_backoff else request.retry_delay_ms / 1000
    return max(wait, float(error.facts.get("seconds") or 0) if isinstance(error, errors.Refused) else 0.0)


def _read(came: "Answer", response_type: str, retries: int) -> Response:
    told = {name.lower(): value for name, value in came.headers.items() if name.lower() != "set-cookie"}
    plain = parsed(came.content) if response_type == "json" else None
    return Response(came.status, told, came.content, plain, came.request_id, retries)


def _pairs(param: str, given: Pairs) -> list[tuple[str, str]]:
    pairs: Sequence[Any] = [*given.items()] if isinstance(given, Mapping) else [*given]
    for pair in pairs:
        if not (isinstance(pair, list | tuple) and len(pair) == 2 and all(isinstance(each, str) for each in pair)):
            raise _wrong(param, "must be a list of names with a text each")
        if pair[0] == "":
            raise _wrong(param, "a name is missing")
        checks.plain(param, list(pair))
    return [(name, value) for name, value in pairs]


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _wrong(param: str, reason: str, allowed: str = "") -> errors.InvalidParameter:
    return checks.wrong(param, reason, allowed=allowed, source=SOURCE)
