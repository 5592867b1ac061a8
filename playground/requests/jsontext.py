"""JSON as somebody types it: what is wrong with it and where, and the same text laid out.

Nothing is changed but white space: a number stays as it was written, a name that is there twice stays there twice.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

LONGEST = 1_000_000  # characters that are looked at
LONGEST_LAID_OUT = 256_000  # laying out takes ten times as long
DEEPEST = 100  # levels; no request of this API has more than a dozen
INDENT = "  "
EXCERPT = 60  # characters of the line on either side

# A text without an end is taken up to the end of everything, so that nothing is looked at twice.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{},:]|[^\s"\[\]{},:]+', re.DOTALL)
_OTHER_NUMBER = re.compile(r"-?(?:NaN|Infinity)")
_REASONS = {
    "Expecting value": "a value is missing here",
    "Expecting property name enclosed in double quotes": "a name in double quotes belongs here",
    "Illegal trailing comma before end of object": "this comma is one too many",
    "Illegal trailing comma before end of array": "this comma is one too many",
    "Expecting ':' delimiter": "a colon is missing here, between a name and its value",
    "Expecting ',' delimiter": "a comma or a closing bracket is missing here",
    "Unterminated string starting at": "this text has no closing quote",
    "Invalid control character at": "a line break or a tab in a text is written as \\n or \\t",
    "Invalid \\escape": "a backslash in a text is written as \\\\",
    "Invalid \\uXXXX escape": "\\u is followed by four digits from 0 to f",
    "Extra data": "there is more behind the end",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, at a line and column from 1; `before` and `behind` are what stands around it in that line."""

    line: int
    column: int
    reason: str
    before: str = ""
    behind: str = ""

    def __str__(self) -> str:
        return f"Line {self.line}, column {self.column}: {self.reason}."


def problem(text: str) -> Problem | None:
    """The first thing that is wrong with `text` as JSON; None when it is right."""
    if len(text) > LONGEST:
        return _at(text, LONGEST, f"more than {LONGEST:,} characters are not looked at")
    if (found := _too_deep(text)) is not None:
        return _at(text, found, f"this is more than {DEEPEST} levels deep")
    try:
        json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        if not text.strip():
            return Problem(1, 1, "nothing is written yet")
        return _at(text, error.pos, _REASONS.get(error.msg, error.msg))
    except _NoNumber:
        return _at(text, _other_number(text), "JSON has no such number")
    except ValueError:  # Python reads no whole number of more than 4300 digits
        return Problem(1, 1, "there is a number in it that is far too long")
    return None


def laid_out(text: str) -> str:
    """Right JSON with a line for each value, indented; as it is when it is too long for that, or not right."""
    if len(text) > LONGEST_LAID_OUT or _too_deep(text) is not None:
        return text
    pieces: list[str] = []
    depth, last = 0, ""
    for token in _TOKEN.findall(text):
        match token:
            case "]" | "}":
                depth -= 1
                if last not in ("[", "{"):
                    pieces.append("\n" + INDENT * depth)
                pieces.append(token)
            case ",":
                pieces.append(token)
            case ":":
                pieces.append(": ")
            case _:
                if last in ("[", "{", ","):
                    pieces.append("\n" + INDENT * depth)
                pieces.append(token)
                depth += token in ("[", "{")
        last = token
    return "".join(pieces)


class _NoNumber(ValueError):
    """NaN and its like, which Python would read."""


def _refuse(constant: str) -> NoReturn:
    raise _NoNumber(constant)


def _tokens(text: str) -> Iterator[tuple[int, str]]:
    return ((found.start(), found[0]) for found in _TOKEN.finditer(text))


def _too_deep(text: str) -> int | None:
    """Where it gets too deep; None where it does not."""
    if text.count("[") + text.count("{") <= DEEPEST:
        return None
    depth = 0
    for position, token in _tokens(text):
        if token in ("[", "{"):
            depth += 1
            if depth > DEEPEST:
                return position
        elif token in ("]", "}"):
            depth -= 1
    return None


def _other_number(text: str) -> int:
    return next((position for position, token in _tokens(text) if _OTHER_NUMBER.fullmatch(token)), 0)


def _at(text: str, position: int, reason: str) -> Problem:
    begins = text.rfind("\n", 0, position) + 1
    ends = text.find("\n", position)
    behind = text[position : ends if ends >= 0 else len(text)]
    return Problem(
        line=text.count("\n", 0, position) + 1,
        column=position - begins + 1,
        reason=reason,
        before=text[max(begins, position - EXCERPT) : position],
        behind=behind[:EXCERPT].rstrip("\r"),
    )
