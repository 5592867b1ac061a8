"""A model's name → its family: what it takes and until when it lives.

A name is found as an id, a dated snapshot (`gpt-4o-2024-08-06`), a caption people know it by (`GPT-4 Turbo`), an older
key (`gpt_35_turbo`), or behind `ft:`.
"""

import re
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from connector.catalogue import files
from connector.client import errors

SNAPSHOT = re.compile(r"-(\d{4}-\d{2}-\d{2}|\d{4})$")


@dataclass(frozen=True)
class Family:
    """What the catalogue knows of a model. Everything is optional but the name."""

    name: str  # the id that is sent
    operation: str = ""
    also: tuple[str, ...] = ()  # other operations that it serves
    captions: tuple[str, ...] = ()  # other names of the same model
    refuses: dict[str, str] = field(default_factory=dict)  # parameter → why
    forbids: dict[str, str] = field(default_factory=dict)  # as `refuses`, where an answer without it would mislead
    renames: dict[str, str] = field(default_factory=dict)  # parameter → what it is called for this family
    values: dict[str, dict[str, str]] = field(default_factory=dict)  # parameter → older value → today's; "": none
    unless: dict[str, dict[str, list[Any]]] = field(default_factory=dict)  # refused parameter → taken all the same when
    parameters: dict[str, dict[str, Any]] = field(default_factory=dict)  # parameter → what differs from the API's rule
    accepts: tuple[str, ...] = ()  # parameters that the catalogue does not know, passed on
    shutdown: date | None = None
    snapshots: dict[str, date] = field(default_factory=dict)  # dated ids with an end of their own
    suggested: int = 0  # 1 is offered first; 0 is not suggested
    context_window: int | None = None  # tokens
    max_output: int | None = None  # tokens
    successor: str = ""  # the family that OpenAI names for when this one ends
    price: dict[str, float] = field(default_factory=dict)  # US dollars, by the names in `prices`: input, output …
    priced: date | None = None  # when the prices were looked up
    price_source: str = ""  # and where
    abstract: bool = False  # only a base for others

    def serves(self, operation: str) -> bool:
        return operation == self.operation or operation in self.also


def find(model: str, *, overrides: files.Table | None = None) -> Family | None:
    """The family of `model`, with an administrator's `overrides` (in the data files' form) on top; None if unknown."""
    name = _id(model)
    if overrides:
        return _family(name or model, files.merged(_entries().get(name, {}), overrides))
    return _families().get(name)


def canonical(model: str) -> str:
    """The id to send for `model`: captions and older keys are translated, everything else stays as it is."""
    name = _id(model)
    if not name or model.startswith("ft:") or SNAPSHOT.search(model) or model in _families()[name].snapshots:
        return model
    return name


def models(operation: str, group: str = "openai") -> list[Family]:
    """The models of an operation that a group of vendors has, suggested ones first, then in their files' order."""
    named = [name for file in files.GROUPS[group] for name in files.read(file)]
    known = [family for family in map(find, named) if family and family.serves(operation)]
    return sorted(known, key=lambda family: family.suggested or len(known) + 1)


def suggested(operation: str, today: date, group: str = "openai") -> list[str]:
    """Models without an announced end, best first; those whose end is announced but not reached follow."""
    live = [family for family in models(operation, group) if family.shutdown is None or family.shutdown > today]
    return [family.name for family in sorted(live, key=lambda family: family.shutdown is not None)]


def shutdown(model: str) -> date | None:
    """The day `model` ended or ends, as announced by OpenAI; None if there is none or the model is unknown."""
    family = find(model)
    return family.snapshots.get(_without_tuning(model), family.shutdown) if family else None


def _id(model: str) -> str:
    """The catalogue's id of `model`, empty when it is unknown."""
    folded = _folded(_without_tuning(model))
    return _names().get(folded) or _names().get(SNAPSHOT.sub("", folded), "")


def _without_tuning(model: str) -> str:
    """`ft:gpt-4o-mini-2024-07-18:org::id` → `gpt-4o-mini-2024-07-18`."""
    return model.split(":")[1] if model.startswith("ft:") else model


def _folded(name: str) -> str:
    """How names are compared: neither case nor the kind of separator matters."""
    return name.strip().casefold().replace(" ", "-").replace("_", "-")


@cache
def _entries() -> files.Table:
    prices = files.prices()
    return {name: entry | prices.get(name, {}) for name, entry in files.resolved(*files.FAMILIES).items()}


@cache
def _names() -> dict[str, str]:
    """Every id, snapshot and caption, folded → the id of its family."""
    return {
        _folded(written): name
        for name, entry in _entries().items()
        if not entry.get("abstract")
        for written in (*entry.get("captions", ()), *entry.get("snapshots", ()), name)
    }


@cache
def _families() -> dict[str, Family]:
    return {name: _family(name, entry) for name, entry in _entries().items()}


def _family(name: str, entry: files.Table) -> Family:
    known = {key: value for key, value in entry.items() if key in Family.__dataclass_fields__ and key != "name"}
    for key in ("captions", "accepts", "also"):
        known[key] = tuple(known.get(key, ()))
    return Family(name=name, **known)


def check(overrides: Any) -> None:
    """Whether an administrator's `overrides` can be used; raises `errors.InvalidParameter` with what is wrong."""
    if not isinstance(overrides, dict):
        raise _wrong("must be a JSON object")
    for key, value in overrides.items():
        if key not in OVERRIDES:
            raise _wrong(f"{key} is not an entry; there are {', '.join(OVERRIDES)}")
        if not isinstance(value, OVERRIDES[key]):
            raise _wrong(f"{key} must be {'a list' if OVERRIDES[key] is list else 'an object'}")
    for key in ("renames", "refuses"):
        for name, text in overrides.get(key, {}).items():
            if not isinstance(text, str) and text is not False:
                raise _wrong(f"{key}.{name} must be a text, or false to take it back")
    for name, change in overrides.get("parameters", {}).items():
        if not isinstance(change, dict) or not set(change) <= CHANGES:
            raise _wrong(f"parameters.{name} must be an object with some of {', '.join(sorted(CHANGES))}")
    for name, price in overrides.get("price", {}).items():
        if isinstance(price, bool) or not isinstance(price, int | float) or not 0 <= price < MOST:
            raise _wrong(f"price.{name} must be a number of US dollars")


# What an administrator may say of a model, and what about a parameter.
OVERRIDES = {"refuses": dict, "renames": dict, "parameters": dict, "accepts": list, "price": dict}
MOST = 100_000  # US dollars; more is a slip of the pen
CHANGES = {"label", "help", "minimum", "maximum", "step", "choices", "default", "advanced", "maximum_items"}


def _wrong(reason: str) -> errors.InvalidParameter:
    return errors.InvalidParameter(param="overrides", reason=f"{reason}.", source="the catalogue")
