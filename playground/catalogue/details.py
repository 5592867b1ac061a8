"""Everything that is known of one model: parameters by operation, prices, and where it is used."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from connector import catalogue
from connector.catalogue import Parameter, prices
from connector.client import errors
from connector.models import ApiType, ChatCompletionsSession, replacing
from connector.models.costing import LISTED, Tariffs
from connector.models.deployed_model import Operation
from connector.models.offering import Offered
from connector.models.saved_prompt import SavedPromptVersion
from connector.operations import sending
from playground.catalogue import rows
from playground.catalogue.rows import Row

HUGE = 1e12  # a limit beyond that is only the size of a number
MOST = 10  # chats that are named
PER = {prices.MILLION: "a million tokens", 60: "a minute", 1: ""}


@dataclass(frozen=True)
class Taken:
    """A parameter with what may be given."""

    parameter: Parameter

    @property
    def values(self) -> str:
        """The range or the choices, in words."""
        parameter = self.parameter
        least, most = (None if limit is None or abs(limit) > HUGE else limit for limit in _limits(parameter))
        if parameter.choices and parameter.kind != "file":
            return ", ".join(parameter.choices)
        if least is not None and most is not None:
            return f"{least:g} to {most:g}"
        if least is not None:
            return f"{least:g} or more"
        if most is not None:
            return f"up to {most:g}"
        if parameter.maximum_items:
            return f"up to {parameter.maximum_items}"
        return {"boolean": "yes or no", "integer": "whole number", "list": "a list", "json": "JSON"}.get(
            parameter.kind, parameter.kind
        )

    @property
    def default(self) -> str:
        value = self.parameter.default
        return "" if value is None else ("yes" if value else "no") if isinstance(value, bool) else str(value)


@dataclass(frozen=True)
class OfOperation:
    operation: str
    taken: list[Taken]
    renamed: list[tuple[str, str]]  # older name, today's
    refused: list[tuple[str, str]]  # name, why

    @property
    def label(self) -> str:
        return str(rows.LABELS.get(self.operation, self.operation))


@dataclass(frozen=True)
class PriceLine:
    kind: str
    amount: str
    per: str
    is_usual: bool


class Details:
    def __init__(self, user: User, model: Offered) -> None:
        self.user, self.model = user, model

    @cached_property
    def row(self) -> Row:
        return rows.row(self.model, Tariffs(), timezone.now().date())

    @cached_property
    def operations(self) -> list[OfOperation]:
        known = [name for name in self.model.operations if name in Operation.values]
        return [self._of(operation) for operation in known]

    def _of(self, operation: str) -> OfOperation:
        one, api = self.model, self._api
        described = catalogue.describe(operation, one.name, api, one.entered, one.overrides)
        taken = [Taken(parameter) for parameter in described.taken]
        return OfOperation(operation, taken, described.renamed, described.refused)

    @cached_property
    def _api(self) -> str:
        try:
            return sending.api(self.model.configuration.parsed_endpoint())
        except errors.InvalidParameter:
            return sending.api(self.model.configuration.api_type)

    @cached_property
    def prices(self) -> list[PriceLine]:
        return [
            PriceLine(
                kind=kind.replace("_", " "),
                amount=rows.amount(price),
                per=_per(kind),
                is_usual=kind in prices.UNITS or kind.startswith("image "),
            )
            for kind, price in self.row.prices.items()
        ]

    @property
    def usual_prices(self) -> list[PriceLine]:
        return [line for line in self.prices if line.is_usual]

    @property
    def other_prices(self) -> list[PriceLine]:
        """Of other tiers, and of long prompts."""
        return [line for line in self.prices if not line.is_usual]

    @property
    def source(self) -> tuple[str, Any]:
        """Where the prices are from and when they were looked up; nothing where an administrator entered them."""
        family = self.model.family
        listed = family and self.model.configuration.api_type in LISTED and dict(family.price) == dict(self.row.prices)
        return (family.price_source, family.priced) if family and listed else ("", None)

    @property
    def is_free(self) -> bool:
        return self.model.configuration.api_type == ApiType.SANDBOX

    @cached_property
    def chats(self) -> Sequence[ChatCompletionsSession]:
        """The user's, of the last thirty days."""
        theirs = replacing.chats(self.user).filter(configuration=self.model.configuration, model=self.model.name)
        return list(theirs.only("title", "touched")[: MOST + 1])

    @cached_property
    def prompts(self) -> Sequence[SavedPromptVersion]:
        """The user's, as their newest version says."""
        theirs = replacing.prompts(self.user).filter(configuration=self.model.configuration, model=self.model.name)
        return list(theirs.select_related("prompt")[: MOST + 1])


def _limits(parameter: Parameter) -> tuple[float | None, float | None]:
    return parameter.minimum, parameter.maximum


def _per(kind: str) -> str:
    name = kind.rpartition(" ")[2]
    if name == "characters":
        return "a million characters"
    return {"image": "a picture", "request": "a request"}.get(kind.partition(" ")[0], PER[prices.UNITS.get(name, 1)])
