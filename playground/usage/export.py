"""Usage as CSV: a row for each day, person, configuration, operation and model."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib.auth.models import User

from connector.models import UsageDay
from connector.models.usage import TOKENS, dollars, percentile
from playground import spreadsheets
from playground.record.scope import sees_everyone
from playground.usage.figures import PROGRAMS
from playground.usage.filtering import Filters

HEADINGS = (
    *("day", "configuration", "operation", "model", "calls", "errors"),
    *(column.replace("_", " ") for column in TOKENS),
    *("characters", "seconds of sound", "pictures", "cost in US dollars", "calls unpriced"),
    *("median ms", "95 % ms", "first token median ms", "first token 95 % ms"),
)


def lines(user: User, filters: Filters) -> Iterator[bytes]:
    """The file, row by row. Administrators who look at everybody get each person's."""
    names_people = sees_everyone(user)
    rows = filters.by_person(user).select_related("user", "configuration").order_by("day", "pk")
    headings = [*HEADINGS[:1], "person", *HEADINGS[1:]] if names_people else list(HEADINGS)
    return spreadsheets.lines(_all(headings, rows.iterator(), names_people))


def _all(headings: list[str], rows: Iterable[UsageDay], names_people: bool) -> Iterator[list[Any]]:
    yield headings
    for row in rows:
        day, *rest = _cells(row)
        who = [row.user.get_username() if row.user else PROGRAMS] if names_people else []
        yield [day, *who, *rest]


def _cells(row: UsageDay) -> list[Any]:  # Any: texts and numbers
    priced = row.calls > row.unpriced
    return [
        row.day.isoformat(),
        row.configuration.display_name if row.configuration else row.configuration_name,
        row.operation,
        row.model,
        row.calls,
        row.errors,
        *(getattr(row, column) for column in TOKENS),
        row.characters,
        row.sound_ms / 1000,
        row.pictures,
        f"{dollars(row.nanodollars):f}" if priced else "",  # unpriced is not zero
        row.unpriced,
        *(_whole(percentile(row.took, share)) for share in (0.5, 0.95)),
        *(_whole(percentile(row.first_token, share)) for share in (0.5, 0.95)),
    ]


def _whole(milliseconds: float | None) -> int | str:
    return "" if milliseconds is None else round(milliseconds)
