"""Talking to the sandbox in tests: in process, and through a server of its own on loopback."""

import asyncio
import json
import math
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import uvicorn
from django.core.asgi import get_asgi_application

from connector.sandbox.transport import SandboxTransport

CHAT = "/v1/chat/completions"


def a_body(text: Any = "Hello", **parameters: Any) -> dict[str, Any]:
    """A right request for a chat; `messages` may be given instead of a text."""
    return {"model": "sandbox", "messages": [{"role": "user", "content": text}], **parameters}


def ask(text: Any = "Hello", *, pace: float | None = math.inf, path: str = CHAT, **parameters: Any) -> httpx.Response:
    """A chat's whole reply, in process and without waiting unless a pace is given."""
    return send("POST", path, json=a_body(text, **parameters), pace=pace)


def send(method: str, path: str, *, pace: float | None = math.inf, **request: Any) -> httpx.Response:
    async def call() -> httpx.Response:
        async with httpx.AsyncClient(transport=SandboxTransport(pace), base_url="https://sandbox.invalid") as client:
            return await client.request(method, path, **request)

    return asyncio.run(call())


def said(**parameters: Any) -> str:
    """The text of the first choice."""
    return str(ask(**parameters).json()["choices"][0]["message"]["content"])


def chunks(response: httpx.Response) -> list[dict[str, Any]]:
    """The objects of a stream as the API writes it; what comes before the end is checked to be events."""
    *events, done, empty = response.text.split("\n\n")
    assert (done, empty) == ("data: [DONE]", "")
    return [json.loads(event.removeprefix("data: ")) for event in events]


@contextmanager
def a_door() -> Iterator[str]:
    """The sandbox over HTTP in a thread of its own; gives its address up to /sandbox."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(get_asgi_application(), log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/sandbox"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
