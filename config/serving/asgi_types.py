"""The shapes of ASGI 3, as far as we look at them."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

# ASGI's dictionaries hold something else for each type of scope and message
Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def header(scope: Scope, name: bytes) -> bytes:
    """The value of a request header; empty if there is none, or more than one."""
    values = [value for key, value in scope["headers"] if key.lower() == name]
    return bytes(values[0]) if len(values) == 1 else b""
