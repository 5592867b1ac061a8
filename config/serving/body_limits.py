"""Limits on what is sent to us: how much, and how slowly.

Django's ASGI handler writes any body to disk before it looks at the address, the login or a middleware; a stranger
could fill the disk with one request (`security.md` T88). Sizes: `reliability.md` section 5.
"""

import asyncio
import time

from config.serving.asgi_types import App, Message, Receive, Scope, Send, header
from config.serving.refusal import refuse

STRANGER = 64_000  # bytes; a login form has 200
SIGNED_IN = 2_000_000  # so that a message that is far too long still reaches its form, which says so and keeps it
TEXTS = 4_000_000  # 300,000 tokens of texts for vectors, written in any script
SANDBOX = 4_000_000  # a long conversation as JSON
UPLOAD = 30_000_000  # 25 MB of audio or pictures, and what is a little too large still reaches its form, which says so

SANDBOX_PATHS = ("/sandbox/",)
TEXT_PATHS = ("/embeddings/",)
UPLOAD_PATHS = ("/audio/", "/images/", "/prompt/", "/requests/")

PATIENCE = 30.0  # seconds for a body to come, and more for as long as it keeps the pace
PACE = 1_000  # bytes a second
DRAINED = 30_000_000  # bytes of a refused body that are still read away, so that the answer is seen
DRAIN_TIME = 5.0  # seconds


class TooLarge(Exception):
    pass


class TooSlow(Exception):
    pass


class BodyLimits:
    """`session_cookie`: the name whose presence lets somebody send more. That it is a real session is for the
    views to find out; a liar gains the larger limit and no more.
    """

    def __init__(self, app: App, session_cookie: str, patience: float = PATIENCE) -> None:
        self.app = app
        self.session_cookie = session_cookie.encode()
        self.patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        body = Body(receive, self.limit(scope), self.patience)
        declared = header(scope, b"content-length")
        started = False

        async def send_and_note(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            if declared.isdigit() and int(declared[:18]) > body.limit:
                raise TooLarge
            await self.app(scope, body.receive, send_and_note)
        except (TooLarge, TooSlow) as error:
            if started:
                raise  # cannot be answered any more; the server cuts the connection
            if isinstance(error, TooSlow):
                await refuse(send, 408, "The request came too slowly and was given up.")
            else:
                await refuse(send, 413, f"The request is too large; here the limit is {_size(body.limit)}.", body.drain)

    def limit(self, scope: Scope) -> int:
        """How many bytes this request may have."""
        path = scope["path"]
        if path.startswith(SANDBOX_PATHS):
            return SANDBOX
        cookies = b"; ".join(value for name, value in scope["headers"] if name == b"cookie").split(b";")
        if not any(cookie.strip().startswith(self.session_cookie + b"=") for cookie in cookies):
            return STRANGER
        if path.startswith(TEXT_PATHS):
            return TEXTS
        return UPLOAD if path.startswith(UPLOAD_PATHS) else SIGNED_IN


class Body:
    """Counts and times a body while somebody else reads it."""

    def __init__(self, receive: Receive, limit: int, patience: float) -> None:
        self.receive_from_network = receive
        self.limit = limit
        self.patience = patience
        self.began = time.monotonic()
        self.received = 0
        self.complete = False

    async def receive(self) -> Message:
        if self.complete:  # what comes now is the news that the client has gone; that may take for ever
            return await self.receive_from_network()
        try:
            async with asyncio.timeout(self.began + self.patience + self.received / PACE - time.monotonic()):
                message = await self.receive_from_network()
        except TimeoutError as error:
            raise TooSlow from error
        self.count(message)
        if self.received > self.limit:
            raise TooLarge
        return message

    def count(self, message: Message) -> None:
        self.received += len(message.get("body", b""))
        self.complete = not message.get("more_body", False)

    async def drain(self) -> None:
        """Reads on and forgets, within bounds."""
        try:
            async with asyncio.timeout(DRAIN_TIME):
                while not self.complete and self.received < DRAINED:
                    self.count(await self.receive_from_network())
        except TimeoutError:
            pass


def _size(limit: int) -> str:
    return f"{limit // 1_000_000} MB" if limit >= 1_000_000 else f"{limit // 1_000} kB"
