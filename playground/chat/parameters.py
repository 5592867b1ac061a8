"""A parameter of the catalogue as a form field, and a kept value as the text in that field."""

import json
from typing import Any

from django import forms

from connector.catalogue import Parameter
from connector.client import errors

MAX_LENGTH = 32_000  # characters of a schema or a list of tools


class ParameterField(forms.CharField):
    """Text → the parameter's value, None when nothing was typed. Ranges are checked when the request is fitted."""

    def __init__(self, parameter: Parameter, hidden: bool = False) -> None:
        self.parameter = parameter
        super().__init__(
            label=parameter.label,
            help_text=parameter.help,
            required=False,
            strip=False,
            max_length=MAX_LENGTH,
            widget=forms.HiddenInput() if hidden else _widget(parameter),
        )

    def clean(self, value: Any) -> Any:  # Any: what it gives depends on the parameter's kind
        text = super().clean(value)
        try:
            return self.parameter.parse(text)
        except errors.InvalidParameter as error:
            raise forms.ValidationError(sentence(error), code="invalid") from error


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


def _widget(parameter: Parameter) -> forms.Widget:
    default = "" if parameter.default is None else as_typed(parameter.default)
    unset = ("", f"default: {default}" if default else "default")
    plain = {"class": "input", "placeholder": default}
    match parameter.kind:
        case "number" | "integer":
            limits = {"min": parameter.minimum, "max": parameter.maximum, "step": parameter.step or "any"}
            given = {name: f"{limit:g}" if isinstance(limit, float) else limit for name, limit in limits.items()}
            mode = "numeric" if parameter.kind == "integer" else "decimal"
            return forms.NumberInput(plain | {"inputmode": mode} | {k: v for k, v in given.items() if v is not None})
        case "boolean":
            return forms.Select({"class": "input"}, choices=[unset, ("true", "yes"), ("false", "no")])
        case "choice":
            return forms.Select({"class": "input"}, choices=[unset, *((word, word) for word in parameter.choices)])
        case "list":
            return forms.Textarea({"class": "input", "rows": 2, "placeholder": "one per line"})
        case "json":
            words = " or ".join(["JSON", *parameter.choices])
            return forms.Textarea({"class": "input mono", "rows": 2, "spellcheck": "false", "placeholder": words})
        case _:
            return forms.TextInput(plain)
