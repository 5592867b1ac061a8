"""A parameter of the catalogue as a form field, and a kept value as the text in that field.

Some parameters take one of a few words or an object (response format, tool choice): a select, and below it a field for
the object, whose name is that of the select with `OBJECT_FIELD` behind it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms

from connector.catalogue import Parameter
from connector.client import errors

MAX_LENGTH = 32_000  # characters of a schema or a list of tools
SCHEMA = "json_schema"  # the one word that says nothing without an object
OBJECT = "object:"  # the choice of an object instead of a word
OBJECT_FIELD = "_object"
WORDS = {"text": "Text", "json_object": "JSON object", SCHEMA: "JSON schema", "true": "yes", "false": "no"}


class WordOrObject(forms.TextInput):
    """Reads the select and the field below it as one text."""

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> str:  # Any: as Django has them
        word, typed = str(data.get(name, "")), str(data.get(name + OBJECT_FIELD, ""))
        if word == OBJECT:
            return typed
        return _wrapped(typed) if word == SCHEMA else word


class ParameterField(forms.CharField):
    """Text → the parameter's value, None when nothing was typed. Ranges are checked when the request is fitted."""

    def __init__(self, parameter: Parameter) -> None:
        self.parameter = parameter
        super().__init__(
            label=parameter.label,
            required=False,
            strip=False,
            max_length=MAX_LENGTH,
            widget=WordOrObject() if takes_words(parameter) else forms.TextInput(),
        )

    def clean(self, value: Any) -> Any:  # Any: what it gives depends on the parameter's kind
        text = super().clean(value)
        try:
            return self.parameter.parse(text)
        except errors.InvalidParameter as error:
            raise forms.ValidationError(sentence(error), code="invalid") from error


@dataclass(frozen=True, slots=True)
class Control:
    """A parameter as the inspector shows it. Drawn by one template: thirty of Django's widgets take most of the time
    that a chat's page has."""

    parameter: Parameter
    name: str  # of the input
    text: str  # what is typed, or chosen
    object: str  # what is typed in the field for an object
    errors: list[str]
    is_set: bool  # and therefore sent

    @property
    def id(self) -> str:
        return f"set-{self.name}"

    @property
    def kind(self) -> str:
        """`number`, `select`, `words` (a select with a field for an object), `lines` (of text or JSON), or `text`."""
        match self.parameter.kind:
            case "number" | "integer":
                return "number"
            case "boolean" | "choice":
                return "select"
            case "json" | "list":
                return "words" if takes_words(self.parameter) else "lines"
            case _:
                return "text"

    @property
    def default(self) -> str:
        return "" if self.parameter.default is None else as_typed(self.parameter.default)

    @property
    def choices(self) -> list[tuple[str, str]]:
        """The options of a select: value and words."""
        default = WORDS.get(self.default, self.default)
        values = ("true", "false") if self.parameter.kind == "boolean" else self.parameter.choices
        options = [("", f"default: {default}" if default else "default"), *((v, WORDS.get(v, v)) for v in values)]
        if takes_words(self.parameter) and SCHEMA not in values:
            options.append((OBJECT, "as JSON"))
        return options


def takes_words(parameter: Parameter) -> bool:
    return parameter.kind == "json" and bool(parameter.choices)


def sentence(error: errors.InvalidParameter) -> str:
    """Why the value was refused, to stand under its field."""
    reason = str(error.facts["reason"]).strip()
    return reason[:1].upper() + reason[1:]


def as_typed(value: Any) -> str:  # Any: JSON
    """A kept value as the text that its field shows."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return value
        case list() if all(isinstance(part, str) for part in value):
            return "\n".join(value)
        case list() | dict():
            return json.dumps(value, indent=2, ensure_ascii=False)
        case _:
            return f"{value}"


def parted(parameter: Parameter, text: str) -> tuple[str, str]:
    """A kept value's text as the word that is chosen and the text in the field for an object."""
    if not text or text in parameter.choices:
        return text, ""
    if SCHEMA not in parameter.choices:
        return OBJECT, text
    return SCHEMA, _unwrapped(text)


def _wrapped(schema: str) -> str:
    """The schema as the API wants it. What is no JSON stays as it is, for the error that it deserves."""
    try:
        value = json.loads(schema)
    except (ValueError, RecursionError):
        return schema
    if isinstance(value, dict) and value.get("type") == SCHEMA:
        return schema
    return json.dumps({"type": SCHEMA, SCHEMA: {"schema": value}}, ensure_ascii=False)


def _unwrapped(text: str) -> str:
    """The schema alone, where there is nothing besides it."""
    try:
        described = json.loads(text)[SCHEMA]
        return as_typed(described["schema"]) if described.keys() == {"schema"} else text
    except (ValueError, RecursionError, TypeError, KeyError, AttributeError):
        return text
