"""Which calls the list shows, as it stands in its address, and what there is to choose from."""

import dataclasses
import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib.auth.models import User
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone
from django.utils.formats import date_format

from connector.models import Call, Configuration
from connector.models.call import CallQuerySet
from playground import naming
from playground.record import scope

MAX_SEARCH = 200  # characters
LARGEST_KEY = 2**63 - 1
EARLIEST, LATEST = datetime.date(1900, 1, 1), datetime.date(9999, 12, 30)
LOOKED_AT = 2_000  # newest calls, for what is offered to choose from
MOST_OFFERED = 200

EVERYONE = "everyone"
# What can be asked for as a state: ours, and classes of the provider's status.
STATES = {
    "done": "Done",
    "failed": "Failed",
    "interrupted": "Interrupted",
    "stopped": "Stopped",
    "4xx": "Refused (4xx)",
    "429": "Too many (429)",
    "5xx": "Trouble (5xx)",
    "none": "No answer",
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What was chosen. A field at its default stands for nothing chosen, and not in the address."""

    q: str = ""
    whose: str = ""  # everyone: for administrators; else their own
    user: int | None = None  # of everyone's
    configuration: int | None = None
    operation: str = ""
    model: str = ""
    state: str = ""
    source: str = ""
    since: datetime.date | None = None  # the first day
    until: datetime.date | None = None  # the last day

    def query(self, **changes: Any) -> str:  # Any: whatever the fields take
        """The address's part behind `?`, with these `changes`."""
        fields = dataclasses.asdict(dataclasses.replace(self, **changes))
        return urlencode({name: value for name, value in fields.items() if value})

    @property
    def are_any(self) -> bool:
        return dataclasses.replace(self, whose="") != Filters()

    def is_of_everyone(self, user: User) -> bool:
        return self.whose == EVERYONE and scope.sees_everyone(user)

    def scope(self, user: User) -> CallQuerySet:
        """Whose calls, and of which days: what an index leads to at once."""
        found = Call.objects.all() if self.is_of_everyone(user) else Call.objects.for_user(user)
        if self.user and self.is_of_everyone(user):
            found = found.filter(user=self.user)
        if self.since:
            found = found.filter(started__gte=_midnight(self.since))
        if self.until:
            found = found.filter(started__lt=_midnight(self.until + datetime.timedelta(days=1)))
        return found

    @property
    def narrows(self) -> bool:
        """Whether calls are looked through one by one, in the index."""
        return any((self.configuration, self.operation, self.model, self.state, self.source))

    def narrow(self, calls: CallQuerySet) -> CallQuerySet:
        """Those of `calls` that are meant, without looking at any text."""
        given: dict[str, Any] = {
            name: value for name in ("configuration", "operation", "model", "source") if (value := getattr(self, name))
        }
        return calls.filter(_of_state(self.state), **given)

    def search(self, calls: CallQuerySet, user: User) -> CallQuerySet:
        """Those of `calls` with the text in them. In what one may not read nothing is searched."""
        found = Q(model__icontains=self.q) | Q(request_id__icontains=self.q)
        if not self.is_of_everyone(user):
            found |= Q(path__icontains=self.q)
        return calls.filter(found)


class FilterForm(forms.Form):
    """The bar. What is wrong is said beside its field and left out."""

    q = forms.CharField(max_length=MAX_SEARCH, required=False)
    whose = forms.ChoiceField(choices=[("", "Mine"), (EVERYONE, "Everyone’s")], required=False)  # noqa: RUF001
    user = forms.IntegerField(min_value=1, max_value=LARGEST_KEY, required=False)
    configuration = forms.IntegerField(min_value=1, max_value=LARGEST_KEY, required=False)
    operation = forms.CharField(max_length=40, required=False)
    model = forms.CharField(max_length=200, required=False)
    state = forms.ChoiceField(choices=list(STATES.items()), required=False)
    source = forms.ChoiceField(choices=Call.Source.choices, required=False)
    since = forms.DateField(required=False, validators=[MinValueValidator(EARLIEST), MaxValueValidator(LATEST)])
    until = forms.DateField(required=False, validators=[MinValueValidator(EARLIEST), MaxValueValidator(LATEST)])

    def filters(self) -> Filters:
        self.is_valid()
        return Filters(**self.cleaned_data)


def of(data: QueryDict) -> Filters:
    """The filters in an address, as far as they make sense."""
    return FilterForm(data).filters()


class Choices:
    """What is worth being offered: what stands in the newest calls. Each is asked for when it is drawn."""

    def __init__(self, user: User, filters: Filters) -> None:
        self.sees_everyone = scope.sees_everyone(user)
        is_of_everyone = filters.is_of_everyone(user)
        calls = Call.objects.all() if is_of_everyone else Call.objects.for_user(user)
        self._newest = calls.order_by("-started", "-pk")
        self._is_of_everyone = is_of_everyone
        self._user, self._filters = user, filters

    @cached_property
    def _rows(self) -> list[tuple[Any, ...]]:  # Any: columns
        return list(self._newest.values_list("user", "configuration", "operation", "model")[:LOOKED_AT])

    @cached_property
    def users(self) -> list[tuple[int, str]]:
        """For administrators who look at everyone's."""
        if not self._is_of_everyone:
            return []
        wanted = {pk for pk in (*(row[0] for row in self._rows), self._filters.user) if pk is not None}
        return list(User.objects.filter(pk__in=wanted).order_by("username").values_list("pk", "username"))

    @cached_property
    def configurations(self) -> list[tuple[int, str]]:
        wanted = {row[1] for row in self._rows} - {None}
        chosen = self._filters.configuration  # anybody can write any number there: not each has a name for them
        if chosen and (self._is_of_everyone or Configuration.objects.for_user(self._user).filter(pk=chosen).exists()):
            wanted.add(chosen)
        found = Configuration.objects.filter(pk__in=wanted).values_list("pk", "display_name")
        return list(found[:MOST_OFFERED])

    @property
    def operations(self) -> list[str]:
        return sorted({row[2] for row in self._rows} | {self._filters.operation} - {""})

    @property
    def models(self) -> list[str]:
        return sorted(({row[3] for row in self._rows} | {self._filters.model}) - {""})[:MOST_OFFERED]

    states = tuple(STATES.items())
    sources = tuple(Call.Source.choices)


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is set, and the address without it."""

    label: str
    query: str


def chips(filters: Filters, offered: Choices) -> list[Chip]:
    def told() -> Iterator[tuple[str, str]]:
        if filters.q:
            yield "q", f"“{filters.q}”"
        if filters.user:
            yield "user", dict(offered.users).get(filters.user, "another user")
        if filters.configuration:
            yield "configuration", dict(offered.configurations).get(filters.configuration, "another configuration")
        if filters.operation:
            yield "operation", naming.operation(filters.operation)
        if filters.model:
            yield "model", filters.model
        if filters.state:
            yield "state", STATES[filters.state]
        if filters.source:
            yield "source", f"from {Call.Source(filters.source).label.lower()}"
        if filters.since:
            yield "since", f"from {date_format(filters.since, 'j M Y')}"
        if filters.until:
            yield "until", f"until {date_format(filters.until, 'j M Y')}"

    empty = Filters()
    return [Chip(label, filters.query(**{name: getattr(empty, name)})) for name, label in told()]


def _of_state(state: str) -> Q:
    match state:
        case "":
            return Q()
        case "4xx" | "5xx":
            begin = int(state[0]) * 100
            return Q(status__gte=begin, status__lt=begin + 100)
        case "429":
            return Q(status=429)
        case "none":
            return Q(status=0)
    return Q(state=state)


def _midnight(day: datetime.date) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time.min))
