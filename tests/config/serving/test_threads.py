"""Requests share a few threads, and a stream does not keep one."""

import asyncio
import threading
from typing import Any
from unittest import IsolatedAsyncioTestCase

from asgiref.sync import sync_to_async

from config.serving.threads import KEPT
from config.serving.turnstile import Turnstile

HTTP = {"type": "http"}
START = {"type": "http.response.start", "status": 200, "headers": []}


async def nothing(*_: Any) -> Any:
    return None


async def whole() -> Any:
    return {"type": "http.request", "body": b"", "more_body": False}


class ThreadsTests(IsolatedAsyncioTestCase):
    def setUp(self):
        self.threads: list[int] = []

    async def note_thread(self) -> None:
        self.threads.append(await sync_to_async(threading.get_ident)())

    async def test_all_of_a_request_runs_in_one_thread_and_the_next_request_uses_it_again(self):
        async def view(scope: Any, receive: Any, send: Any) -> None:
            await self.note_thread()
            await self.note_thread()

        door = Turnstile(view)
        for _ in range(3):
            await door(HTTP, whole, nothing)
        self.assertEqual(len(self.threads), 6)
        self.assertEqual(len(set(self.threads)), 1)
        self.assertNotIn(threading.get_ident(), self.threads)

    async def test_requests_that_run_at_once_have_a_thread_each(self):
        together = threading.Barrier(3)

        async def view(scope: Any, receive: Any, send: Any) -> None:
            await sync_to_async(together.wait)(timeout=10)  # in one thread they would wait for each other for ever
            await self.note_thread()

        door = Turnstile(view)
        await asyncio.gather(*(door(HTTP, whole, nothing) for _ in range(3)))
        self.assertEqual(len(set(self.threads)), 3)

    async def test_a_stream_gives_its_thread_away_when_its_answer_begins(self):
        begun, over = asyncio.Semaphore(0), asyncio.Event()

        async def stream(scope: Any, receive: Any, send: Any) -> None:
            await self.note_thread()
            await send(START)
            begun.release()
            await over.wait()
            await self.note_thread()  # what has to be closed at the end

        door = Turnstile(stream)
        first = asyncio.create_task(door(HTTP, whole, nothing))
        await begun.acquire()
        second = asyncio.create_task(door(HTTP, whole, nothing))
        await begun.acquire()
        self.assertEqual(len(set(self.threads)), 1)
        over.set()
        await asyncio.gather(first, second)
        self.assertEqual(len(self.threads), 4)

    async def test_after_a_crowd_only_a_few_threads_stay(self):
        together = threading.Barrier(KEPT + 4)

        async def view(scope: Any, receive: Any, send: Any) -> None:
            await sync_to_async(together.wait)(timeout=10)

        door = Turnstile(view)
        await asyncio.gather(*(door(HTTP, nothing, nothing) for _ in range(KEPT + 4)), return_exceptions=True)
        self.assertEqual(len(door.threads.idle), KEPT)
