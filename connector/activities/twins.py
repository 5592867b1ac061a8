"""An algorithm is written once, async; its sync twin is made here."""

import asyncio
import functools
from collections.abc import Awaitable, Callable

from asgiref.sync import async_to_sync


def sync[**P, R](function: Callable[P, Awaitable[R]]) -> Callable[P, R]:
    """The sync twin of `function`, under its name without the leading `a`.

    Raises `RuntimeError` where an event loop is running, because it would stand still meanwhile.
    """
    name = function.__name__.removeprefix("a")

    @functools.wraps(function)
    def twin(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return async_to_sync(function)(*args, **kwargs)
        raise RuntimeError(
            f"{name}() cannot be called inside a running event loop: await {function.__name__}() instead."
        )

    twin.__name__ = twin.__qualname__ = name
    return twin
