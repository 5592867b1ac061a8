"""A request as it stands in the console's form, right or wrong: what a page shows again, and what is saved."""

import dataclasses
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any
from urllib.parse import parse_qsl

from django.http import QueryDict

from connector.models import Call, CallContent, Run
from connector.models.text import cleaned
from connector.operations.raw import headers

MOST_ROWS = 50  # of one kind; what is sent beyond that is left out
LONGEST_VALUE = 20_000  # characters in a row
FLAGS = ("debug", "retry_on_all_errors", "exponential_backoff")
NUMBERS = ("timeout_ms", "retry_delay_ms", "max_retries")
KINDS = ("query", "header", "form", "file")  # of rows
BODIES = ("none", "json", "text", "form")
LIST = "[]"  # behind the name of a field that is there several times


@dataclass(frozen=True, slots=True)
class Pair:
    name: str = ""
    value: str = ""

    def __bool__(self) -> bool:
        return bool(self.name or self.value)


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file that goes along: the field it is sent as, the name it is sent under, and the upload that it is."""

    key: str = ""
    name: str = ""  # empty: as it was uploaded
    id: str = ""  # of a `StoredFile`; empty while none is chosen

    def __bool__(self) -> bool:
        return bool(self.key or self.name or self.id)


@dataclass(frozen=True, kw_only=True)
class Typed:
    """Texts as they were typed; numbers too."""

    configuration: str = ""
    method: str = "GET"
    path: str = "/v1/models"
    body: str = "none"  # which of those below is sent
    data: str = ""
    query: tuple[Pair, ...] = ()
    header: tuple[Pair, ...] = ()
    form: tuple[Pair, ...] = ()
    file: tuple[FileRow, ...] = ()
    response_type: str = "json"
    timeout_ms: str = ""
    debug: bool = False
    retry_delay_ms: str = ""
    retry_on_all_errors: bool = False
    max_retries: str = ""
    exponential_backoff: bool = False

    # Where it comes from.

    @classmethod
    def posted(cls, data: QueryDict) -> "Typed":
        found: dict[str, Any] = {name: data.get(name, "") for name in ("configuration", "method", "path", "body")}
        found |= {"data": cleaned(data.get("data", "")), "response_type": data.get("response_type", "json")}
        found |= {kind: tuple(_pairs(data, kind)) for kind in ("query", "header", "form")}
        found |= {"file": tuple(_files(data))}
        found |= {name: data.get(name, "") for name in NUMBERS} | {name: bool(data.get(name)) for name in FLAGS}
        return cls(**found)

    @classmethod
    def kept(cls, content: Mapping[str, Any]) -> "Typed":
        """From what `as_json` gave; anything else in it is left out."""
        known: dict[str, Any] = {field.name: content[field.name] for field in _fields() if field.name in content}
        for kind in ("query", "header", "form"):
            known[kind] = tuple(Pair(*map(str, pair[:2])) for pair in known.get(kind, ()))
        known["file"] = tuple(FileRow(*map(str, row[:3])) for row in known.get("file", ()))
        return cls(**known)

    @classmethod
    def sent(cls, run: Run) -> "Typed":
        """As a raw request was sent before."""
        asked = run.request
        data = asked.get("data")
        names = asked.get("file_names") or {}
        files = [FileRow(entry["param"], names.get(entry["param"], ""), entry["id"]) for entry in run.inputs]
        form = tuple(_flat(asked.get("form") or {}))
        text = data if isinstance(data, str) else "" if data is None else json.dumps(data, indent=2, ensure_ascii=False)
        body = "form" if form or files else "none" if data is None else "json" if _is_json(text) else "text"
        found: dict[str, Any] = {
            name: str(asked[name]) for name in ("method", "path", "response_type") if name in asked
        }
        found |= {name: str(asked[name]) for name in NUMBERS if asked.get(name) is not None}
        found |= {name: bool(asked.get(name)) for name in FLAGS}
        return cls(
            **found,
            configuration=str(run.configuration_id or ""),
            body=body,
            data=text,
            query=tuple(Pair(*pair) for pair in asked.get("query") or ()),
            header=tuple(Pair(*pair) for pair in asked.get("headers") or ()),
            form=form,
            file=tuple(files),
        )

    @classmethod
    def recorded(cls, call: Call, content: CallContent, uploads: Mapping[str, str]) -> "Typed":
        """As any call was sent, whatever page it came from; `uploads`: ids of files that are there, by SHA-256."""
        asked = content.request
        path, _, query = call.path.partition("?")
        text, parts = str(asked.get("text") or ""), asked.get("form") or []
        given = headers.REFUSED | {"content-type", "accept"}
        own = ((name, value) for name, value in (asked.get("headers") or {}).items() if name.lower() not in given)
        files = (part for part in parts if "filename" in part)
        return cls(
            configuration=str(call.configuration_id or ""),
            method=call.method,
            path=path,
            body="form" if parts else "none" if not text else "json" if _is_json(text) else "text",
            data=text,
            query=tuple(Pair(*pair) for pair in parse_qsl(query, keep_blank_values=True)),
            header=tuple(Pair(name, str(value)) for name, value in own),
            form=tuple(Pair(str(part["name"]), str(part["value"])) for part in parts if "value" in part),
            file=tuple(
                FileRow(str(part["name"]), str(part["filename"]), uploads.get(str(part.get("sha256")), ""))
                for part in files
            ),
        )

    # What becomes of it.

    @property
    def count(self) -> dict[str, int]:
        """How many rows of each kind have something in them."""
        return {kind: sum(map(bool, getattr(self, kind))) for kind in KINDS}

    def as_json(self) -> dict[str, Any]:
        return {
            field.name: [list(dataclasses.astuple(row)) for row in value] if isinstance(value, tuple) else value
            for field in _fields()
            if (value := getattr(self, field.name)) != field.default
        }

    def changed(self, **fields: Any) -> "Typed":  # Any: whatever the fields take
        return dataclasses.replace(self, **fields)

    def with_row(self, kind: str) -> "Typed":
        row = FileRow() if kind == "file" else Pair()
        return self.changed(**{kind: (*getattr(self, kind), row)})

    def without_row(self, kind: str, place: int) -> "Typed":
        rows = getattr(self, kind)
        return self.changed(**{kind: (*rows[:place], *rows[place + 1 :])})


def _fields() -> Iterable[dataclasses.Field[Any]]:
    return dataclasses.fields(Typed)


def _pairs(data: QueryDict, kind: str) -> Iterable[Pair]:
    names, values = data.getlist(f"{kind}_name")[:MOST_ROWS], data.getlist(f"{kind}_value")[:MOST_ROWS]
    for name, value in zip_longest(names, values, fillvalue=""):
        yield Pair(name[:LONGEST_VALUE], value[:LONGEST_VALUE])


def _files(data: QueryDict) -> Iterable[FileRow]:
    columns = (data.getlist(name)[:MOST_ROWS] for name in ("file_key", "file_name", "file_id"))
    for key, name, id in zip_longest(*columns, fillvalue=""):
        yield FileRow(key[:200], name[:200], id[:40])


def _flat(form: Mapping[str, Any]) -> Iterable[Pair]:
    for name, value in form.items():
        if isinstance(value, list):
            yield from (Pair(name + LIST, str(each)) for each in value)
        else:
            yield Pair(name, str(value))


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
