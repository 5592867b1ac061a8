"""uvicorn, as this product wants it."""

import contextlib
import socket
from types import FrameType

import uvicorn

from config.serving import stopping
from config.serving.protocol import Protocol

CONNECTIONS = 4_000  # at once; one more is answered with 503 instead of taking memory


class Server(uvicorn.Server):
    """Says when it is ready, and remembers when it was asked to stop."""

    def __init__(self, config: uvicorn.Config, greeting: str) -> None:
        super().__init__(config)
        self.greeting = greeting

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            print(self.greeting, flush=True)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        stopping.begin()
        super().handle_exit(sig, frame)


def run(listener: socket.socket, greeting: str) -> None:
    """Serves until a signal ends it. SIGTERM and SIGINT let running answers go on for 25 seconds."""
    config = uvicorn.Config(
        "config.asgi:application",
        loop="asyncio",  # uvloop showed no gain; docs/decisions/0008
        http=Protocol,
        ws="none",
        lifespan="on",
        log_config=None,  # Django's LOGGING is in force
        access_log=False,  # addresses carry one-time links
        server_header=False,
        proxy_headers=False,  # asgi.py does it, with the proxies of the settings
        timeout_graceful_shutdown=int(stopping.GRACE),
        limit_concurrency=CONNECTIONS,
        reset_contextvars=True,
    )
    with contextlib.suppress(KeyboardInterrupt):  # Ctrl+C is how a person ends it, not a crash
        Server(config, greeting).run(sockets=[listener])
