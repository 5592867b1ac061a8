"""Which models are shown, and in which order: the query of the page's address."""

from collections.abc import Iterable
from dataclasses import dataclass

from django import forms
from django.db.models import TextChoices
from django.http import QueryDict

from connector.models.deployed_model import Operation
from playground.catalogue.rows import Row

LONGEST = 200  # characters


class Sort(TextChoices):
    NAME = "", "Name"
    ENDING = "ending", "Ends first"
    CHEAPEST = "cheapest", "Cheapest first"
    LARGEST = "largest", "Largest context first"


@dataclass(frozen=True)
class Filters:
    q: str = ""
    configuration: str = ""
    operation: str = ""
    ending: bool = False
    sort: str = ""

    @property
    def is_any(self) -> bool:
        return bool(self.q or self.configuration or self.operation or self.ending)

    def apply(self, rows: Iterable[Row]) -> list[Row]:
        return sorted((row for row in rows if self._lets_pass(row)), key=ORDER[Sort(self.sort)])

    def _lets_pass(self, row: Row) -> bool:
        one = row.model
        words = self.q.casefold().split()
        return (
            all(word in one.name.casefold() for word in words)
            and self.configuration in ("", str(one.configuration.pk))
            and (not self.operation or self.operation in one.operations or not one.operations)
            and (one.ends_soon or not self.ending)
        )


class FilterForm(forms.Form):
    q = forms.CharField(max_length=LONGEST, required=False)
    configuration = forms.RegexField(r"\A\d{1,18}\Z", required=False)
    operation = forms.ChoiceField(choices=Operation, required=False)
    ending = forms.BooleanField(required=False)
    sort = forms.ChoiceField(choices=Sort, required=False)


def of(query: QueryDict) -> Filters:
    """What cannot be read counts as not said."""
    form = FilterForm(query)
    form.is_valid()
    return Filters(**form.cleaned_data)


def _by_end(row: Row) -> tuple[bool, int, str]:
    days = row.model.days
    return (days is None, days or 0, row.model.name)


def _by_price(row: Row) -> tuple[bool, float, str]:
    price = row.input_price
    return (price is None, price or 0.0, row.model.name)


def _by_context(row: Row) -> tuple[int, str]:
    return (-(row.context or 0), row.model.name)


def _by_name(row: Row) -> tuple[str, str]:
    return (row.model.name.casefold(), str(row.model.configuration))


ORDER = {Sort.NAME: _by_name, Sort.ENDING: _by_end, Sort.CHEAPEST: _by_price, Sort.LARGEST: _by_context}
