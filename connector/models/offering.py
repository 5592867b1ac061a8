"""What configurations offer: every model, what it serves, until when it lives and what comes after it.

Fetch the configurations with their `deployed_models`: nothing here asks the database then.
"""

import datetime
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from connector import catalogue
from connector.catalogue import Family
from connector.models.configuration import DEFAULTS, Configuration
from connector.models.deployed_model import DeployedModel, Operation

USUAL = "chat_completions"  # what a model is for of which nobody knows it
SOON = datetime.timedelta(days=90)  # before its end a model is spoken of


@dataclass(frozen=True)
class Offered:
    """A model of a configuration."""

    configuration: Configuration
    name: str
    entered: str = ""  # the family that an administrator entered
    overrides: dict[str, Any] | None = None  # likewise
    operations: tuple[str, ...] = ()  # that it serves; none: nobody knows
    family: Family | None = None
    ends: datetime.date | None = None
    defaults: tuple[str, ...] = ()  # what it is the default for: chat, images …
    replacement: str = ""  # what to ask instead, where it ends

    @property
    def days(self) -> int | None:
        """Until it ends; negative since then."""
        return (self.ends - timezone.localdate()).days if self.ends else None

    @property
    def has_ended(self) -> bool:
        return self.days is not None and self.days <= 0

    @property
    def ends_soon(self) -> bool:
        return self.days is not None and self.days <= SOON.days


@dataclass(frozen=True)
class Ending:
    """A model in use that ends soon, or did."""

    configuration: Configuration
    model: str
    day: datetime.date
    replacement: str

    @property
    def days(self) -> int:
        return (self.day - timezone.localdate()).days

    @property
    def has_ended(self) -> bool:
        return self.days <= 0


def offered(configuration: Configuration) -> list[Offered]:
    """All models of `configuration`, by name: those that were entered or loaded, and those to choose from else."""
    rows = list(configuration.deployed_models.all())
    known = {row.name: row for row in rows if row.enabled}
    served = {operation for row in known.values() for operation in _served(row)}
    serving: dict[str, list[str]] = {model: [] for model in _defaults(configuration)}
    for operation in Operation.values:
        if operation not in served:
            for name in configuration.known_models(operation, timezone.localdate()):
                serving.setdefault(name, []).append(operation)
    names = {*known, *serving} - {row.name for row in rows if not row.enabled}
    instead = Replacements(configuration)
    return [_offered(instead, name, known.get(name), tuple(serving.get(name, ()))) for name in sorted(names)]


def find(configuration: Configuration, model: str) -> Offered | None:
    """The model called `model`, if `configuration` offers it."""
    return next((one for one in offered(configuration) if one.name == model), None)


class Replacements:
    """Until when the models of a configuration live, and what to ask instead: looked up once for all of them."""

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self._rows = {row.name: row for row in configuration.deployed_models.all()}
        self._living: dict[str, list[DeployedModel]] = {}
        self._suggested: dict[str, list[str]] = {}
        self._last_day = timezone.localdate() + SOON

    def ends(self, model: str) -> datetime.date | None:
        """The day `model` ends, as an administrator or the provider says, else as OpenAI has announced."""
        row = self._rows.get(model)
        return (row and row.shutdown_date) or catalogue.shutdown((row and row.family) or model)

    def ends_soon(self, model: str) -> bool:
        day = self.ends(model)
        return day is not None and day <= self._last_day

    def of(self, model: str, operation: str) -> str:
        """The model to ask instead of `model`; "" when there is none.

        The one that OpenAI names for it, else the default for `operation`, else the best that the catalogue suggests,
        else one that an administrator has ticked for it. A name that nobody knows anything about is no replacement.
        """
        row = self._rows.get(model)
        family = catalogue.find((row and row.family) or model)
        living = [one for one in self._alive(operation) if one.name != model]
        if family and family.successor:
            for one in living:
                if family.successor in (one.family, one.name):
                    return one.name
        known = {one.family or one.name: one.name for one in reversed(living)}
        best = (known[name] for name in self._best(operation) if name in known)
        ticked = (one.name for one in living if one.serves)
        default = self.configuration.default_model(operation)
        return default if default in {one.name for one in living} else next(best, "") or next(ticked, "")

    def _alive(self, operation: str) -> list[DeployedModel]:
        if operation not in self._living:
            names = self.configuration.model_names(operation)
            self._living[operation] = [one for one in names if not self.ends_soon(one.name)]
        return self._living[operation]

    def _best(self, operation: str) -> list[str]:
        if operation not in self._suggested:
            self._suggested[operation] = catalogue.suggested(operation, timezone.localdate())
        return self._suggested[operation]


def ending(configuration: Configuration, model: str, operation: str) -> Ending | None:
    """`model` as one that ends within `SOON`; None for one that does not, as far as is known."""
    instead = Replacements(configuration)
    day = instead.ends(model) if model else None
    if day is None or not instead.ends_soon(model):
        return None
    return Ending(configuration, model, day, instead.of(model, operation))


def endings_of_defaults(configuration: Configuration) -> list[tuple[str, Ending]]:
    """The default models of `configuration` that end soon, each with what it is the default for."""
    found = []
    for label, operation in _default_operations().items():
        model = getattr(configuration, f"model_default_{label}")
        if found_one := ending(configuration, model, operation):
            found.append((label, found_one))
    return found


def _offered(instead: Replacements, name: str, row: DeployedModel | None, serving: tuple[str, ...]) -> Offered:
    configuration = instead.configuration
    entered, overrides = (row.family, row.overrides) if row else ("", None)
    family = catalogue.find(entered or name, overrides=overrides)
    of_family = (family.operation, *family.also) if family and family.operation else ()
    operations = tuple(row.serves) if row and row.serves else of_family or serving
    ends = instead.ends(name)
    return Offered(
        configuration=configuration,
        name=name,
        entered=entered,
        overrides=overrides,
        operations=operations,
        family=family,
        ends=ends,
        defaults=tuple(label for label, model in _default_models(configuration) if model == name),
        replacement=instead.of(name, operations[0] if operations else USUAL) if ends else "",
    )


def _served(row: DeployedModel) -> Collection[str]:
    """The operations for which `row` is there to choose, as `is_for` says: all where nobody knows."""
    if not row.is_live(timezone.localdate()):
        return ()
    if row.serves:
        return list(row.serves)
    family = catalogue.find(row.family or row.name)
    return [family.operation] if family and family.operation else Operation.values


def _defaults(configuration: Configuration) -> list[str]:
    return [model for _, model in _default_models(configuration)]


def _default_models(configuration: Configuration) -> Iterator[tuple[str, str]]:
    for label in _default_operations():
        if model := getattr(configuration, f"model_default_{label}"):
            yield label, model


def _default_operations() -> dict[str, str]:
    """What there is a default for → the first operation that it is for."""
    return {label: operation for operation, label in reversed(DEFAULTS.items())}
