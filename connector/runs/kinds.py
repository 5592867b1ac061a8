"""A kind of run → the coroutine that does its work. Images, speech and the others register here, too."""

from collections.abc import Awaitable, Callable

from connector.models import Run
from connector.runs.live import LiveRun

type Work = Callable[[LiveRun], Awaitable[Run.State]]
"""Does the work of a run that is claimed already, and returns the state it ended in.

Raises `ConnectorError` when it failed; the engine finds the state for it. Is cancelled to be stopped: close what is
open, note in `live.fields` what is known, and let the `CancelledError` through.
"""

_KINDS: dict[str, Work] = {}


def register(kind: str) -> Callable[[Work], Work]:
    def keep(work: Work) -> Work:
        _KINDS[kind] = work
        return work

    return keep


def work_of(kind: str) -> Work:
    """Raises `LookupError` for a kind that nobody registered."""
    return _KINDS[kind]
