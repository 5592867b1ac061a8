"""Lets only a few requests at a time into Django's threads; the others wait in order, which costs nothing.

Under ASGI each request has a thread of its own. A hundred of them at once take the interpreter from each other
with every query, and from the event loop that streams: measured with 100 questions at once, the first tokens came after
11 s instead of 1 s. What a request costs is processor time, and of that there is no more for standing in line together.
"""

import asyncio

from asgiref.sync import ThreadSensitiveContext

from config.serving.asgi_types import App, Message, Receive, Scope, Send
from config.serving.threads import Lent, Threads

PLACES = 4  # a query now and then lets go of the interpreter, so a few make better use of it than one
LONGEST = 0.25  # seconds; a request that waits for something else (a provider) gives its place away


class Turnstile:
    def __init__(self, app: App) -> None:
        self.app = app
        self.places = asyncio.Semaphore(PLACES)
        self.threads = Threads()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        place, thread = Place(self.places), Lent(self.threads)

        async def receive_and_enter() -> Message:
            message = await receive()
            if message["type"] == "http.request" and not message.get("more_body", False):
                await place.enter()  # only now: whoever sends slowly must not keep others waiting
            return message

        async def send_and_leave(message: Message) -> None:
            place.leave()  # the answer is there; what follows is streamed
            thread.release()
            await send(message)

        try:
            async with ThreadSensitiveContext(executor=thread):
                await self.app(scope, receive_and_enter, send_and_leave)
        finally:
            place.leave()
            thread.release()


class Place:
    """A place inside, taken and left once, and left in any case after a while."""

    def __init__(self, places: asyncio.Semaphore) -> None:
        self.places = places
        self.timer: asyncio.TimerHandle | None = None

    async def enter(self) -> None:
        await self.places.acquire()
        self.timer = asyncio.get_running_loop().call_later(LONGEST, self.leave)

    def leave(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
            self.places.release()
