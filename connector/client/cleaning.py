"""What may be kept of a request and its answers: everything but keys, files and what is too long.

A body that holds nothing of the kind is kept to the byte. Where something that is or looks like a key has to go, JSON
stays JSON: its strings are masked one by one, because a key in the raw text may end in the middle of an escape.
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from connector.client import errors, multipart, transcript, wire
from connector.client.exchange import Exchange, Request
from connector.client.limits import MB
from connector.client.masking import mask

LONGEST_REQUEST = MB  # bytes that are kept
DEEPEST = 200  # levels of JSON that are looked into one by one

_ESCAPED = re.compile(r"\\u00([2-7][0-9a-fA-F])|\\/")  # plain letters and signs, written so that a mask would miss them


def request(sent: Request) -> dict[str, Any]:
    """headers, size; of a body its text or form, and what is not as it was."""
    told: dict[str, Any] = {"headers": _headers(sent.headers), "size": len(sent.body or b"")}
    if sent.body is None:
        return told
    content_type = sent.headers.get("content-type", "")
    if content_type.lower().startswith("multipart/form-data"):
        try:
            return told | {"form": [_part(part) for part in multipart.decode(sent.body, content_type)]}
        except errors.BadAnswer:
            content_type = "application/octet-stream"
    return told | _body(transcript.of(sent.body, content_type, LONGEST_REQUEST), content_type)


def answer(exchange: Exchange) -> dict[str, Any]:
    """status, headers, size, text, and what is not as it was; of an attempt without an answer only the status 0."""
    told: dict[str, Any] = {"status": exchange.status, "headers": _headers(exchange.headers), "size": 0}
    if exchange.answer is None:
        return told
    return told | _body(exchange.answer.kept(), exchange.headers.get("content-type", ""))


def text(given: str, content_type: str = "") -> str:
    """`given` without keys; the same object when there are none."""
    if not _has_key(given):
        return given
    if content_type.startswith("text/event-stream"):
        return "\n".join(_event_line(line) for line in given.split("\n"))
    return mask(_json(given))


def _has_key(given: str) -> bool:
    if mask(given) != given:
        return True
    if "\\u00" not in given and "\\/" not in given:
        return False
    plain = _ESCAPED.sub(lambda found: chr(int(found[1], 16)) if found[1] else "/", given)
    return mask(plain) != plain


def _event_line(line: str) -> str:
    name, colon, value = line.partition(":")
    return mask(
        f"{name}{colon}{' ' if value.startswith(' ') else ''}{_json(value.strip())}" if name == "data" else line
    )


def _json(given: str) -> str:
    """`given` with each string of it masked; as it is when it is no JSON."""
    try:
        return wire.encode(_masked(wire.parse(given))).decode()
    except errors.BadAnswer:
        return given


def _masked(value: Any, depth: int = 0) -> Any:
    match value:
        case str():
            return mask(value)
        case list() if depth < DEEPEST:
            return [_masked(each, depth + 1) for each in value]
        case dict() if depth < DEEPEST:
            return {mask(name): _named(name, each, depth) for name, each in value.items()}
        case list() | dict():
            return "…"
    return value


def _named(name: str, value: Any, depth: int) -> Any:
    """`value`, which may be a key only because of its name: `"api-key": "word"`."""
    if isinstance(value, str):
        begin = f"{name}: "
        together = mask(begin + value)
        return together.removeprefix(begin) if together.startswith(begin) else mask(value)
    return _masked(value, depth + 1)


def _headers(headers: Mapping[str, str]) -> dict[str, str]:
    together = "\n".join(headers.values())
    if mask(together) == together:  # nearly always, and looked for once
        return dict(headers)
    return {name: mask(value) for name, value in headers.items()}


def _body(kept: transcript.Kept, content_type: str) -> dict[str, Any]:
    told: dict[str, Any] = {"size": kept.size}
    if kept.sha256:
        return told | kept.notes
    clean = text(kept.text, content_type)
    return told | {"text": clean} | kept.notes | ({} if clean is kept.text else {"masked": True})


def _part(part: multipart.Part) -> dict[str, Any]:
    if part.filename is None:
        return {"name": mask(part.name), "value": text(transcript.of(part.content, "text/plain", LONGEST_REQUEST).text)}
    return {
        "name": mask(part.name),
        "filename": mask(part.filename),
        "media_type": part.media_type,
        "size": len(part.content),
        "sha256": hashlib.sha256(part.content).hexdigest(),
    }
