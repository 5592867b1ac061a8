"""Where a stream talks to the database, so that the event loop never waits for it."""

from collections.abc import Awaitable, Callable

from asgiref.sync import sync_to_async
from django.urls import get_script_prefix, set_script_prefix

from connector.runs import engine, threads


def in_database[**P, R](function: Callable[P, R]) -> Callable[P, Awaitable[R]]:
    """In the threads of the engine; where none runs (a test) in the caller's."""
    if not engine.is_up():
        return sync_to_async(function)

    async def call(*args: P.args, **kwargs: P.kwargs) -> R:
        prefix = get_script_prefix()  # links are below it; the engine's threads know of no request

        def below_it() -> R:
            set_script_prefix(prefix)
            return function(*args, **kwargs)

        return await threads.read(below_it)

    return call
