"""The list of calls, newest first, a page at a time.

A page goes on after the last call of the one before (a key, not an offset), and looks through so many calls at most: a
filter that fits one call in a million costs what any other does. Where it stops before a page is full, it says how far
back it has looked, and goes on from there when asked.
"""

import datetime
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from connector.models import Call
from connector.models.call import CallQuerySet
from playground import keys
from playground.record.filtering import Filters

AT_ONCE = 50
LOOKED_THROUGH = 200_000  # entries of an index, where calls are only filtered
READ_THROUGH = 20_000  # rows, where text is searched for
SHORTEST_ID = 8  # characters of what may be a whole request id
ORDER = ("-started", "-pk")
FIELDS = (
    *("user__username", "configuration__display_name", "configuration__api_type", "configuration_name", "run"),
    *("source", "operation", "method", "path", "is_stream", "model", "state", "status", "error_code", "error"),
    *("started", "duration_ms", "retries", "input_tokens", "output_tokens", "cost"),
)


@dataclass(frozen=True, slots=True)
class Key:
    """Where a call stands in the list."""

    started: datetime.datetime
    pk: int

    @classmethod
    def parse(cls, text: str) -> "Key | None":
        started, _, pk = text.partition("_")
        try:
            moment = parse_datetime(started)
            moment = moment.astimezone(datetime.UTC) if moment and timezone.is_aware(moment) else None
        except (ValueError, OverflowError):
            return None
        number = keys.parse(pk)
        return cls(moment, number) if moment and number is not None else None

    @property
    def and_before(self) -> Q:
        """This call, and those above it in the list."""
        return Q(started__gt=self.started) | Q(started=self.started, pk__gte=self.pk)

    def __str__(self) -> str:
        return f"{self.started.astimezone(datetime.UTC).isoformat()}_{self.pk}"


@dataclass(frozen=True, slots=True)
class Page:
    calls: list[Call]
    after: str = ""  # the key of what comes next; "" at the end
    looked_back_to: datetime.datetime | None = None  # where it stopped before the page was full


def page(user: User, filters: Filters, after: str = "", most: int = AT_ONCE) -> Page:
    """What comes behind the call `after`: three queries at most, however many calls there are."""
    scope = filters.scope(user)
    if (key := Key.parse(after)) is not None:
        scope = scope.before(key.started, key.pk)
    elif exact := _with_id(scope, filters):
        return Page(exact)
    end = _end(scope, filters)
    found = filters.narrow(scope if end is None else scope.filter(end.and_before, started__gte=end.started))
    if filters.q:
        found = filters.search(found, user)
    rows = list(lean(found)[: most + 1])
    if len(rows) > most:
        return Page(rows[:most], str(Key(rows[most - 1].started, rows[most - 1].pk)))
    if end is None:
        return Page(rows)
    return Page(rows, str(end), end.started)


def lean(calls: CallQuerySet) -> CallQuerySet:
    """In the list's order, with what a row shows and no more."""
    return calls.select_related("user", "configuration").only(*FIELDS).order_by(*ORDER)


def _end(scope: CallQuerySet, filters: Filters) -> Key | None:
    """The last call that this page looks at; None when all of them may be."""
    if not (filters.q or filters.narrows):
        return None
    place = READ_THROUGH if filters.q else LOOKED_THROUGH
    found = scope.order_by(*ORDER).values_list("started", "pk")[place : place + 1].first()
    return Key(*found) if found else None


def _with_id(scope: CallQuerySet, filters: Filters) -> list[Call]:
    """Somebody who types a whole request id wants that call, however old it is."""
    if len(filters.q) < SHORTEST_ID or " " in filters.q:
        return []
    pks = list(Call.objects.filter(request_id=filters.q).order_by().values_list("pk", flat=True)[:AT_ONCE])
    return list(lean(filters.narrow(scope.filter(pk__in=pks)))) if pks else []
