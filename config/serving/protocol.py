"""uvicorn's HTTP, with an end to patience before a request has even begun to be one.

httptools collects a request's head for as long and as much as somebody likes to send.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from config.serving.asgi_types import Receive, Scope, Send
from config.serving.headers import SafeHeaders, complete
from config.serving.refusal import refuse

LARGEST = 64_000  # bytes of a request line and its headers
PATIENCE = 20.0  # seconds for them to come, from the connection or their first byte on


def plain(status: bytes, sentence: str) -> bytes:
    """A whole answer from before the application, with the headers that every answer carries."""
    body = f"{sentence}\n".encode()
    own = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    lines = [name + b": " + value for name, value in complete([*own, (b"connection", b"close")], https=False)]
    return b"\r\n".join([b"HTTP/1.1 " + status, *lines, b"", body])


async def busy(scope: Scope, receive: Receive, send: Send) -> None:
    await refuse(send, 503, "Too many connections are open just now. Try again in a minute.")


class Protocol(HttpToolsProtocol):
    in_head = True  # waiting for the end of a request's headers
    head_bytes = 0
    head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:  # as in uvicorn: a Transport
        super().connection_made(transport)
        self._begin_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_head()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.in_head:
            self.head_bytes += len(data)
            if self.head_bytes > LARGEST and not self.transport.is_closing():
                self.transport.write(plain(b"431 Request Header Fields Too Large", "The request head is too large."))
                self.transport.close()

    def send_400_response(self, msg: str) -> None:
        self.transport.write(plain(b"400 Bad Request", "This is not HTTP."))
        self.transport.close()

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:  # Any: uvicorn's own types
        """Over `limit_concurrency` uvicorn puts an application of its own in the place of ours."""
        if app is not self.app:
            app = SafeHeaders(busy)
        super()._start_asgi_task(cycle, app)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._begin_head()

    def on_headers_complete(self) -> None:
        self._end_head()
        super().on_headers_complete()

    def _begin_head(self) -> None:
        self._end_head()
        self.in_head, self.head_bytes = True, 0
        self.head_timer = self.loop.call_later(PATIENCE, self.transport.close)

    def _end_head(self) -> None:
        self.in_head = False
        if self.head_timer is not None:
            self.head_timer.cancel()
            self.head_timer = None
