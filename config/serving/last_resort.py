"""A crash that nobody below has answered becomes a plain 500, so that it too carries our headers."""

import logging

from config.serving.asgi_types import App, Message, Receive, Scope, Send
from config.serving.refusal import refuse

logger = logging.getLogger(__name__)


class LastResort:
    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        started = False

        async def send_and_note(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, send_and_note)
        except Exception:  # the boundary of the program
            if started:
                raise  # the server cuts the connection: a broken answer must not look whole
            logger.exception("%s %s failed outside of Django", scope["method"], scope["path"])
            await refuse(send, 500, "Something went wrong here. The server's log says what.")
