"""Starts runs as tasks of the server process, stops them, and ends them when the process ends.

`config/asgi.py` calls `startup` and `shutdown` on the server's event loop; `start` and `stop` may be called from
views, sync or async. No exception leaves a run going: whatever happens, its row gets an end.
"""

import asyncio
import contextlib
import contextvars
import logging
import time
from collections.abc import AsyncIterator
from functools import partial

from asgiref.sync import sync_to_async
from django.db import DatabaseError, connections, router, transaction
from django.utils import timezone

from connector.client import errors, transport
from connector.models import Run
from connector.runs import kinds, lists, saving, threads
from connector.runs.checkpointer import Checkpointer
from connector.runs.live import LiveRun

GRACE = 25.0  # seconds that running answers get when the process is told to end
LAST_WORDS = 3.0  # seconds after that to close connections and write down what came
SWEEP_EVERY = 10.0  # seconds between two looks for runs of dead processes
PURGE_EVERY = 3600.0  # seconds
LISTS_EVERY = 300.0  # seconds between two looks for lists of models that are old

logger = logging.getLogger(__name__)


class Engine:
    """The runs of this process. One per process, on one event loop."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.lives: dict[int, LiveRun] = {}
        self.checkpointer = Checkpointer(self.lives)
        self.leaving = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._own = [
            self.loop.create_task(self.checkpointer.run()),
            self.loop.create_task(self._keep_house()),
            self.loop.create_task(self._keep_lists()),
        ]

    def start(self, run: Run) -> None:
        """From any thread. A run that lives here already stays as it is."""
        if run.pk not in self.lives:
            live = self.lives[run.pk] = LiveRun(run.pk, run.kind, run.errand)
            live.on_unsaved = self.checkpointer.wake
            # Without the context of the request: its database connections and its threads end with it.
            self.loop.call_soon_threadsafe(self._spawn, live, context=contextvars.Context())

    def stop(self, run_id: int) -> None:
        """From any thread; nothing happens when it does not live here."""
        if live := self.lives.get(run_id):
            self.loop.call_soon_threadsafe(live.stop)

    def _spawn(self, live: LiveRun) -> None:
        task = self.loop.create_task(self._run(live), name=f"run {live.run_id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, live: LiveRun) -> None:
        # A run that was just made here is ours already; one that was fetched may be anybody's, or over.
        if live.errand is None and not await self._claim(live):
            self.lives.pop(live.run_id, None)
            live.abandon()
            return
        live.fields["sent"] = timezone.now()
        started = time.monotonic()
        error: errors.ConnectorError | None = None
        try:
            state, error = await self._work(live)
        except Exception:
            logger.exception("Run %s failed because of a mistake of ours.", live.run_id)
            state, error = Run.State.FAILED, errors.Internal(reference=f"run {live.run_id}")
        live.fields.setdefault("duration_ms", round(1000 * (time.monotonic() - started)))
        live.finish(state, error)
        logger.info("Run %s: %s after %s ms.", live.run_id, error.code if error else state, live.fields["duration_ms"])

    async def _claim(self, live: LiveRun) -> bool:
        """Make the run this process's. Not cancelled: `stop` takes effect in `_work`."""
        try:
            return await threads.insist(threads.write, saving.claim, live.run_id)
        except Exception:
            logger.exception("Run %s could not be begun.", live.run_id)
            return False

    async def _work(self, live: LiveRun) -> tuple[Run.State, errors.ConnectorError | None]:
        """Do the work of a run; how it ended, and what went wrong."""
        try:
            if live.stopping is None:
                live.enter(Run.State.SENDING)
                live.work = asyncio.current_task()
                try:
                    return await kinds.work_of(live.kind)(live), None
                finally:
                    live.work = None
        except asyncio.CancelledError:
            if live.stopping is None:
                raise
        except errors.ConnectorError as error:
            if live.stopping is None:
                if isinstance(error, errors.KeyRefused):
                    await self._tell_administrators(live)
                if isinstance(error, errors.BadAnswer) and live.recorder:
                    live.recorder.failed(error)
                return outcome(error, live.has_text), error
        if isinstance(live.stopping, errors.ConnectorError):
            return Run.State.INTERRUPTED, live.stopping
        return Run.State.STOPPED, None

    async def _tell_administrators(self, live: LiveRun) -> None:
        with contextlib.suppress(DatabaseError):
            await threads.write(saving.mark_key_refused, live.run_id)

    async def _keep_house(self) -> None:
        purged = -PURGE_EVERY
        while True:
            try:
                await threads.read(saving.sweep, list(self.lives))
                if self.loop.time() - purged > PURGE_EVERY:
                    purged = self.loop.time()
                    await threads.read(saving.purge)
            except DatabaseError as error:
                logger.warning("Housekeeping waits for the database: %s", error)
            except Exception:
                logger.exception("Housekeeping failed.")
            await asyncio.sleep(SWEEP_EVERY)

    async def _keep_lists(self) -> None:
        while True:
            await asyncio.sleep(LISTS_EVERY)
            try:
                await lists.refresh()
            except DatabaseError as error:
                logger.warning("Lists of models wait for the database: %s", error)
            except Exception:
                logger.exception("Lists of models were not refreshed.")

    async def shutdown(self, grace: float) -> None:
        """Let running answers come to their end for `grace` seconds, then keep what came of the others."""
        self.leaving = True
        await self._settled(grace)
        for live in list(self.lives.values()):
            live.stop(errors.Interrupted())
        await self._settled(LAST_WORDS)
        for task in [*self._own, *self._tasks]:
            task.cancel()
        await asyncio.gather(*self._own, *self._tasks, return_exceptions=True)
        if self.lives:
            logger.error("Not saved, because the database is away: the ends of runs %s.", sorted(self.lives))

    async def _settled(self, seconds: float) -> None:
        """Until every run has ended and is saved, at most `seconds`."""
        deadline = self.loop.time() + seconds
        while self.lives and self.loop.time() < deadline:  # noqa: ASYNC110  # once per process; an event would need care
            await asyncio.sleep(0.05)


def outcome(error: errors.ConnectorError, has_text: bool) -> Run.State:
    """The state a run ends in because of `error` (`reliability.md` 2 and 3)."""
    match error:
        case errors.Filtered():
            return Run.State.FILTERED
        case errors.BrokenOff():
            return Run.State.INTERRUPTED
        case _:
            return Run.State.INTERRUPTED if has_text else Run.State.FAILED


_engine: Engine | None = None


async def startup() -> None:
    """Make this process one that runs answers. Called once, on the event loop that serves."""
    global _engine
    if _engine is None:
        _engine = Engine()


async def shutdown(grace: float = GRACE) -> None:
    """End what runs here, within `grace` seconds and a few more to write it down."""
    global _engine
    if _engine is not None:
        await _engine.shutdown(grace)
        _engine = None
        await threads.close()
        await transport.close_pools()


@contextlib.asynccontextmanager
async def running(grace: float = 0.0) -> AsyncIterator[Engine]:
    """`async with engine.running():` a process that runs answers, for a while: for tests and commands."""
    await startup()
    assert _engine is not None  # noqa: S101  # `startup` made it
    try:
        yield _engine
    finally:
        await shutdown(grace)


def is_up() -> bool:
    """Whether this process runs answers."""
    return _engine is not None


def live(run_id: int) -> LiveRun | None:
    """The run, when it lives in this process."""
    return _engine.lives.get(run_id) if _engine else None


def start(run: Run) -> None:
    """Start a queued run in this process; from sync or async code, after its rows are committed.

    Inside a transaction it starts after the commit. A run that was started already stays as it is. Where no engine
    runs, or the process is about to end, the run fails with a reason instead of waiting for ever.
    """
    if connections[router.db_for_write(Run)].in_atomic_block:
        transaction.on_commit(partial(_start, run), using=router.db_for_write(Run))
    else:
        _start(run)


def _start(run: Run) -> None:
    if _engine is None:
        _refuse(run.pk, errors.NotServing(), Run.State.FAILED)
    elif _engine.leaving:
        _refuse(run.pk, errors.Interrupted(), Run.State.INTERRUPTED)
    else:
        _engine.start(run)
    run.errand = None  # starting it once more has to look at the row


def _refuse(run_id: int, error: errors.ConnectorError, state: Run.State) -> None:
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        saving.refuse(run_id, error, state)
    else:
        # It may outlive the request that it came from, and with it the request's threads.
        refused = sync_to_async(saving.refuse)(run_id, error, state)
        task = loop.create_task(refused, context=contextvars.Context())
        _refusals.add(task)
        task.add_done_callback(_refusals.discard)


_refusals: set[asyncio.Task[None]] = set()  # so that they are not collected before they are done


def stop(run: Run) -> None:
    """Stop a run, from any process and as often as you like; the part that came is kept. Sync: it writes the row.

    Here it stops at once; in another process at that one's next checkpoint, within a second.
    """
    run.request_stop()
    if _engine:
        _engine.stop(run.pk)


async def astop(run: Run) -> None:
    """`stop` for async code."""
    await sync_to_async(stop)(run)
