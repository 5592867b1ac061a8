"""One reader of a run: frames as it grows, a heartbeat, whether it may still watch, and the end."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass
from typing import cast

from django.contrib.auth import HASH_SESSION_KEY, get_user_model
from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import SessionBase
from django.utils.crypto import constant_time_compare

from connector import runs
from connector.models import Configuration, Run
from connector.models.prepared import Prepared, given
from playground import endings
from playground.frames import drawing, pictures, words
from playground.frames.partials import partial
from playground.frames.threads import in_database

_run = Prepared(lambda: Run.objects.select_related("configuration").filter(pk=given("run")))

END = b"event: end\ndata: \n\n"  # closes the connection for good (`hx-sse:close`)


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
    follow: Callable[[int], AsyncIterator[runs.Snapshot]] = runs.follow,
    pace: Pace = Pace(),
) -> AsyncGenerator[bytes]:
    """The bytes of the stream. Whether `user` may see the run at all was checked by the view.

    `session`: the reader's, so that the stream ends when it does. `seen`: when (on the loop's clock) it was found that
    they may watch; now, if nothing is said. `last_event_id` needs no answer: the first frame brings everything so
    far, whatever the page shows.
    """
    clock = asyncio.get_running_loop().time
    check_at, beat_at = (seen or clock()) + pace.check, clock() + pace.heartbeat
    view: drawing.View | pictures.View | None = None
    snapshots = follow(run_id)
    try:
        while True:
            patience = drawing.AT_MOST_EVERY if view and view.is_behind else min(check_at, beat_at) - clock()
            try:
                async with asyncio.timeout(max(0.0, patience)):
                    snapshot = await anext(snapshots, None)
            except TimeoutError:
                await _close(snapshots)
                snapshots = follow(run_id)  # the one that was cancelled while it waited is used up
                if clock() >= beat_at:
                    beat_at = clock() + pace.heartbeat
                    yield b": still here\n\n"
            else:
                if snapshot is None or snapshot.ended:
                    break
                if view is None or snapshot.live is not view.live:
                    view = _view(snapshot, user)
                if new := await view.news(snapshot):
                    beat_at = clock() + pace.heartbeat
                    yield new
            if clock() >= check_at:
                check_at = clock() + pace.check
                if not await in_database(_may_watch)(run_id, user, session):
                    yield await in_database(_goodbye)(run_id)
                    yield END
                    return
        yield await in_database(_ended)(run_id, user)
        yield END
    finally:
        await _close(snapshots)


async def _close(snapshots: AsyncIterator[runs.Snapshot]) -> None:
    with contextlib.suppress(RuntimeError):  # it is being cancelled itself
        await cast(AsyncGenerator[runs.Snapshot], snapshots).aclose()


def _view(snapshot: runs.Snapshot, user: User) -> drawing.View | pictures.View:
    is_of_pictures = snapshot.pictures or (snapshot.live and snapshot.live.kind == Run.Kind.IMAGE)
    return pictures.View(snapshot.live, user) if is_of_pictures else drawing.View(snapshot.live)


def _may_watch(run_id: int, user: User, session: SessionBase | None) -> bool:
    """Whether `user` is still signed in, still active, and may still use what answers. Two or three queries."""
    fresh = get_user_model()._default_manager.filter(pk=user.pk, is_active=True).first()
    if fresh is None or (session is not None and not _is_alive(session, fresh)):
        return False
    run = Run.objects.for_user(fresh).filter(pk=run_id).only("configuration_id").first()
    if run is None:
        return False
    return (
        run.configuration_id is None or Configuration.objects.for_user(fresh).filter(pk=run.configuration_id).exists()
    )


def _is_alive(session: SessionBase, user: User) -> bool:
    """Whether the session exists, has not expired, and was begun (or renewed) with the present password."""
    stored = type(session)(session.session_key).load()
    return constant_time_compare(str(stored.get(HASH_SESSION_KEY, "")), user.get_session_auth_hash())


def _goodbye(run_id: int) -> bytes:
    run = Run.objects.filter(pk=run_id).only("kind", "session_id").first()
    return drawing.frame(partial(f"#run-{run_id}-waiting", "innerHTML", words.stopped_watching(run)), 0)


def _ended(run_id: int, user: User) -> bytes:
    """The frame that puts the run as it ended in the place of the growing one."""
    run = _run.first(run=run_id)
    html = _fragment(run, user) if run else ""
    return drawing.frame(partial(f"#run-{run_id}", "outerHTML", html), run.revision if run else 0)


def _fragment(run: Run, user: User) -> str:
    return endings.of(run)(run, user)
