"""What was asked before, newest first, a page at a time.

A page goes on behind the last row of the one before (a key, not an offset), so that the thousandth costs what the first
one does and nothing is skipped when something is deleted in between.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import QuerySet

from connector.models import Run, Speech, Transcription
from playground.audio.cards import SpeechCard, TranscriptionCard, speech_card

AT_ONCE = 10


@dataclass(frozen=True, slots=True)
class Page[C]:
    cards: list[C]
    older: int | None  # the key of the next page; None at the end


def speeches(user: User, before: int | None = None) -> Page[SpeechCard]:
    """Five queries at most, however many there are. The newest one is open."""
    theirs = Speech.objects.for_user(user).select_related("run__configuration").prefetch_related("takes__files")
    rows, older = _page(theirs, before)
    return Page([speech_card(row, is_open=before is None and row is rows[0]) for row in rows], older)


def transcriptions(user: User, before: int | None = None) -> Page[TranscriptionCard]:
    """Three queries at most. The newest one is open."""
    theirs = Transcription.objects.for_user(user).select_related("run__configuration", "recording")
    rows, older = _page(theirs, before)
    return Page([TranscriptionCard(row, is_open=before is None and row is rows[0]) for row in rows], older)


def _page[M: (Speech, Transcription)](theirs: "QuerySet[M]", before: int | None) -> tuple[list[M], int | None]:
    """Rows, and the key of what follows. Runs of dead processes are marked on the way."""
    asked = theirs.order_by("-pk") if before is None else theirs.filter(pk__lt=before).order_by("-pk")
    rows = list(asked[: AT_ONCE + 1])
    if _interrupted([row.run for row in rows]):
        rows = list(asked[: AT_ONCE + 1])
    more = len(rows) > AT_ONCE
    return rows[:AT_ONCE], rows[AT_ONCE - 1].pk if more else None


def _interrupted(runs: Sequence[Run]) -> bool:
    going = [run.pk for run in runs if run.is_going]
    return bool(going) and Run.objects.filter(pk__in=going).interrupt_dead() > 0
