"""Calls an ASGI application as a server would, without one."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from config.serving.asgi_types import App, Message

GONE = {"type": "http.disconnect"}


@dataclass
class Answer:
    status: int = 0
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""
    complete: bool = False

    def __getitem__(self, name: str) -> str:
        """The value of a header; the values, joined, if it came more than once."""
        return ", ".join(value.decode() for key, value in self.headers if key.lower() == name.encode())


def request(
    method: str = "GET",
    path: str = "/",
    headers: dict[str, str] | None = None,
    body: Sequence[bytes | float] = (),
    scheme: str = "http",
) -> tuple[dict[str, Any], list[bytes | float]]:
    """A scope, and a body in the pieces in which it comes; a number is a pause in seconds."""
    named = {"host": "localhost", **(headers or {})}
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "scheme": scheme,
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8000),
        "headers": [(name.encode(), value.encode()) for name, value in named.items()],
    }
    return scope, list(body)


def call(app: App, scope: dict[str, Any], body: list[bytes | float]) -> Answer:
    """What `app` answers. The connection stays open until it has."""
    answer = Answer()
    ended = False

    async def receive() -> Message:
        nonlocal ended
        while body:
            piece = body.pop(0)
            if isinstance(piece, bytes):
                ended = not body
                return {"type": "http.request", "body": piece, "more_body": bool(body)}
            await asyncio.sleep(piece)
        if not ended and not answer.complete:
            ended = True
            return {"type": "http.request", "body": b"", "more_body": False}
        if answer.complete:
            return GONE
        await asyncio.sleep(60)
        return GONE

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status, answer.headers = message["status"], list(message["headers"])
        else:
            answer.body += message.get("body", b"")
            answer.complete = not message.get("more_body", False)

    asyncio.run(app(scope, receive, send))
    return answer


def replying(status: int = 200, headers: Sequence[tuple[str, str]] = (), body: bytes = b"fine") -> App:
    """An application that reads the whole body and then gives this answer."""

    async def app(scope, receive, send):
        while (await receive()).get("more_body"):
            pass
        pairs = [(name.encode(), value.encode()) for name, value in headers]
        await send({"type": "http.response.start", "status": status, "headers": pairs})
        await send({"type": "http.response.body", "body": body})

    return app
