"""Only a few requests at a time, and none that keeps the others out."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from unittest import IsolatedAsyncioTestCase

from config.serving.turnstile import LONGEST, PLACES, Turnstile

HTTP = {"type": "http"}
START = {"type": "http.response.start", "status": 200, "headers": []}


async def nothing(*_: Any) -> Any:
    return None


async def whole() -> Any:
    """The body of a request, all of it at once."""
    return {"type": "http.request", "body": b"", "more_body": False}


class House:
    """An application that reads the body as Django does, counts who is inside, and does `then` with each."""

    def __init__(self, then: Callable[[Callable[..., Awaitable[None]]], Awaitable[None]]) -> None:
        self.then = then
        self.inside = self.most = self.came = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()
        self.came += 1
        self.inside += 1
        self.most = max(self.most, self.inside)
        try:
            await self.then(send)
        finally:
            self.inside -= 1


def crowd(house: House, people: int) -> asyncio.Future[Any]:
    door = Turnstile(house)
    return asyncio.gather(*(door(HTTP, whole, nothing) for _ in range(people)), return_exceptions=True)


class TurnstileTests(IsolatedAsyncioTestCase):
    async def test_a_few_are_inside_and_all_get_in(self):
        house = House(lambda send: asyncio.sleep(0.001))
        await crowd(house, 50)
        self.assertEqual((house.most, house.came), (PLACES, 50))

    async def test_who_streams_leaves_the_place_to_others(self):
        async def stream(send: Callable[..., Awaitable[None]]) -> None:
            await send(START)
            await asyncio.sleep(LONGEST / 2)

        house = House(stream)
        await crowd(house, 20)
        self.assertEqual(house.most, 20)

    async def test_who_waits_for_something_else_gives_the_place_away(self):
        house = House(lambda send: asyncio.sleep(LONGEST * 2))
        waiting = crowd(house, 2 * PLACES)
        await asyncio.sleep(LONGEST * 1.5)
        self.assertEqual(house.came, 2 * PLACES)
        await waiting

    async def test_who_sends_slowly_keeps_nobody_waiting(self):
        house = House(lambda send: asyncio.sleep(0.001))
        door = Turnstile(house)
        slow = [asyncio.ensure_future(door(HTTP, lambda: asyncio.sleep(60), nothing)) for _ in range(20)]
        await asyncio.sleep(0)
        async with asyncio.timeout(LONGEST / 2):
            await door(HTTP, whole, nothing)
        for task in slow:
            task.cancel()

    async def test_who_fails_leaves_too(self):
        async def fail(send: Callable[..., Awaitable[None]]) -> None:
            raise ValueError

        house = House(fail)
        await crowd(house, 3 * PLACES)
        self.assertEqual(house.came, 3 * PLACES)

    async def test_a_place_is_left_only_once(self):
        async def answer(send: Callable[..., Awaitable[None]]) -> None:
            await send(START)
            await send({"type": "http.response.body", "body": b""})

        door = Turnstile(House(answer))
        for _ in range(10):
            await door(HTTP, whole, nothing)
        house = House(lambda send: asyncio.sleep(0.001))
        door.app = house
        await asyncio.gather(*(door(HTTP, whole, nothing) for _ in range(30)))
        self.assertEqual(house.most, PLACES)
