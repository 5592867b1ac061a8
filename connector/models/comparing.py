"""How one prompt is asked in several columns: all their rows in one transaction, or none.

The first column's run carries the form's token, so that a form sent twice makes one comparison.
"""

import random
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.apps import apps

from connector.client import errors
from connector.models import admission, asking, limits, text
from connector.models.run import Run
from connector.models.session import ChatCompletionsSession

if TYPE_CHECKING:
    from connector.models.comparison import Comparison

FEWEST, MOST = 2, 6  # columns


def begin(comparison: "Comparison", columns: Sequence[Mapping[str, Any]], token: str = "") -> "Comparison":
    """`Comparison.objects.begin`: `comparison` is not saved yet."""
    if not FEWEST <= len(columns) <= MOST:
        raise errors.InvalidParameter(param="columns", reason=f"there have to be {FEWEST} to {MOST}")
    comparison.prompt = asking.checked(comparison.prompt)
    comparison.system_prompt = text.cleaned(comparison.system_prompt)
    asked: list[Run] = []

    def make() -> Run:
        asked[:] = _make(comparison, columns, token)
        return asked[0]

    first = admission.once(comparison.user_id, token, lambda: admission.lock(comparison.user), make)
    if first not in asked:
        return _made_before(first)
    comparison.asked = asked
    return comparison


def _make(comparison: "Comparison", columns: Sequence[Mapping[str, Any]], token: str) -> list[Run]:
    for column in columns:
        admission.check(comparison.user, column["configuration"])
    if comparison.user:
        limits.check(comparison.user, len(columns))
    comparison.save(force_insert=True)
    places = list(range(len(columns)))
    if comparison.blind:
        random.shuffle(places)
    runs: list[Run] = []
    for place, column in zip(places, columns, strict=True):
        session = ChatCompletionsSession(
            user=comparison.user,
            kind=ChatCompletionsSession.Kind.COMPARISON,
            comparison=comparison,
            place=place,
            system_prompt=comparison.system_prompt,
            **column,
        )
        session.save(force_insert=True)
        runs.append(asking.answer_first(session, comparison.prompt, "" if runs else token))
    return runs


def _made_before(first: Run) -> "Comparison":
    """The comparison that a token made; a token of another page makes none."""
    comparisons: Any = apps.get_model("connector", "Comparison")._default_manager
    found: Comparison | None = comparisons.filter(columns=first.session_id, deleted=None).first()
    if found is None:
        raise errors.InvalidParameter(param="token", reason="it was used before")
    return found
