"""Which days and what of them is looked at, as it stands in the address."""

import dataclasses
import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.formats import date_format

from connector.models import Configuration, UsageDay
from connector.models.usage import UsageDayQuerySet
from playground import keys, naming
from playground.record.scope import sees_everyone

MOST_OFFERED = 200  # models, people
LARGEST_KEY = 2**63 - 1
LONGEST = 366  # days
EARLIEST = datetime.date(2000, 1, 1)  # before it nobody called a model
USUAL = "30"
OWN = "own"


class Range(models.TextChoices):
    WEEK = "7", "7 days"
    MONTH = USUAL, "30 days"
    QUARTER = "90", "90 days"
    OTHER = OWN, "Other"


@dataclass(frozen=True, slots=True)
class Filters:
    """What was chosen. A field at its default does not stand in the address."""

    range: str = USUAL
    since: datetime.date | None = None
    until: datetime.date | None = None
    configuration: int | None = None
    operation: str = ""
    model: str = ""
    user: Any = None  # a key of the project's users, for administrators: None is everybody

    def query(self, **changes: Any) -> str:  # Any: whatever the fields take
        """The address's part behind `?`, with these `changes`."""
        chosen, usual = dataclasses.asdict(dataclasses.replace(self, **changes)), dataclasses.asdict(Filters())
        return urlencode({name: value for name, value in chosen.items() if value != usual[name]})

    @property
    def days(self) -> tuple[datetime.date, datetime.date]:
        """The first and the last one, in UTC."""
        last = self.until or timezone.now().date()
        if self.since:
            return self.since, max(last, self.since)
        return last - datetime.timedelta(days=int(self.range if self.range != OWN else USUAL) - 1), last

    @property
    def are_narrow(self) -> bool:
        return bool(self.configuration or self.operation or self.model or self.user)

    def rows(self, user: User) -> UsageDayQuerySet:
        """The rows of days that `user` may see of what is meant: administrators see everybody's sums, others theirs."""
        return self._narrowed(self._seen_by(user))

    def by_person(self, user: User) -> UsageDayQuerySet:
        """The same, one by one for each person."""
        if sees_everyone(user) and not self.user:
            return self._narrowed(UsageDay.objects.by_person())
        return self.rows(user)

    def choosable(self, user: User) -> UsageDayQuerySet:
        """Where there is something to choose from, whichever days are looked at just now."""
        last = max(self.days[1], timezone.now().date())
        return self._seen_by(user).between(last - datetime.timedelta(days=LONGEST), last)

    def _seen_by(self, user: User) -> UsageDayQuerySet:
        if not sees_everyone(user):
            return UsageDay.objects.for_user(user)
        return UsageDay.objects.by_person().filter(user=self.user) if self.user else UsageDay.objects.of_everybody()

    def _narrowed(self, rows: UsageDayQuerySet) -> UsageDayQuerySet:
        found = rows.between(*self.days)
        if self.configuration:
            found = found.filter(configuration=self.configuration)
        if self.operation:
            found = found.filter(operation=self.operation)
        return found.filter(model=self.model) if self.model else found


class FilterForm(forms.Form):
    """The bar. What is wrong is said beside its field and left out."""

    range = forms.ChoiceField(choices=Range.choices, required=False)
    since = forms.DateField(required=False)
    until = forms.DateField(required=False)
    configuration = forms.IntegerField(min_value=1, max_value=LARGEST_KEY, required=False)
    operation = forms.CharField(max_length=40, required=False)
    model = forms.CharField(max_length=200, required=False)
    user = forms.CharField(max_length=36, required=False)

    def clean_user(self) -> Any:
        """The key as the project's users have it, a number or a UUID."""
        typed = self.cleaned_data["user"]
        if not typed or (typed.isdigit() and keys.parse(typed) is None):
            return None
        return get_user_model()._meta.pk.to_python(typed)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = self.cleaned_data
        since, until = cleaned.get("since"), cleaned.get("until")
        if cleaned.get("range") != OWN:
            return cleaned | {"since": None, "until": None}
        today = timezone.now().date()
        if since and since > (until or today):
            self.add_error("since", "It must not be after the last day.")
        elif since and (until or today) - since >= datetime.timedelta(days=LONGEST):
            self.add_error("since", f"{LONGEST} days at most are shown at once.")
        elif until and until < EARLIEST:
            self.add_error("until", "There was nothing to be used then.")
        # Half of a span would be another one.
        return cleaned | {"since": None, "until": None} if {"since", "until"} & set(self.errors) else cleaned

    def filters(self) -> Filters:
        """What is right of it."""
        self.is_valid()
        return Filters(**{name: value for name, value in self.cleaned_data.items() if value not in (None, "")})


class Choices:
    """What is worth being offered: only what was used. Each is asked for when it is drawn."""

    def __init__(self, user: User, filters: Filters) -> None:
        self.user, self.filters = user, filters

    @cached_property
    def _used(self) -> list[tuple[int | None, str, str]]:
        rows = self.filters.choosable(self.user).order_by().values_list("configuration", "operation", "model")
        return list(rows.distinct())

    @cached_property
    def configurations(self) -> list[tuple[int, str]]:
        used = {pk for pk, _, _ in self._used if pk}
        chosen = self.filters.configuration  # anybody can write any number there: not each has a name for them
        if chosen and (
            sees_everyone(self.user) or Configuration.objects.for_user(self.user).filter(pk=chosen).exists()
        ):
            used.add(chosen)
        return list(Configuration.objects.filter(pk__in=used).values_list("pk", "display_name"))

    @cached_property
    def operations(self) -> list[tuple[str, str]]:
        used = {operation for _, operation, _ in self._used} | {self.filters.operation} - {""}
        return sorted(((name, naming.operation(name)) for name in used if name), key=lambda choice: choice[1])

    @cached_property
    def models(self) -> list[str]:
        used = {model for _, _, model in self._used} | {self.filters.model}
        return sorted(used - {""})[:MOST_OFFERED]

    @cached_property
    def people(self) -> list[tuple[int, str]]:
        """For administrators."""
        if not sees_everyone(self.user):
            return []
        model = get_user_model()
        named, everyone = model.USERNAME_FIELD, model._default_manager.all()
        known = everyone.filter(Exists(UsageDay.objects.filter(user=OuterRef("pk"))))
        found = list(known.order_by(named).values_list("pk", named)[:MOST_OFFERED])
        if self.filters.user is None or self.filters.user in dict(found):
            return found
        return found + list(everyone.filter(pk=self.filters.user).values_list("pk", named))


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is set, and the address without it."""

    label: str
    query: str


def chips(filters: Filters, offered: Choices) -> list[Chip]:
    def told() -> Iterator[tuple[str, str]]:
        if filters.user and sees_everyone(offered.user):
            yield "user", dict(offered.people).get(filters.user, "somebody else")
        if filters.configuration:
            yield "configuration", dict(offered.configurations).get(filters.configuration, "another configuration")
        if filters.operation:
            yield "operation", naming.operation(filters.operation)
        if filters.model:
            yield "model", filters.model

    empty = Filters()
    return [Chip(label, filters.query(**{name: getattr(empty, name)})) for name, label in told()]


def span_in_words(first: datetime.date, last: datetime.date) -> str:
    """`30 October to 28 November 2026`."""
    if first == last:
        return date_format(last, "j F Y")
    before = "j F" if first.year == last.year else "j F Y"
    return f"{date_format(first, before)} to {date_format(last, 'j F Y')}"
