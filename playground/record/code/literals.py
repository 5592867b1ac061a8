"""Values as Python, JavaScript and a shell write them."""

import json
import shlex
from collections.abc import Iterable
from typing import Any

WIDTH = 100  # characters; what is shorter stays on one line
DEEPEST = 50  # levels that are laid out


def python(value: Any, indent: int = 0) -> str:
    """`value` as Python, a line for each part of what is long."""
    line = repr(value)
    if len(line) + indent <= WIDTH or not value or not isinstance(value, dict | list) or indent > 4 * DEEPEST:
        return line
    space = " " * (indent + 4)
    if isinstance(value, dict):
        parts = [f"{space}{name!r}: {python(part, indent + 4)},\n" for name, part in value.items()]
        return "{\n" + "".join(parts) + " " * indent + "}"
    return "[\n" + "".join(f"{space}{python(part, indent + 4)},\n" for part in value) + " " * indent + "]"


def call(function: str, arguments: Iterable[str], indent: int = 0) -> str:
    """A call in Python, an argument a line."""
    space = " " * indent
    return f"{function}(\n" + "".join(f"{space}    {argument},\n" for argument in arguments) + f"{space})"


def named(values: dict[str, Any], indent: int = 4) -> list[str]:
    """`values` as arguments of a call."""
    return [f"{name}={python(value, indent)}" for name, value in values.items()]


def javascript(value: Any) -> str:
    """`value` as JavaScript: JSON is that, too."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def is_the_same_in_python(text: str) -> bool:
    """Whether `text` comes out of httpx to the byte when it is given as a value."""
    try:
        value = json.loads(text)
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False) == text
    except (ValueError, RecursionError):
        return False


def is_the_same_in_javascript(text: str) -> bool:
    """Whether `text` comes out of `JSON.stringify` to the byte when it is given as a value."""
    return is_the_same_in_python(text) and _is_written_alike(json.loads(text))


def _is_written_alike(value: Any) -> bool:
    match value:
        case bool() | None | str():
            return True
        case int():
            return abs(value) < 2**53
        case float():
            return 1e-4 <= abs(value) < 1e15 and value != int(value)
        case list():
            return all(map(_is_written_alike, value))
    # Names that are numbers go first in JavaScript, and one of them is no name at all.
    return all(not name.isdecimal() and name != "__proto__" for name in value) and all(
        map(_is_written_alike, value.values())
    )


def shell(text: str) -> str:
    """One word of a POSIX shell."""
    return shlex.quote(text)


def in_double_quotes(text: str) -> str:
    """What may stand between double quotes of a shell and means itself."""
    return "".join(f"\\{letter}" if letter in '\\"$`' else letter for letter in text)


def variable(header: str) -> str:
    """The variable of the environment for a header whose value is a secret."""
    return "".join(letter if letter.isalnum() and letter.isascii() else "_" for letter in header).upper()
