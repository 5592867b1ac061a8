"""Calls as an HTTP archive, HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/): one entry for each attempt.

As everywhere else there is no key in it, and no address of a configuration unless everybody knows it: a name that
leads nowhere stands for the others.
"""

import datetime
import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from connector.models import Call, CallContent

NOWHERE = "https://base-url.invalid"  # for an address that is not told
CREATOR = {"name": "Promptyard", "version": "1"}
HTTP = "HTTP/1.1"


def of(calls: Iterable[tuple[Call, CallContent | None]]) -> dict[str, Any]:
    """The archive of these calls, each with what was kept of it."""
    entries = [entry for call, content in calls for entry in _entries(call, content)]
    return {"log": {"version": "1.2", "creator": CREATOR, "entries": entries}}


def written(calls: Iterable[tuple[Call, CallContent | None]]) -> str:
    """As a file."""
    return json.dumps(of(calls), indent=2, ensure_ascii=False)


def _entries(call: Call, content: CallContent | None) -> Iterable[dict[str, Any]]:
    asked = content.request if content else {}
    answers = content.answers if content else []
    for place, attempt in enumerate(call.attempts):
        answer = answers[place] if place < len(answers) else {}
        timings = _timings(call, attempt, is_first=place == 0)
        yield {
            "startedDateTime": _moment(call.started, attempt.get("started_ms", 0)),
            "time": sum(value for value in timings.values() if value >= 0),
            "request": _request(call, asked),
            "response": _response(attempt, answer),
            "cache": {},
            "timings": timings,
            "comment": _comment(call, attempt, is_kept=content is not None),
        }


def _request(call: Call, asked: Mapping[str, Any]) -> dict[str, Any]:
    base = (asked.get("endpoint") or {}).get("base") or NOWHERE
    told = {
        "method": call.method,
        "url": base + call.path,
        "httpVersion": HTTP,
        "cookies": [],
        "headers": _pairs(asked.get("headers") or {}),
        "queryString": [_pair(*each) for each in parse_qsl(urlsplit(call.path).query, keep_blank_values=True)],
        "headersSize": -1,
        "bodySize": asked.get("size", -1),
    }
    if posted := _posted(asked):
        told["postData"] = posted
    return told


def _posted(asked: Mapping[str, Any]) -> dict[str, Any] | None:
    kind = (asked.get("headers") or {}).get("content-type", "")
    if "form" in asked:
        return {"mimeType": kind, "params": [_param(part) for part in asked["form"]]}
    if not asked.get("size"):
        return None
    return {"mimeType": kind, "text": asked.get("text", ""), **_notes(asked)}


def _param(part: Mapping[str, Any]) -> dict[str, Any]:
    if part.get("filename") is None:
        return _pair(part["name"], part["value"])
    told = f"{part['size']} bytes, sha256 {part['sha256']}"
    kind = {"contentType": part["media_type"]} if part.get("media_type") else {}
    return {"name": part["name"], "fileName": part["filename"], **kind, "comment": told}


def _response(attempt: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[str, Any]:
    status = attempt.get("status", 0)
    headers = answer.get("headers") or {}
    content: dict[str, Any] = {"size": answer.get("size", 0), "mimeType": headers.get("content-type", "")}
    if "text" in answer:
        content["text"] = answer["text"]
    return {
        "status": status,
        "statusText": HTTPStatus(status).phrase if status in set(HTTPStatus) else "",
        "httpVersion": HTTP,
        "cookies": [],
        "headers": _pairs(headers),
        "content": content | _notes(answer),
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": answer.get("size", -1),
    }


def _timings(call: Call, attempt: Mapping[str, Any], *, is_first: bool) -> dict[str, int]:
    """In milliseconds; -1 where it does not apply. To connect includes to look up the name and to agree on TLS."""
    total = attempt.get("duration_ms", 0)
    connected = attempt.get("connected_ms")
    begun = attempt.get("first_byte_ms", total)
    is_new = connected is not None and not attempt.get("reused")
    return {
        "blocked": call.queued_ms if is_first and call.queued_ms is not None else -1,
        "dns": -1,
        "connect": connected if is_new else -1,
        "send": 0,
        "wait": max(0, begun - (connected if is_new else 0)),
        "receive": max(0, total - begun),
        "ssl": -1,
    }


def _comment(call: Call, attempt: Mapping[str, Any], *, is_kept: bool) -> str:
    told = [f"{call.operation}, {call.configuration_name or 'no configuration'}"]
    if len(call.attempts) > 1:
        told.append(f"attempt {attempt.get('number', 1)} of {len(call.attempts)}")
    if error := attempt.get("error"):
        told.append(f"ended with {error}")
    if not is_kept:
        told.append("what was sent and what came is not kept")
    return "; ".join(told)


def _notes(body: Mapping[str, Any]) -> dict[str, str]:
    """What is not as it was."""
    told = []
    if body.get("masked"):
        told.append("what looked like a key was taken out")
    if files := body.get("files"):
        told.append(f"{files} files in base64 are only described")
    if cut := body.get("cut"):
        told.append(f"{cut} bytes in the middle are left out")
    if digest := body.get("sha256"):
        told.append(f"no text; sha256 {digest}")
    return {"comment": "; ".join(told)} if told else {}


def _moment(started: datetime.datetime, milliseconds: int) -> str:
    return (started + datetime.timedelta(milliseconds=milliseconds)).isoformat(timespec="milliseconds")


def _pairs(headers: Mapping[str, str]) -> list[dict[str, str]]:
    return [_pair(name, value) for name, value in headers.items()]


def _pair(name: str, value: str) -> dict[str, str]:
    return {"name": name, "value": value}
