"""Open connections that nobody uses at the moment, a few for each database file."""

import atexit
import threading
from collections import defaultdict, deque

from config.sqlite3.turns import Connection, identity

KEPT = 8  # each may have 2 MB of pages in its cache

_lock = threading.Lock()
_spare: defaultdict[str, deque[Connection]] = defaultdict(deque)


def take(database: str) -> Connection | None:
    """A connection to the file that is there now; none if there is no spare one."""
    with _lock:
        while _spare[database]:
            connection = _spare[database].pop()
            if connection.file == identity(database):
                connection.execute("PRAGMA foreign_keys = ON")  # as after opening; migrations switch it off
                return connection
            connection.close()  # the file was replaced under it
    return None


def put(database: str, connection: Connection) -> bool:
    """Whether it is kept. One that is in the middle of something is not: it has to be closed."""
    if connection.in_transaction or connection.file is None:
        return False
    with _lock:
        if len(_spare[database]) >= KEPT:
            return False
        _spare[database].append(connection)
        return True


@atexit.register
def close_all() -> None:
    """The last one to close leaves one whole file behind."""
    with _lock:
        for connections in _spare.values():
            while connections:
                connections.pop().close()
