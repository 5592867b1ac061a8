"""Pictures that came and could not be stored: kept in memory for a while, so that the page can offer them once.

They were paid for (`reliability.md` R66). This process has them and no other one.
"""

import threading
import time
from collections import OrderedDict

from connector.client.limits import MB

LONGEST = 600.0  # seconds
MOST = 100 * MB  # bytes of all together; the oldest go first

_lock = threading.Lock()
_kept: OrderedDict[int, tuple[float, bytes]] = OrderedDict()  # by the picture's pk: until when, and what


def keep(pk: int, content: bytes) -> None:
    with _lock:
        _kept[pk] = (time.monotonic() + LONGEST, content)
        _forget_old()


def has(pk: int) -> bool:
    """Whether the file of picture `pk` can be taken."""
    with _lock:
        _forget_old()
        return pk in _kept


def take(pk: int) -> bytes | None:
    """The file of picture `pk`, which is forgotten thereby; None when it is not here (any more)."""
    with _lock:
        _forget_old()
        found = _kept.pop(pk, None)
        return found[1] if found else None


def _forget_old() -> None:
    now, total = time.monotonic(), sum(len(content) for _, content in _kept.values())
    while _kept:
        pk, (until, content) = next(iter(_kept.items()))
        if until > now and total <= MOST:
            return
        total -= len(content)
        del _kept[pk]
