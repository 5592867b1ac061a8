"""One run as one reader sees it: what changes on their page, frame by frame."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import cast

from django.contrib.auth.models import User

from connector import runs
from connector.models import Run
from playground.frames import drawing, pictures, sounds

type View = drawing.View | pictures.View | sounds.Spoken | sounds.Heard
type Follow = Callable[[int], AsyncIterator[runs.Snapshot]]


class Reader:
    def __init__(self, run_id: int, user: User, follow: Follow = runs.follow) -> None:
        self.run_id = run_id
        self.snapshot: runs.Snapshot | None = None  # the last one that came
        self._user, self._follow = user, follow
        self._snapshots = follow(run_id)
        self._view: View | None = None

    async def news(self, seconds: float | None = None) -> bytes | None:
        """What changes on the page; nothing when that is nothing, or no change comes in `seconds`; None at the end."""
        if self._view and self._view.is_behind:
            seconds = drawing.AT_MOST_EVERY
        try:
            async with asyncio.timeout(None if seconds is None else max(0.0, seconds)):
                snapshot = await anext(self._snapshots, None)
        except TimeoutError:
            await self.close()
            self._snapshots = self._follow(self.run_id)  # the one that was cancelled while it waited is used up
            return b""
        if snapshot is None or snapshot.ended:
            return None
        self.snapshot = snapshot
        if self._view is None or snapshot.live is not self._view.live:
            self._view = _view(snapshot, self._user)
        return await self._view.news(snapshot)

    async def close(self) -> None:
        with contextlib.suppress(RuntimeError):  # it is being cancelled itself
            await cast(AsyncGenerator[runs.Snapshot], self._snapshots).aclose()


def _view(snapshot: runs.Snapshot, user: User) -> View:
    match snapshot.live.kind if snapshot.live else snapshot.kind:
        case Run.Kind.IMAGE:
            return pictures.View(snapshot.live, user)
        case Run.Kind.SPEECH:
            return sounds.Spoken(snapshot.live)
        case Run.Kind.TRANSCRIPTION:
            return sounds.Heard(snapshot.live)
        case _:
            return drawing.View(snapshot.live)
