"""The columns of a person's comparisons take turns, where more of them wait than may be answered at once.

They wait as runs that live: with a heartbeat, watched, and stopped as any other. All columns of a comparison live in
the process that made it, so the turns need no database.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from weakref import WeakValueDictionary

from django.utils import timezone

from connector.models import limits
from connector.runs.live import LiveRun, Waiting

TURN = "turn"  # why nothing comes: a reason of `Waiting`

_gates: "WeakValueDictionary[tuple[int, int], asyncio.Semaphore]" = WeakValueDictionary()  # gone with the last in line


@contextlib.asynccontextmanager
async def turn(live: LiveRun) -> AsyncIterator[None]:
    """While it is the run's turn; at once for what is no column."""
    gate, most = _gate(live)
    if gate is None:
        yield
        return
    if gate.locked():
        live.wait(Waiting(attempt=1, of=most, seconds=0, reason=TURN))
    async with gate:
        live.wait(None)
        live.fields["sent"] = timezone.now()
        yield


def _gate(live: LiveRun) -> tuple[asyncio.Semaphore | None, int]:
    session, most = live.errand and live.errand.session, limits.columns_at_once()
    if not session or not session.comparison_id or not session.user_id or not most:
        return None, most
    key = (session.user_id, most)
    gate = _gates.get(key)
    if gate is None:
        gate = _gates[key] = asyncio.Semaphore(most)
    return gate, most
