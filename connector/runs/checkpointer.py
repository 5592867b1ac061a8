"""Writes what changed in the live runs to their rows: once a second or after 2 kB, all of them in one transaction.

The event loop only collects what is new; a thread writes it. While the database is away the text stays in memory
(`reliability.md` R64), and the next second tries again.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Iterable

from django.db import DatabaseError

from connector.client import errors
from connector.models import Run
from connector.runs import saving, threads
from connector.runs.live import SAVED_EARLY, LiveRun

CHECKPOINT_EVERY = 1.0  # seconds; a row per token would wear out SQLite
SOONEST = 0.25  # seconds between two checkpoints that were brought forward by 2 kB of text
LATEST = 2.0  # seconds between two checkpoints of which each takes long
SHARE = 0.2  # of the time at most goes into checkpoints: texts of megabytes are written less often

logger = logging.getLogger(__name__)


class Checkpointer:
    def __init__(self, lives: dict[int, LiveRun]) -> None:
        self.lives = lives
        self.checkpoints = 0  # transactions, since the start
        self._wanted = asyncio.Event()
        self._away = False

    def wake(self) -> None:
        """Do not wait for the next second."""
        self._wanted.set()

    async def run(self) -> None:
        """Until cancelled."""
        pause = SOONEST
        while True:
            await self._due(pause)
            began = time.monotonic()
            if await self.save():
                pause = min(LATEST, max(SOONEST, (time.monotonic() - began) / SHARE))
            else:
                await asyncio.sleep(CHECKPOINT_EVERY)

    @property
    def _all(self) -> list[LiveRun]:
        return list(self.lives.values())  # a copy: threads of views add to it

    async def _due(self, pause: float) -> None:
        """Until the next checkpoint: a second, less when there is much text (but `pause`) or a run has ended."""
        began = time.monotonic()
        while not any(live.result for live in self._all):
            passed = time.monotonic() - began
            if passed >= pause and any(live.unsaved >= SAVED_EARLY for live in self._all):
                return
            left = (pause if passed < pause else CHECKPOINT_EVERY) - passed
            if left <= 0:
                return
            self._wanted.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._wanted.wait()

    async def save(self) -> bool:
        """One checkpoint; False when it could not be made."""
        lives = self._all
        if not lives:
            return True
        changed = [live for live in lives if live.revision != live.saved_revision]
        changes = [_change(live) for live in changed]
        try:
            saved = await threads.write(saving.checkpoint, changes, [live.run_id for live in lives])
        except DatabaseError as error:
            self._missing(error, len(changed))
            return False
        except Exception:
            logger.exception("A checkpoint failed.")
            return False
        self.checkpoints += bool(changes)
        self._away = False
        self._settle(zip(changed, changes, strict=True), saved)
        return True

    def _settle(self, written: Iterable[tuple[LiveRun, saving.Change]], saved: saving.Saved) -> None:
        for live, change in written:
            live.saved_revision = change.revision
            if change.ended is not None:
                del self.lives[live.run_id]
                live.abandon() if live.run_id in saved.lost else live.end()
        for run_id in saved.lost | saved.stop:
            if found := self.lives.get(run_id):
                found.stop(errors.Interrupted() if run_id in saved.lost else Run.State.STOPPED)

    def _missing(self, error: Exception, runs: int) -> None:
        if not self._away:
            logger.error("The database is away (%s); %s running answers wait in memory.", error, runs)
        self._away = True


def _change(live: LiveRun) -> saving.Change:
    live.unsaved = 0
    return saving.Change(
        run_id=live.run_id,
        revision=live.revision,
        state=live.result or live.state,
        answers={answer.pk: answer.text for answer in live.answers.values()},
        ended=None if live.result is None else {**live.fields, "error": live.error},
        kind=live.kind,
        recorder=None if live.result is None else live.recorder,
    )
