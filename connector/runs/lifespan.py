"""Runs need a server process that knows when it begins and ends: the lifespan of ASGI. In a project's `asgi.py`

    application = Lifespan(get_asgi_application())

Django itself does not answer to it. Without it pages work, and say that this process does not write answers.
"""

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from asgiref.sync import sync_to_async

from connector import checks
from connector.runs import engine

logger = logging.getLogger(__name__)

type Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
type Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
type App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]


class Lifespan:
    """`app`, and around its life that of the runs. `grace`: the seconds they get at the end, asked for then."""

    def __init__(self, app: App, grace: Callable[[], float] = lambda: engine.GRACE) -> None:
        self._app, self._grace = app, grace

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            return await self._app(scope, receive, send)
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await _startup()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await engine.shutdown(grace=self._grace())
                return await send({"type": "lifespan.shutdown.complete"})


async def _startup() -> None:
    # Each process looks, because each has read the key for itself (`security.md` K4). It starts all the same: the
    # pages say what is wrong, and nothing is sent with a key that cannot be read.
    if problem := await sync_to_async(checks.encryption_key_problem)():
        logger.critical("%s", problem)
    await engine.startup()
