"""One reader of several runs: all of them in one stream, because a browser opens no more than six to a host, and a
second tab would wait for ever.

The end of one run replaces it and disturbs no other; the end of the last closes the stream.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import SessionBase

from connector import runs
from playground.frames import drawing
from playground.frames.reading import Follow, Reader
from playground.frames.stream import BEAT, END, Pace, goodbye
from playground.frames.threads import in_database
from playground.frames.watching import watchable

BESIDE_EVERY = 0.3  # seconds
USUAL = Pace()


@dataclass(frozen=True)
class Place:
    """What the page of the runs says besides their texts. `ended` and `last` may ask the database."""

    address: str  # of the page
    ended: Callable[[int], str]  # HTML for a run that has just ended, by its pk
    last: Callable[[], str]  # when all have ended: it has to replace the element that is connected
    beside: Callable[[runs.Snapshot], str]  # while a run grows


async def events(
    run_ids: Collection[int],
    user: User,
    place: Place,
    *,
    session: SessionBase | None = None,
    follow: Follow = runs.follow,
    pace: Pace = USUAL,
) -> AsyncGenerator[bytes]:
    """The bytes of the stream. Whether `user` may see the runs at all was checked by the view; `session` is theirs."""
    clock = asyncio.get_running_loop().time
    check_at, beat_at = clock() + pace.check, clock() + pace.heartbeat
    columns = {run_id: Column(Reader(run_id, user, follow), place) for run_id in run_ids}
    try:
        while going := {column.task: column for column in columns.values() if column.task}:
            patience = max(0.0, min(check_at, beat_at) - clock())
            done, _ = await asyncio.wait(going, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                new = going[task].take()
                if new is None:
                    new = drawing.frame(await in_database(place.ended)(going[task].run_id), 0)
                if new:
                    beat_at = clock() + pace.heartbeat
                    yield new
            if clock() >= beat_at:
                beat_at = clock() + pace.heartbeat
                yield BEAT
            if clock() >= check_at:
                check_at = clock() + pace.check
                left = [column.run_id for column in columns.values() if column.task]
                for run_id in set(left) - await in_database(watchable)(left, user, session):
                    await columns[run_id].close()
                    yield goodbye(run_id, place.address)
                    if all(column.task is None for column in columns.values()):
                        yield END  # what has come stays as it is: nobody is there to see more
                        return
        yield drawing.frame(await in_database(place.last)(), 0)
        yield END
    finally:
        for column in columns.values():
            await column.close()


class Column:
    """A run among the others: always one look ahead, so that whichever has something new comes next."""

    def __init__(self, reader: Reader, place: Place) -> None:
        self.run_id = reader.run_id
        self._reader, self._place = reader, place
        self._beside, self._beside_at = "", 0.0
        self.task: asyncio.Task[bytes | None] | None = self._look()

    def _look(self) -> "asyncio.Task[bytes | None]":
        return asyncio.get_running_loop().create_task(self._reader.news())

    def take(self) -> bytes | None:
        """What has come, and a look at what comes next; None at the end."""
        assert self.task  # noqa: S101  # for the type checker: it is done
        new = self.task.result()
        self.task = None if new is None else self._look()
        return new if new is None else new + self._news_beside()

    def _news_beside(self) -> bytes:
        now = asyncio.get_running_loop().time()
        snapshot = self._reader.snapshot
        if snapshot is None or now - self._beside_at < BESIDE_EVERY:
            return b""
        self._beside_at = now
        html = self._place.beside(snapshot)
        if html == self._beside:
            return b""
        self._beside = html
        return drawing.frame(html, snapshot.revision)

    async def close(self) -> None:
        if self.task:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)
            self.task = None
        await self._reader.close()
