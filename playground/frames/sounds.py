"""Sounds as they are made, and transcripts as they are written: what is new of them, for one reader."""

from django.utils.html import escape

from connector import runs
from connector.models import Take
from connector.runs.live import Tile
from playground.audio import cards
from playground.frames import words
from playground.frames.drawing import frame
from playground.frames.partials import partial
from playground.frames.threads import in_database


class Spoken:
    """Each voice's take, when a part of it came. There are few of them, and each changes a few times."""

    is_behind = False  # everything new is sent at once

    def __init__(self, live: runs.LiveRun | None) -> None:
        self.live = live
        self._sent: dict[int, Tile] = {}  # by the take's pk
        self._waiting = words.NOTHING

    async def news(self, snapshot: runs.Snapshot) -> bytes:
        """What brings the reader's page to `snapshot`; nothing when there is nothing new."""
        changed = {pk: tile for pk, tile in snapshot.pictures.items() if self._sent.get(pk) != tile}
        changes = ""
        if changed:
            self._sent |= changed
            changes = await in_database(_drawn)(list(changed))
        waiting = words.waiting(snapshot.waiting)
        if waiting != self._waiting:
            self._waiting = waiting
            changes += partial(f"#run-{snapshot.run_id}-waiting", "innerHTML", waiting)
        return frame(changes, snapshot.revision) if changes else b""


class Heard:
    """A text that grows: what is new of it is put behind what is there."""

    is_behind = False

    def __init__(self, live: runs.LiveRun | None) -> None:
        self.live = live
        self._sent: str | None = None
        self._waiting = words.NOTHING

    async def news(self, snapshot: runs.Snapshot) -> bytes:
        """What brings the reader's page to `snapshot`; nothing when there is nothing new."""
        text = "".join(answer.content for answer in snapshot.answers.values())
        place = f"#run-{snapshot.run_id}-text"
        changes = ""
        if self._sent is None or not text.startswith(self._sent):
            changes = partial(place, "innerHTML", escape(text))
        elif text != self._sent:
            changes = partial(place, "beforeend", escape(text[len(self._sent) :]))
        self._sent = text
        waiting = words.waiting(snapshot.waiting)
        if waiting != self._waiting:
            self._waiting = waiting
            changes += partial(f"#run-{snapshot.run_id}-waiting", "innerHTML", waiting)
        return frame(changes, snapshot.revision) if changes else b""


def _drawn(pks: list[int]) -> str:
    """The takes as partials; what was deleted meanwhile is left out."""
    takes = Take.objects.filter(pk__in=pks).select_related("speech").prefetch_related("files")
    return "".join(
        partial(f"#take-{take.pk}", "outerMorph", cards.take_fragment(take, take.speech.parts)) for take in takes
    )
