"""Lets only a few requests at a time into Django's threads; the others wait in order, which costs nothing.

Under ASGI Django gives each request a thread of its own. A hundred of them at once take the interpreter from each other
with every query, and from the event loop that streams: measured with 100 questions at once, the first tokens came after
11 s instead of 1 s. What a request costs is processor time, and of that there is no more for standing in line together.
"""

import asyncio

from config.serving.asgi_types import App, Message, Receive, Scope, Send

PLACES = 4  # a query now and then lets go of the interpreter, so a few make better use of it than one
LONGEST = 0.25  # seconds; a request that waits for something else (a provider, a slow body) gives its place away


class Turnstile:
    def __init__(self, app: App) -> None:
        self.app = app
        self.places = asyncio.Semaphore(PLACES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        await self.places.acquire()
        place = Place(self.places)
        timer = asyncio.get_running_loop().call_later(LONGEST, place.leave)

        async def send_and_leave(message: Message) -> None:
            place.leave()  # the answer is there; what follows is streamed
            await send(message)

        try:
            await self.app(scope, receive, send_and_leave)
        finally:
            timer.cancel()
            place.leave()


class Place:
    """A place inside, left once."""

    def __init__(self, places: asyncio.Semaphore) -> None:
        self.places: asyncio.Semaphore | None = places

    def leave(self) -> None:
        if self.places is not None:
            self.places.release()
            self.places = None
