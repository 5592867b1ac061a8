"""A model as a row of the list: what it serves, how much it reads, what it costs, until when it lives."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from connector.models import ApiType, Configuration, offering
from connector.models.costing import Tariffs
from connector.models.deployed_model import Operation
from connector.models.offering import Offered

SHOWN = 500  # models of the list; more are found by filters
IN_PATHS = re.compile(r"(?!\.{1,2}(?:/|\Z))[^/\x00-\x1f]+(?:/(?!\.{1,2}(?:/|\Z))[^/\x00-\x1f]+)*")  # no . or .. in it
LABELS = dict(Operation.choices)
# What a row says of prices: the first of these that the model has, each with how it is said.
SHORT = (
    (("input", "output"), "${} in, ${} out"),
    (("text_input", "image_output"), "${} in, ${} out"),
    (("text_input", "audio_output"), "${} in, ${} out"),
    (("audio_input", "text_output"), "${} in, ${} out"),
    (("input",), "${}"),
    (("minute",), "${} a minute"),
    (("characters",), "${} a million characters"),
    (("image",), "${} a picture"),
    (("request",), "${} a request"),
)


@dataclass(frozen=True)
class Row:
    model: Offered
    prices: Mapping[str, Any]  # by the catalogue's names

    @property
    def address(self) -> str:
        return address(self.model.configuration.pk, self.model.name)

    @property
    def serves(self) -> list[str]:
        """In words; none where nobody knows."""
        return [str(LABELS.get(operation, operation)) for operation in self.model.operations]

    @property
    def context(self) -> int | None:
        return self.model.family.context_window if self.model.family else None

    @property
    def max_output(self) -> int | None:
        return self.model.family.max_output if self.model.family else None

    @property
    def price(self) -> str:
        """In a few words; "" where it is not known."""
        if self.model.configuration.api_type == ApiType.SANDBOX:
            return "free"
        for kinds, words in SHORT:
            if all(kind in self.prices for kind in kinds):
                return words.format(*(amount(self.prices[kind]) for kind in kinds))
        return ""

    @property
    def input_price(self) -> float | None:
        """US dollars for a million tokens that are read, for sorting."""
        if self.model.configuration.api_type == ApiType.SANDBOX:
            return 0.0
        found = next((self.prices[kind] for kind in ("input", "text_input") if kind in self.prices), None)
        return None if found is None else float(found)


def rows(configurations: Iterable[Configuration]) -> Iterator[Row]:
    """Every model of these; one query for prices, however many there are."""
    tariffs, today = Tariffs(), timezone.now().date()
    for configuration in configurations:
        for one in offering.offered(configuration):
            yield row(one, tariffs, today)


def row(one: Offered, tariffs: Tariffs, today: Any) -> Row:  # Any: a date
    tariffs.know(one.configuration, one.name, one.entered, (one.overrides or {}).get("price") or {})
    return Row(one, tariffs.family(one.configuration, one.name, today).price)


def address(configuration: int, name: str) -> str:
    """Of a model's page. A name that a browser would take for another path stands in the query."""
    if IN_PATHS.fullmatch(name):
        return reverse("playground:model", args=[configuration, name])
    return f"{reverse('playground:model_by_name', args=[configuration])}?{urlencode({'name': name})}"


def amount(price: Any) -> str:
    """`2.0` → `2`, `0.4` → `0.40`, `0.125` → `0.125`: as many digits as it has, like money."""
    whole, _, part = f"{float(price):.6f}".rstrip("0").partition(".")
    return f"{whole}.{part.ljust(2, '0')}" if part else whole
