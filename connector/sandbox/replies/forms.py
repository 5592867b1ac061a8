"""A form with files, as the operations with files get it: values in the types that JSON would have, and files."""

import re
from typing import Any

from connector.client import errors, multipart
from connector.client.multipart import Part
from connector.sandbox.replies.problems import Problem
from connector.sandbox.replies.reply import Asked

_INNER = re.compile(r"(?P<name>[^\[\]]+)\[(?P<key>[^\[\]]+)\]")


def read(asked: Asked, numbers: set[str], booleans: set[str]) -> tuple[dict[str, Any], dict[str, list[Part]]]:
    """Values and files by name. `x[]` and repeated names become lists of a value, `x[key]` objects.

    `numbers` and `booleans` are the parameters that are none of text; what cannot be read as one stays text.
    """
    try:
        parts = multipart.decode(asked.body, asked.headers.get("content-type", ""))
    except errors.BadAnswer as error:
        raise Problem("We could not parse your request: it has to be a multipart form.") from error
    values: dict[str, Any] = {}
    files: dict[str, list[Part]] = {}
    for part in parts:
        name = part.name.removesuffix("[]")
        if part.filename is not None:
            files.setdefault(name, []).append(part)
            continue
        value = _typed(name, part.content.decode("utf-8", "replace"), numbers, booleans)
        if inner := _INNER.fullmatch(name):
            values.setdefault(inner["name"], {})[inner["key"]] = value
        elif part.name.endswith("[]"):
            values.setdefault(name, []).append(value)
        else:
            values[name] = value
    return values, files


def _typed(name: str, text: str, numbers: set[str], booleans: set[str]) -> Any:
    if name in booleans and text in ("true", "false"):
        return text == "true"
    if name in numbers:
        for kind in (int, float):
            try:
                return kind(text)
            except ValueError:
                continue
    return text
