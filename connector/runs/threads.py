"""Where the database is talked to: a few threads with connections of their own, so that the event loop never waits.

One thread writes checkpoints, a few read, two take care of pictures. Their connections stay open; one that failed is
closed, so that the next call begins with a fresh one.
"""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import DatabaseError, InterfaceError, OperationalError, connections

PATIENCE = 25.0  # seconds that a new run waits for a database that is away
DRAWERS = 2  # decoding a picture takes memory: as many at once
READERS = 4  # they mostly wait; a database connection each

AWAY = (OperationalError, InterfaceError)  # locked, read-only, restarted, not reachable: the same may work later

logger = logging.getLogger(__name__)

_lock = threading.Lock()
_pools: dict[str, ThreadPoolExecutor] = {}


def _pool(name: str, threads: int) -> ThreadPoolExecutor:
    with _lock:
        if name not in _pools:
            _pools[name] = ThreadPoolExecutor(threads, thread_name_prefix=f"runs-{name}")
        return _pools[name]


async def write[**P, R](function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """`function` in the thread that writes; one after the other."""
    return await _in(_pool("write", 1), function, *args, **kwargs)


async def read[**P, R](function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """`function` in one of the threads that read."""
    return await _in(_pool("read", READERS), function, *args, **kwargs)


async def look[**P, R](function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """`function` in one of the threads that look into pictures and store them."""
    return await _in(_pool("pictures", DRAWERS), function, *args, **kwargs)


async def insist[**P, R](
    where: Callable[..., Awaitable[R]], function: Callable[P, R], *args: P.args, **kwargs: P.kwargs
) -> R:
    """`where` (`read`, `write`) with `function`; while the database is away once a second, up to `PATIENCE`."""
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while True:
        try:
            return await where(function, *args, **kwargs)
        except AWAY as error:
            if asyncio.get_running_loop().time() > deadline:
                raise
            logger.warning("Waiting for the database: %s", error)
            await asyncio.sleep(1)


async def _in[**P, R](pool: ThreadPoolExecutor, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    def call() -> R:
        try:
            return function(*args, **kwargs)
        except (DatabaseError, InterfaceError):
            connections.close_all()
            raise

    return await asyncio.get_running_loop().run_in_executor(pool, call)


async def close() -> None:
    """Close the threads and their connections. A later call makes new ones."""
    with _lock:
        pools = list(_pools.values())
        _pools.clear()
    for pool in pools:
        # As many calls as threads, each waiting for the others: so every thread gets one.
        together = threading.Barrier(pool._max_workers)
        await asyncio.gather(*(_in(pool, _close_connections, together) for _ in range(pool._max_workers)))
        pool.shutdown(wait=False)


def _close_connections(together: threading.Barrier) -> None:
    with contextlib.suppress(threading.BrokenBarrierError):
        together.wait(timeout=1)  # seconds; one that is stuck keeps its connection until the process ends
    connections.close_all()
