"""Tells the readers of a run why nothing comes."""

import asyncio
from collections.abc import Callable

from connector.client.limits import Limits
from connector.client.transport import Wait
from connector.runs.live import LiveRun, Waiting

COUNT_DOWN_AFTER = 10.0  # seconds without a sign of an answer until the reader is told how long we go on waiting


class Patience:
    """Tells the readers why nothing comes: a wait before another try, or a provider that has not begun."""

    def __init__(self, live: LiveRun, limits: Limits, count_down_after: float = COUNT_DOWN_AFTER) -> None:
        self.live, self.limits, self.count_down_after = live, limits, count_down_after
        self.attempt = 1
        self._timer: asyncio.TimerHandle | None = None

    @property
    def retries(self) -> int:
        return self.attempt - 1

    def begin(self) -> None:
        self._later(self.count_down_after, self._count_down)

    def on_wait(self, wait: Wait) -> None:
        self.attempt = max(self.attempt, wait.attempt)
        self.live.wait(Waiting(wait.attempt, wait.of, wait.seconds, wait.reason))
        # "Trying again (2 of 3)" stays on the page while the next try goes on.
        self._later(wait.seconds + self.count_down_after, self._count_down)

    def end(self) -> None:
        if self._timer:
            self._timer.cancel()
        self.live.wait(None)

    def _count_down(self) -> None:
        left = self.limits.first_byte - self.count_down_after
        if left > 0:
            self.live.wait(Waiting(self.attempt, self.limits.attempts, left, "first_byte"))

    def _later(self, seconds: float, then: Callable[[], None]) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, then)
