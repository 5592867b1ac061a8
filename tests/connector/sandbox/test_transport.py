"""The door inside the process: an answer arrives while it is still being written."""

import asyncio
import math
import time
from unittest import IsolatedAsyncioTestCase, TestCase

import httpx

from connector.sandbox import ENDPOINT
from connector.sandbox.transport import SandboxTransport
from tests.sandbox import CHAT, a_body, send


def a_client(pace=None):
    return httpx.AsyncClient(transport=SandboxTransport(pace), base_url=ENDPOINT + "/")


class StreamTests(IsolatedAsyncioTestCase):
    async def asked(self, client, **parameters):
        request = client.build_request("POST", "chat/completions", json=a_body(stream=True, **parameters))
        return await client.send(request, stream=True)

    async def test_the_first_chunk_comes_before_the_last_is_written(self):
        async with a_client(pace=500) as client:
            response = await self.asked(client)
            times = [time.monotonic() async for _ in response.aiter_raw()]
        self.assertGreater(len(times), 50)
        self.assertGreater(times[-1] - times[0], len(times) / 500 * 0.8)

    async def test_a_person_waits_a_moment_and_can_read_along(self):
        began = time.monotonic()
        async with a_client() as client:
            response = await self.asked(client, max_completion_tokens=20)
            times = [time.monotonic() - began async for _ in response.aiter_raw()]
        self.assertTrue(0.15 <= times[0] < 3, times[0])
        self.assertTrue(0.3 < times[-1] - times[0] < 5, times[-1])

    async def test_the_fast_model_does_not_wait(self):
        began = time.monotonic()
        async with a_client() as client:
            response = await self.asked(client, model="sandbox-fast")
            await response.aread()
        self.assertLess(time.monotonic() - began, 1.5)  # at the usual pace it is longer

    async def test_a_long_answer_without_delay_lets_others_run(self):
        turns = 0

        async def other():
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        async with a_client(math.inf) as client:
            beside = asyncio.create_task(other())
            response = await self.asked(client)
            chunks = [chunk async for chunk in response.aiter_raw()]
            beside.cancel()
        self.assertGreater(turns, len(chunks) / 2)

    async def test_closing_ends_the_answer(self):
        request = httpx.Request("POST", ENDPOINT + "/chat/completions", json=a_body(stream=True))
        stream = (await SandboxTransport().handle_async_request(request)).stream
        pieces = aiter(stream)
        await anext(pieces)
        await stream.aclose()
        with self.assertRaises(StopAsyncIteration):
            await anext(pieces)

    async def test_many_at_once_keep_their_pace(self):
        async def one(client):
            return len(await (await self.asked(client, seed=1, max_completion_tokens=25)).aread())

        async with a_client() as client:
            began = time.monotonic()
            await asyncio.gather(*(one(client) for _ in range(50)))
        self.assertLess(time.monotonic() - began, 10)  # one after the other it is half a minute

    async def test_the_pace_makes_every_wait_shorter(self):
        began = time.monotonic()
        async with a_client(pace=5000) as client:
            response = await self.asked(client, model="sandbox-slow")
            await response.aread()
        self.assertTrue(0.15 < time.monotonic() - began < 5)

    async def test_the_pace_can_be_asked_for(self):
        began = time.monotonic()
        async with a_client() as client:
            await client.post("chat/completions", json=a_body(), headers={"x-sandbox-pace": "inf"})
        self.assertLess(time.monotonic() - began, 1.5)  # at the usual pace it is longer


class PathTests(TestCase):
    def test_spellings_of_azure(self):
        for path in (
            "/openai/deployments/sandbox/chat/completions?api-version=2024-10-21",
            "/openai/v1/chat/completions",
            "/openai/v1/chat/completions?api-version=preview",
        ):
            self.assertEqual(send("POST", path, json=a_body()).status_code, 200, path)

    def test_a_deployment_decides_about_the_model(self):
        path = "/openai/deployments/sandbox-401/chat/completions?api-version=2024-10-21"
        self.assertEqual(send("POST", path, json=a_body()).status_code, 401)
        path = "/openai/deployments/nobody/chat/completions?api-version=2024-10-21"
        self.assertEqual(send("POST", path, json=a_body()).json()["error"]["code"], "DeploymentNotFound")

    def test_azures_dated_versions_need_their_date(self):
        reply = send("POST", "/openai/deployments/sandbox/chat/completions", json=a_body())
        self.assertEqual((reply.status_code, reply.json()["error"]["message"]), (404, "Resource not found"))

    def test_azure_has_its_own_request_id_and_first_event(self):
        path = "/openai/deployments/sandbox/chat/completions?api-version=2024-10-21"
        reply = send("POST", path, json=a_body(stream=True))
        self.assertIn("apim-request-id", reply.headers)
        self.assertIn('"choices":[],"prompt_filter_results"', reply.text.split("\n\n")[0])

    def test_unknown_paths_and_methods(self):
        for method, path, status in (
            ("GET", "/", 404),
            ("POST", "/v1/nothing", 404),
            ("GET", "/v1/models/nobody", 404),
            ("GET", CHAT, 405),
            ("POST", "/v1/models", 405),
        ):
            reply = send(method, path)
            self.assertEqual(reply.status_code, status, path)
            self.assertEqual(reply.json()["error"]["type"], "invalid_request_error")
