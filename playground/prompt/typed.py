"""Schemas and tools as they are typed: the value, or what is wrong with it and in which line."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from connector.catalogue import located, schemas
from connector.catalogue.located import Typed
from connector.catalogue.schemas import Flaw

WHOLE = {"name", "schema", "strict", "description"}  # of a format that was copied as a whole
MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Marked:
    """One mistake, and the line that it is in: what stands before it, where it begins, and the rest."""

    reason: str
    line: int
    column: int
    before: str
    at: str
    after: str

    def __str__(self) -> str:
        return f"Line {self.line}, column {self.column}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Read:
    """What was typed: a `value`, or mistakes."""

    value: Any = None
    mistakes: tuple[Marked, ...] = ()


def schema(text: str, name: str, strict: bool) -> Read:
    """A schema as `response_format.json_schema` takes it; one that was copied with its name is taken as it is."""
    try:
        typed = located.parse(text)
    except located.NotJSON as error:
        return Read(mistakes=(_marked(text, error.place, error.reason),))
    value, prefix = typed.value, 0
    if isinstance(value, dict) and value.get("type") == "json_schema" and isinstance(value.get("json_schema"), dict):
        value, prefix = value["json_schema"], 1
    if isinstance(value, dict) and isinstance(value.get("schema"), dict) and value.keys() <= WHOLE | {"type"}:
        described = {"name": name, "strict": strict} | {key: value[key] for key in WHOLE if key in value}
        root: tuple[str, ...] = ("json_schema",) * prefix
    else:
        described = {"name": name, "strict": strict, "schema": value}
        if not isinstance(value, dict):
            return Read(mistakes=(_marked(text, typed.place(()), "a schema must be a JSON object"),))
        root = ()
    found = schemas.of_format(described)
    is_whole = described["schema"] is not value
    return _read(typed, described, [Flaw(_in_text(flaw.path, root, is_whole), str(flaw)) for flaw in found])


def _in_text(path: located.Path, root: tuple[str, ...], is_whole: bool) -> located.Path:
    """Where a part of the format stands in what was typed."""
    return (*root, *path) if is_whole else path[1:]


def tools(text: str, operation: str) -> Read:
    """A list of tools in the form that `operation` takes."""
    try:
        typed = located.parse(text)
    except located.NotJSON as error:
        return Read(mistakes=(_marked(text, error.place, error.reason),))
    if not isinstance(typed.value, list) or not typed.value:
        return Read(mistakes=(_marked(text, typed.place(()), "write a JSON list with one tool or more: [{…}]"),))
    flaws = list(_shapes(typed.value, operation)) or schemas.of_tools(typed.value)
    return _read(typed, [_as(tool, operation) for tool in typed.value], [Flaw(one.path, str(one)) for one in flaws])


def _shapes(tools: list[Any], operation: str) -> Iterable[Flaw]:
    for index, tool in enumerate(tools):
        kind = tool.get("type") if isinstance(tool, dict) else None
        if not isinstance(tool, dict) or not isinstance(kind, str):
            yield Flaw((index,), 'a tool is an object with a type: {"type": "function", …}')
        elif operation == "chat_completions" and kind not in ("function", "custom"):
            yield Flaw((index, "type"), "a chat takes functions and custom tools; for others choose Responses")
        elif kind in ("function", "custom") and not isinstance(tool.get(kind, {}), dict):
            yield Flaw((index, kind), "a tool is described by an object")


def _as(tool: Any, operation: str) -> Any:
    """A flat tool of responses, as a chat takes it. The other way round `responses.fit` does it."""
    if not isinstance(tool, dict) or operation != "chat_completions":
        return tool
    kind = tool.get("type")
    if kind in ("function", "custom") and kind not in tool:
        return {
            "type": kind,
            kind: {name: value for name, value in tool.items() if name != "type" and value is not None},
        }
    return tool


def _read(typed: Typed, value: Any, flaws: list[Flaw]) -> Read:
    marked = [_marked(typed.text, typed.place(flaw.path), flaw.reason) for flaw in flaws]
    return Read(mistakes=tuple(marked)) if marked else Read(value)


def _marked(text: str, place: located.Place, reason: str) -> Marked:
    line, at = located.excerpt(text, place)
    return Marked(reason, place.line, place.column, line[:at], line[at : at + 1], line[at + 1 :])
