"""How long running answers may still go on after the server was asked to stop (`reliability.md` R59).

They get 25 seconds in all: first while uvicorn waits for the connections that watch them, then, if time is left, in
the lifespan's shutdown. `manage.py serve` tells when the signal came.
"""

import time

GRACE = 25.0  # seconds
LEAST = 1.0  # seconds that are always left to write the last texts down

_asked: float | None = None


def begin() -> None:
    global _asked
    _asked = _asked or time.monotonic()


def grace_left() -> float:
    """Seconds from now."""
    return GRACE if _asked is None else max(LEAST, GRACE - (time.monotonic() - _asked))
