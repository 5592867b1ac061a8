"""Pictures and sounds that came and could not be stored: kept in memory for a while, so that a page can offer them.

They were paid for (`reliability.md` R66). This process has them and no other one.
"""

import threading
import time
from collections import OrderedDict

from connector.client.limits import MB

LONGEST = 600.0  # seconds
MOST = 100 * MB  # bytes of all together; the oldest go first

_lock = threading.Lock()
_kept: OrderedDict[int | str, tuple[float, bytes]] = OrderedDict()  # by the key: until when, and what


def of_take(pk: int) -> str:
    """The key of the sound of a take; that of a picture is its pk."""
    return f"take {pk}"


def keep(key: int | str, content: bytes) -> None:
    with _lock:
        _kept[key] = (time.monotonic() + LONGEST, content)
        _forget_old()


def has(key: int | str) -> bool:
    """Whether the file of `key` can be taken."""
    with _lock:
        _forget_old()
        return key in _kept


def take(key: int | str) -> bytes | None:
    """The file of `key`, which is forgotten thereby; None when it is not here (any more)."""
    with _lock:
        _forget_old()
        found = _kept.pop(key, None)
        return found[1] if found else None


def _forget_old() -> None:
    now, total = time.monotonic(), sum(len(content) for _, content in _kept.values())
    while _kept:
        key, (until, content) = next(iter(_kept.items()))
        if until > now and total <= MOST:
            return
        total -= len(content)
        del _kept[key]
