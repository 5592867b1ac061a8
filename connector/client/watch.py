"""A deadline that may be moved for nothing.

`asyncio.timeout` makes and drops a timer for every wait: 3 µs, and an answer has a wait per token. Here one timer
sleeps until the deadline it was set for, and looks only then whether that has moved.
"""

import asyncio
import math


class Watch:
    """Ends a wait of the current task that lasts too long. One wait at a time:

    watch.start(due)
    try:
        ...await...
    except asyncio.CancelledError:
        if watch.fired(): raise TimeoutError
        raise
    finally:
        watch.stop()
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._due = self._set_for = math.inf
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[object] | None = None
        self._cancelling = 0
        self._rang = False

    def start(self, due: float) -> None:
        """From now on the current task waits, until `due` (the loop's time) at most."""
        self._due, self._task = due, asyncio.current_task()
        if due < self._set_for:
            self._set(due)

    def stop(self) -> None:
        """The wait is over, one way or the other."""
        self._task = None

    def fired(self) -> bool:
        """Whether the wait was cancelled by this watch, and by nobody else."""
        if not self._rang or self._task is None:
            return False
        self._rang = False
        return self._task.uncancel() <= self._cancelling

    def close(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _set(self, due: float) -> None:
        self.close()
        self._set_for, self._timer = due, self._loop.call_at(due, self._ring)

    def _ring(self) -> None:
        self._timer, self._set_for = None, math.inf
        if self._task is None:
            return
        if self._loop.time() < self._due:
            self._set(self._due)
            return
        self._rang, self._cancelling = True, self._task.cancelling()
        self._task.cancel()
