"""Two versions of a saved prompt: what was taken away, what came in its place, line by line."""

import difflib
import json
from collections.abc import Iterator
from dataclasses import dataclass

from connector.models import SavedPromptVersion

MOST_LINES = 2000  # of a text that is compared; comparing takes their square in the worst case
AROUND = 3  # lines that are shown around a change


@dataclass(frozen=True, slots=True)
class Line:
    kind: str  # same, gone, new, left_out
    text: str


@dataclass(frozen=True, slots=True)
class Part:
    """One field of the two, as far as it differs."""

    name: str
    lines: list[Line]


def parts(before: SavedPromptVersion, after: SavedPromptVersion) -> list[Part]:
    """What differs; nothing where both say the same."""
    fields = zip(_fields(before), _fields(after), strict=True)
    return [Part(name, list(_lines(old, new))) for (name, old), (_, new) in fields if old != new]


def _fields(version: SavedPromptVersion) -> Iterator[tuple[str, str]]:
    yield "System prompt", version.system_prompt
    yield "Prompt", version.question
    yield "Values", _written(version.values)
    yield "Parameters", _written(version.parameters)
    yield "Operation", version.operation.replace("_", " ")
    yield "Configuration", str(version.configuration or "")
    yield "Model", version.model


def _written(value: dict[str, object]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True) if value else ""


def _lines(old: str, new: str) -> Iterator[Line]:
    before, after = (text.split("\n")[:MOST_LINES] for text in (old, new))
    if not old:
        before = []
    if not new:
        after = []
    for number, group in enumerate(difflib.SequenceMatcher(None, before, after).get_grouped_opcodes(AROUND)):
        if number:
            yield Line("left_out", "")
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                yield from (Line("same", text) for text in before[i1:i2])
                continue
            yield from (Line("gone", text) for text in before[i1:i2])
            yield from (Line("new", text) for text in after[j1:j2])
