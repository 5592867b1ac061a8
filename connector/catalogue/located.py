"""JSON as people type it: the value, and where each part of it stands, so that an error names its line.

typed = located.parse('{"a": [1, 2]}')
typed.value                     # {"a": [1, 2]}
typed.place(("a", 1))           # line 1, column 11
"""

import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

DEEPEST = 100  # levels; JSON nested deeper is a mistake or an attack
LONGEST = 256 * 1024  # characters
_TOKEN = re.compile(r'[{}\[\],:]|"(?:[^"\\]|\\.)*"|[^\s{}\[\],:"]+', re.DOTALL)

type Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Place:
    line: int  # from 1
    column: int  # from 1

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}"


class NotJSON(ValueError):
    """What was typed is no JSON; `place` is where that shows."""

    def __init__(self, reason: str, place: Place) -> None:
        super().__init__(reason, place)
        self.reason, self.place = reason, place

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


@dataclass(frozen=True)
class Typed:
    """A value and the text that it was read from."""

    text: str
    value: Any

    def place(self, path: Path) -> Place:
        """Where the part at `path` begins; of a part that is not there, the one it would stand in."""
        while path and path not in self._places:
            path = path[:-1]
        return place_of(self.text, self._places.get(path, 0))

    @cached_property
    def _places(self) -> dict[Path, int]:
        return _places(self.text)


def parse(text: str) -> Typed:
    """Raises `NotJSON`. NaN and infinity are no JSON, and of two equal names in one object the second is a mistake."""
    if len(text) > LONGEST:
        raise NotJSON(f"the text is longer than {LONGEST // 1024} kB", Place(1, 1))
    _check_depth(text)
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise NotJSON(_reason(error), Place(error.lineno, error.colno)) from error
    except _Constant as error:
        found = text.find(str(error))
        raise NotJSON(f"{error} is no number in JSON", place_of(text, max(found, 0))) from error
    except ValueError as error:  # a number of thousands of digits
        raise NotJSON("a number in it is too long", Place(1, 1)) from error
    typed = Typed(text, value)
    _places(text, only_once=True)
    return typed


def place_of(text: str, at: int) -> Place:
    """Where the character number `at` of `text` stands."""
    return Place(text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))


def excerpt(text: str, place: Place, width: int = 60) -> tuple[str, int]:
    """The line of `place`, shortened around its column, and how many characters of it stand before that."""
    lines = text.split("\n")
    line = lines[place.line - 1] if place.line <= len(lines) else ""
    begin = max(0, place.column - 1 - width // 2) if len(line) > width else 0
    return line[begin : begin + width].replace("\t", " "), place.column - 1 - begin


class _Constant(ValueError):
    pass


def _no_constant(name: str) -> Any:
    raise _Constant(name)


def _reason(error: json.JSONDecodeError) -> str:
    """Python's words, begun like the rest of a sentence."""
    words = error.msg[:1].lower() + error.msg[1:]
    return words.replace("expecting", "expected").replace("property name enclosed in double quotes", "a name in quotes")


def _check_depth(text: str) -> None:
    """Before Python's own reader, which gives up without saying where."""
    depth = 0
    for token in _TOKEN.finditer(text):
        if token[0] in "{[":
            depth += 1
            if depth > DEEPEST:
                reason = f"nested more than {DEEPEST} levels deep"
                raise NotJSON(reason, place_of(text, token.start()))
        elif token[0] in "}]":
            depth -= 1


def _places(text: str, *, only_once: bool = False) -> dict[Path, int]:
    """Where each part of good JSON begins: a value in an object at its name. Raises `NotJSON` for a name that is there
    twice."""
    places: dict[Path, int] = {}
    path: list[str | int] = []
    is_object: list[bool] = []
    expects_name = False
    for token in _TOKEN.finditer(text):
        match token[0]:
            case "{" | "[" as bracket:
                places.setdefault(tuple(path), token.start())
                is_object.append(bracket == "{")
                path.append("" if bracket == "{" else 0)
                expects_name = bracket == "{"
            case "}" | "]":
                is_object.pop()
                path.pop()
                expects_name = False
            case ",":
                last = path[-1]
                if isinstance(last, int):
                    path[-1] = last + 1
                expects_name = is_object[-1]
            case ":":
                pass
            case word if expects_name:
                path[-1] = json.loads(word)
                if only_once and tuple(path) in places:
                    raise NotJSON(f"{word[:40]} is there twice", place_of(text, token.start()))
                places[tuple(path)] = token.start()
                expects_name = False
            case _:
                places.setdefault(tuple(path), token.start())
    return places
