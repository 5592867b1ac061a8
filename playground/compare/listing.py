"""The comparisons of before, the newest first. A page goes on after the last row of the one before it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import Prefetch
from django.db.models.functions import Left

from connector.models import ChatCompletionsSession, Comparison
from connector.models.comparison import ComparisonQuerySet
from playground import keys

AT_ONCE = 20
MAX_SEARCH = 200  # characters
WORDS = 240  # characters of a prompt


@dataclass(frozen=True, slots=True)
class Row:
    comparison: Comparison
    words: str  # how its prompt begins
    models: Sequence[str]
    winner: str  # its model; "" without one


@dataclass(frozen=True, slots=True)
class Page:
    rows: Sequence[Row]
    after: str  # the key of the next page; "" at the end
    search: str = ""


def page(user: User, search: str = "", after: str = "") -> Page:
    search = search.strip()[:MAX_SEARCH]
    found = Comparison.objects.for_user(user).search(search)
    if (key := keys.parse(after)) is not None:
        found = found.filter(pk__lt=key)
    rows = [_row(comparison) for comparison in _with_columns(found)[: AT_ONCE + 1]]
    more = len(rows) > AT_ONCE
    return Page(rows[:AT_ONCE], str(rows[AT_ONCE - 1].comparison.pk) if more else "", search)


def row(comparison: Comparison) -> Row:
    """The one of a comparison that was just made."""
    return _row(_with_columns(Comparison.objects.filter(pk=comparison.pk)).get())


def _with_columns(found: ComparisonQuerySet) -> ComparisonQuerySet:
    """With what a row shows and no more: a prompt can be long. As `words`."""
    columns = ChatCompletionsSession.objects.only("model", "comparison", "place").order_by("pk")
    fields = ("user", "blind", "revealed", "winner", "created")
    return (
        found.order_by("-pk")
        .only(*fields)
        .annotate(words=Left("prompt", WORDS))
        .prefetch_related(Prefetch("columns", columns))
    )


def _row(comparison: Comparison) -> Row:
    columns = list(comparison.columns.all())
    winner = next((column.model for column in columns if column.pk == comparison.winner_id), "")
    words: str = comparison.words  # type: ignore[attr-defined]  # annotated
    return Row(comparison, words, [column.model for column in columns], winner)
