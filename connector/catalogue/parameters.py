"""What a model takes at an API, parameter by parameter: the fields of a form, and the rules a value is checked by."""

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from connector.catalogue import apis, families, files, located
from connector.catalogue.families import Family
from connector.client import errors

SOURCE = "OpenAI API reference, chat/create"


@dataclass(frozen=True)
class Parameter:
    """One parameter of an operation, for a form and for checking a value."""

    name: str  # on the wire
    label: str
    help: str  # one line for a person
    kind: str  # number | integer | text | choice | list | json | boolean | file
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    choices: tuple[str, ...] = ()  # of a choice; of a json field: words that stand for an object; of a file: its types
    default: Any = None  # the provider's own; shown, never sent
    advanced: bool = False
    deprecated: bool = False
    hidden: bool = False  # not for a form
    maximum_items: int | None = None
    maximum_length: int | None = None  # characters
    escapes: bool = False  # of a text: \n and \t are typed for what cannot be, and spaces around it count
    maximum_bytes: int | None = None  # of each file
    check: str = ""  # the name of a further check in `checks`
    source: str = SOURCE

    def parse(self, text: str) -> Any:
        """What a person typed → the value; None when nothing was typed. Raises `errors.InvalidParameter`.

        A list is one item per line; a json field takes JSON or one of its `choices`. Ranges are `fit`'s business.
        """
        text = text.replace("\r\n", "\n")
        if self.escapes:
            return text.replace("\\n", "\n").replace("\\t", "\t") or None
        if not text.strip():
            return None
        match self.kind:
            case "integer" | "number":
                return self._number(text.strip())
            case "boolean":
                return text.strip().casefold() in {"true", "on", "yes", "1"}
            case "list":
                return [line for line in text.split("\n") if line]
            case "json":
                return self._json(text.strip())
            case _:
                return text.strip()

    def _number(self, text: str) -> int | float:
        try:
            return int(text) if self.kind == "integer" else float(text)
        except ValueError as error:
            wanted = "a whole number" if self.kind == "integer" else "a number"
            raise errors.InvalidParameter(param=self.name, reason=f"must be {wanted}.", source="the form") from error

    def _json(self, text: str) -> Any:
        if text in self.choices:
            return text
        try:
            return located.parse(text).value
        except located.NotJSON as error:
            words = f", or one of {', '.join(self.choices)}" if self.choices else ""
            reason = f"must be JSON{words} ({error})."
            raise errors.InvalidParameter(param=self.name, reason=reason, source="the form") from error


def parameters(
    operation: str,
    model: str,
    api: str,
    family: str = "",
    overrides: files.Table | None = None,
    asked: files.Table | None = None,
) -> list[Parameter]:
    """What a form for `model` offers, in its order. For a model nobody knows: everything the API has.

    `asked`: what is set so far; some parameters are taken only in the company of others.
    """
    known = families.find(family or model, overrides=overrides)
    return [
        _with_hint(parameter, known)
        for parameter in rules(operation, api, known).values()
        if not parameter.hidden
        and not refusal(parameter.name, operation, api, known, asked or {})
        and not (known and known.forbids.get(parameter.name))
        and not new_name(parameter.name, operation, api, known)
    ]


@dataclass(frozen=True)
class Description:
    """What a model makes of the parameters of an operation, for a person to read."""

    taken: list[Parameter]
    renamed: list[tuple[str, str]]  # older name, today's
    refused: list[tuple[str, str]]  # name, why


def describe(
    operation: str, model: str, api: str, family: str = "", overrides: files.Table | None = None
) -> Description:
    """As `parameters`, and with what is sent under another name or not at all."""
    known = families.find(family or model, overrides=overrides)
    taken = parameters(operation, model, api, family, overrides)
    offered = [rule for rule in rules(operation, api, known).values() if not rule.hidden]
    renamed = [(rule.name, name) for rule in offered if (name := new_name(rule.name, operation, api, known))]
    refused = [
        (rule.name, reason)
        for rule in offered
        if (reason := refusal(rule.name, operation, api, known, {}) or (known.forbids.get(rule.name) if known else ""))
        and rule.name not in {parameter.name for parameter in taken}
    ]
    return Description(taken, renamed, refused)


def rules(operation: str, api: str, family: Family | None) -> dict[str, Parameter]:
    """Every parameter of the operation by name, with what the API and the family change about it."""
    changes: files.Table = apis.facts(api, operation).get("parameters", {})
    if family:
        # A family is described once for all its operations: what belongs to another one of them stays there.
        own = {
            name: {"source": f"the catalogue's entry of {family.name}"} | of
            for name, of in family.parameters.items()
            if name in _defined(operation) or name in changes or not _is_known(name)
        }
        changes = files.merged(changes, {name: _within(of, changes.get(name, {})) for name, of in own.items()})
    known = dict(_defined(operation))
    for name, change in changes.items():
        known[name] = _changed(known.get(name) or Parameter(name, name, "", "json"), change)
    return known


def _within(of: files.Table, by_api: files.Table) -> files.Table:
    """What a family says of a parameter, without the choices that the API does not have, however old it is."""
    if "choices" not in of or "choices" not in by_api:
        return of
    return of | {"choices": [choice for choice in of["choices"] if choice in by_api["choices"]]}


def refusal(name: str, operation: str, api: str, family: Family | None, asked: files.Table) -> str:
    """Why `name` cannot be sent in the company of what else is `asked`; empty when it can."""
    facts = apis.facts(api, operation)
    if family and name in family.accepts:
        return ""
    if reason := facts.get("refuses", {}).get(name):
        return str(reason)
    if family is None or not (reason := family.refuses.get(name)):
        return ""
    for other, values in family.unless.get(name, {}).items():
        value = asked.get(other) if not refusal(other, operation, api, family, {}) else None
        if ("" if value is None else value) in values:
            return ""
    return str(reason)


def new_name(name: str, operation: str, api: str, family: Family | None) -> str:
    """What `name` is called at this API and for this family today; empty when it kept its name."""
    if family and name in family.renames:
        return str(family.renames[name] or "")
    return str(apis.facts(api, operation).get("renames", {}).get(name) or "")


@cache
def _is_known(name: str) -> bool:
    """Whether any operation has a parameter of this name."""
    return any(name in defined for defined in files.parameters().values())


@cache
def _defined(operation: str) -> dict[str, Parameter]:
    defined = files.parameters().get(operation, {})
    return {name: _changed(Parameter(name, name, "", "json"), facts) for name, facts in defined.items()}


def _changed(parameter: Parameter, change: files.Table) -> Parameter:
    if "choices" in change:
        change = change | {"choices": tuple(change["choices"])}
    return replace(parameter, **change)


def _with_hint(parameter: Parameter, family: Family | None) -> Parameter:
    """A parameter that is taken only together with certain values of others says so."""
    conditions = family.unless.get(parameter.name, {}) if family else {}
    hints = [
        f"Taken only with {other.replace('_', ' ')} {' or '.join(str(value) for value in values if value != '')}."
        for other, values in conditions.items()
    ]
    return replace(parameter, help=" ".join([parameter.help, *hints])) if hints else parameter
