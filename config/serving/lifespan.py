"""What happens before the first request and after the last one: the runs' engine is started and stopped."""

import logging

from asgiref.sync import sync_to_async

from config.serving import stopping
from config.serving.asgi_types import App, Receive, Scope, Send
from connector import checks
from connector.runs import engine

logger = logging.getLogger(__name__)


class Lifespan:
    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            return await self.app(scope, receive, send)
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await startup()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await engine.shutdown(grace=stopping.grace_left())
                return await send({"type": "lifespan.shutdown.complete"})


async def startup() -> None:
    # Each process looks, because each has read the key for itself (`security.md` K4). It starts all the same: the
    # pages say what is wrong, and nothing is sent with a key that cannot be read.
    if problem := await sync_to_async(checks.encryption_key_problem)():
        logger.critical("%s", problem)
    await engine.startup()
