"""One reader of a run: frames as it grows, a heartbeat, whether it may still watch, and the end."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import SessionBase

from connector import runs
from connector.models import Run
from connector.models.prepared import Prepared, given
from playground import endings
from playground.frames import drawing, words
from playground.frames.partials import partial
from playground.frames.reading import Follow, Reader
from playground.frames.threads import in_database
from playground.frames.watching import watchable

_run = Prepared(lambda: Run.objects.select_related("configuration").filter(pk=given("run")))

END = b"event: end\ndata: \n\n"  # closes the connection for good (`hx-sse:close`)
BEAT = b": still here\n\n"


@dataclass(frozen=True)
class Pace:
    heartbeat: float = 15.0  # seconds; proxies close a connection that is silent for a minute
    check: float = 4.0  # seconds; who lost access has to be gone after five


async def events(
    run_id: int,
    user: User,
    *,
    last_event_id: str = "",
    session: SessionBase | None = None,
    seen: float | None = None,
    follow: Follow = runs.follow,
    pace: Pace = Pace(),
) -> AsyncGenerator[bytes]:
    """The bytes of the stream. Whether `user` may see the run at all was checked by the view.

    `session`: the reader's, so that the stream ends when it does. `seen`: when (on the loop's clock) it was found that
    they may watch; now, if nothing is said. `last_event_id` needs no answer: the first frame brings everything so
    far, whatever the page shows.
    """
    clock = asyncio.get_running_loop().time
    check_at, beat_at = (seen or clock()) + pace.check, clock() + pace.heartbeat
    reader = Reader(run_id, user, follow)
    try:
        while (new := await reader.news(min(check_at, beat_at) - clock())) is not None:
            if new or clock() >= beat_at:
                beat_at = clock() + pace.heartbeat
                yield new or BEAT
            if clock() >= check_at:
                check_at = clock() + pace.check
                if not await in_database(watchable)([run_id], user, session):
                    yield await in_database(_goodbye)(run_id)
                    yield END
                    return
        yield await in_database(_ended)(run_id, user)
        yield END
    finally:
        await reader.close()


def _goodbye(run_id: int) -> bytes:
    run = Run.objects.filter(pk=run_id).only("kind", "operation", "session_id").first()
    return goodbye(run_id, words.page(run))


def goodbye(run_id: int, page: str) -> bytes:
    """The frame for somebody who may not watch a run any more; `page` is the address where it is shown."""
    return drawing.frame(partial(f"#run-{run_id}-waiting", "innerHTML", words.stopped_watching(page)), 0)


def _ended(run_id: int, user: User) -> bytes:
    """The frame that puts the run as it ended in the place of the growing one."""
    run = _run.first(run=run_id)
    html = _fragment(run, user) if run else ""
    return drawing.frame(partial(f"#run-{run_id}", "outerHTML", html), run.revision if run else 0)


def _fragment(run: Run, user: User) -> str:
    return endings.of(run)(run, user)
