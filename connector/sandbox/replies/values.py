"""Checks of one value, refused in the API's words: each takes the parameter's name and value and raises a `Problem`."""

from collections.abc import Callable
from typing import Any

from connector.sandbox.replies.problems import Problem

type Check = Callable[[str, Any], None]

_NAMES = {
    str: "a string",
    bool: "a boolean",
    int: "an integer",
    float: "a decimal",
    list: "an array",
    dict: "an object",
    type(None): "null",
}


def wrong_type(name: str, expected: str, value: Any) -> Problem:
    got = _NAMES.get(type(value), "something else")
    return Problem(
        f"Invalid type for '{name}': expected {expected}, but got {got} instead.", param=name, code="invalid_type"
    )


def text(longest: int | None = None) -> Check:
    def check(name: str, value: Any) -> None:
        if not isinstance(value, str):
            raise wrong_type(name, "a string", value)
        if longest is not None and len(value) > longest:
            raise Problem(
                f"Invalid '{name}': string too long. Expected a string with maximum length {longest}, "
                f"but got a string with length {len(value)} instead.",
                param=name,
                code="string_above_max_length",
            )

    return check


def boolean(name: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise wrong_type(name, "a boolean", value)


def an_object(name: str, value: Any) -> None:
    if not isinstance(value, dict):
        raise wrong_type(name, "an object", value)


def decimal(least: float, most: float) -> Check:
    return _between("decimal", least, most)


def integer(least: int | None = None, most: int | None = None) -> Check:
    return _between("integer", least, most)


def _between(kind: str, least: float | None, most: float | None) -> Check:
    def check(name: str, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int if kind == "integer" else int | float):
            raise wrong_type(name, "an integer" if kind == "integer" else "a decimal", value)
        if most is not None and value > most:
            raise Problem(
                f"Invalid '{name}': {kind} above maximum value. Expected a value <= {most}, but got {value} instead.",
                param=name,
                code=f"{kind}_above_max_value",
            )
        if least is not None and value < least:
            raise Problem(
                f"Invalid '{name}': {kind} below minimum value. Expected a value >= {least}, but got {value} instead.",
                param=name,
                code=f"{kind}_below_min_value",
            )

    return check


def choice(*values: str) -> Check:
    def check(name: str, value: Any) -> None:
        text()(name, value)
        if value not in values:
            allowed = ", ".join(f"'{each}'" for each in values[:-1]) + f", and '{values[-1]}'"
            raise Problem(
                f"Invalid value: '{value}'. Supported values are: {allowed}.", param=name, code="invalid_value"
            )

    return check


def array(each: Check | None = None, *, least: int = 0, most: int | None = None) -> Check:
    def check(name: str, value: Any) -> None:
        if not isinstance(value, list):
            raise wrong_type(name, "an array", value)
        if len(value) < least:
            raise Problem(
                f"Invalid '{name}': empty array. Expected an array with minimum length {least}, "
                "but got an empty array instead.",
                param=name,
                code="empty_array",
            )
        if most is not None and len(value) > most:
            raise Problem(
                f"Invalid '{name}': array too long. Expected an array with maximum length {most}, "
                f"but got an array with length {len(value)} instead.",
                param=name,
                code="array_above_max_length",
            )
        for index, item in enumerate(value):
            if each:
                each(f"{name}[{index}]", item)

    return check


def either(plain: type, one: Check, other: Check) -> Check:
    """`one` for a value of the type `plain`, else `other`."""
    return lambda name, value: (one if isinstance(value, plain) else other)(name, value)
