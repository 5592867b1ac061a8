"""Rows of days → sums: of all, by day, and by one thing after the other."""

import datetime
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db.models import F, Q, Sum

from connector.models import Configuration, UsageDay
from connector.models.usage import LATENCIES, NUMBERS, TOKENS, Histogram, dollars, merge, percentile
from playground import money, naming
from playground.record.scope import sees_everyone
from playground.usage.filtering import Filters

SHOWN = 12  # rows of a table that is no calendar; the rest is one row
KINDS = {
    "input_tokens": "input",
    "cached_tokens": "cached",
    "cache_write_tokens": "cache write",
    "output_tokens": "output",
    "reasoning_tokens": "reasoning",
    "image_tokens": "image",
    "audio_tokens": "audio",
}
PROGRAMS = "programs"  # calls of nobody who is signed in
FIELDS = ("day", "configuration_id", "configuration_name", "operation", "model", *NUMBERS, *LATENCIES)


@dataclass
class Line:
    """A row of a table: what it is about, and its sums."""

    name: str
    total: UsageDay = field(default_factory=UsageDay)
    query: str = ""  # behind `?`: this alone; empty where it cannot be looked at alone

    @property
    def cost(self) -> str:
        return cost(self.total)

    @property
    def tokens(self) -> list[tuple[str, int]]:
        """Kind → how many."""
        return [(name, getattr(self.total, column)) for column, name in KINDS.items()]

    @property
    def all_tokens(self) -> int:
        return all_tokens(self.total)

    @property
    def median(self) -> float | None:
        """Milliseconds; the other three as well."""
        return percentile(self.total.took, 0.5)

    @property
    def p95(self) -> float | None:
        return percentile(self.total.took, 0.95)

    @property
    def first_median(self) -> float | None:
        return percentile(self.total.first_token, 0.5)

    @property
    def first_p95(self) -> float | None:
        return percentile(self.total.first_token, 0.95)


class Figures:
    """What `user` sees of what `filters` mean."""

    def __init__(self, user: User, filters: Filters) -> None:
        self.user, self.filters = user, filters
        self.first, self.last = filters.days
        self._rows = list(filters.rows(user).order_by().only(*FIELDS))

    @cached_property
    def whole(self) -> Line:
        return Line("all", _sum(line.total for line in self.days))

    @cached_property
    def days(self) -> list[Line]:
        """Those on which something was called, the newest first."""
        return [Line(f"{day:%-d %b}", total) for day, total in sorted(self._by_day.items(), reverse=True)]

    @cached_property
    def calendar(self) -> list[tuple[datetime.date, UsageDay]]:
        """Every day, from the first to the last."""
        count = (self.last - self.first).days + 1
        days = [self.first + datetime.timedelta(days=number) for number in range(count)]
        return [(day, self._by_day.get(day) or UsageDay()) for day in days]

    @cached_property
    def _by_day(self) -> dict[datetime.date, UsageDay]:
        return self._by(lambda row: row.day)

    @cached_property
    def kinds(self) -> list[str]:
        """The columns of tokens that have something in them."""
        return [column for column in TOKENS if getattr(self.whole.total, column)]

    @cached_property
    def models(self) -> list[Line]:
        return self._lines(self._by(lambda row: row.model), "model", lambda name: str(name) or "no model")

    @cached_property
    def operations(self) -> list[Line]:
        return self._lines(self._by(lambda row: row.operation), "operation", lambda name: naming.operation(str(name)))

    @cached_property
    def configurations(self) -> list[Line]:
        """By what they are called now; those that are gone by what they were called."""
        by_configuration = self._by(lambda row: row.configuration_id or row.configuration_name)
        pks = [key for key in by_configuration if isinstance(key, int)]
        names = dict(Configuration.objects.filter(pk__in=pks).values_list("pk", "display_name"))

        def named(key: Any) -> str:  # Any: a key or a name
            return names.get(key, "") or (f"{key} (deleted)" if key and isinstance(key, str) else "none")

        return self._lines(by_configuration, "configuration", named)

    @cached_property
    def people(self) -> list[Line]:
        """For administrators who look at everybody: those who cost most. The database adds up."""
        if not sees_everyone(self.user) or self.filters.user:
            return []
        named = f"user__{get_user_model().USERNAME_FIELD}"
        rows: Any = self.filters.by_person(self.user).order_by().values("user", named)  # Any: to be added up
        sums = rows.annotate(**{f"all_{name}": Sum(name) for name in NUMBERS})
        sums = sums.order_by("-all_nanodollars", "-all_calls", F("user").asc(nulls_last=True))
        found = [(each, UsageDay(**{name: each[f"all_{name}"] for name in NUMBERS})) for each in sums]
        latencies = self._latencies([each["user"] for each, _ in found[:SHOWN]])
        lines = []
        for each, total in found[:SHOWN]:
            for name, histogram in latencies.get(each["user"], {}).items():
                setattr(total, name, histogram)
            query = self.filters.query(user=each["user"]) if each["user"] else ""
            lines.append(Line(each[named] or PROGRAMS, total, query))
        return [*lines, *_rest([total for _, total in found[SHOWN:]])]

    def _latencies(self, users: list[Any]) -> dict[Any, dict[str, Any]]:
        by_user: dict[Any, tuple[Histogram, Histogram]] = {}
        meant = Q(user__in=[pk for pk in users if pk]) | (Q(user=None) if None in users else Q())
        rows = self.filters.by_person(self.user).filter(meant)
        for user, *histograms in rows.order_by().values_list("user", *LATENCIES):
            totals = by_user.setdefault(user, ({}, {}))
            for total, histogram in zip(totals, histograms, strict=True):
                merge(total, histogram)
        return {user: dict(zip(LATENCIES, totals, strict=True)) for user, totals in by_user.items()}

    def _by(self, key: Callable[[UsageDay], Any]) -> dict[Any, UsageDay]:
        groups: dict[Any, UsageDay] = {}
        for row in self._rows:
            name = key(row)
            if name not in groups:
                groups[name] = UsageDay()
            groups[name].add(row)
        return groups

    def _lines(self, groups: dict[Any, UsageDay], name: str, words: Callable[[Any], str]) -> list[Line]:
        """The groups that cost most, or were called most, and the rest in one."""
        ordered = sorted(groups.items(), key=lambda group: (-group[1].nanodollars, -group[1].calls, str(group[0])))
        lines = [
            Line(words(key), total, self.filters.query(**{name: key}) if _is_linked(name, key) else "")
            for key, total in ordered[:SHOWN]
        ]
        return [*lines, *_rest([total for _, total in ordered[SHOWN:]])]


def _is_linked(name: str, key: Any) -> bool:
    return bool(key) and (name != "configuration" or isinstance(key, int))


def _rest(totals: list[UsageDay]) -> Iterator[Line]:
    if totals:
        yield Line(f"{len(totals)} others", _sum(totals))


def _sum(totals: Iterable[UsageDay]) -> UsageDay:
    together = UsageDay()
    for total in totals:
        together.add(total)
    return together


def all_tokens(total: UsageDay) -> int:
    return sum(getattr(total, column) for column in TOKENS)


def cost(total: UsageDay) -> str:
    """In US dollars; "unpriced" where nothing of it has a price that is known, and empty where nothing was called."""
    if not total.calls:
        return ""
    if total.unpriced and not total.nanodollars:
        return money.UNPRICED
    return money.dollars(dollars(total.nanodollars))
