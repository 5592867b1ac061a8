"""The door over HTTP: curl, other clients, and the official one."""

import asyncio
import time
from unittest import TestCase

import httpx
import openai
from django.test import AsyncClient, SimpleTestCase, override_settings

from connector.sandbox.replies.models import DESCRIPTIONS
from connector.sandbox.views import places
from tests.sandbox import a_body, a_door

KEY = {"authorization": "Bearer anything"}
FAST = {"x-sandbox-pace": "inf"}
MESSAGES = [{"role": "user", "content": "Hello"}]


class DoorTests(SimpleTestCase):
    """Django's side of it, without a server."""

    async def asked(self, path="v1/chat/completions", headers=KEY, **parameters):
        client = AsyncClient(enforce_csrf_checks=True)
        body = a_body(model="sandbox-fast", **parameters)
        return await client.post(f"/sandbox/{path}", body, content_type="application/json", headers=headers)

    async def test_a_key_is_needed_and_any_will_do(self):
        for headers, status in (
            ({}, 401),
            ({"authorization": "Bearer "}, 401),
            ({"authorization": "Basic YTpi"}, 401),
            ({"authorization": "Bearer x"}, 200),
            ({"api-key": "x"}, 200),
        ):
            response = await self.asked(headers=headers)
            self.assertEqual(response.status_code, status, headers)

    async def test_without_a_key_it_says_so_as_the_api_does(self):
        error = (await self.asked(headers={})).json()["error"]
        self.assertEqual(error["type"], "invalid_request_error")
        self.assertIn("didn't provide an API key", error["message"])
        path = "openai/deployments/sandbox/chat/completions?api-version=2024-10-21"
        self.assertEqual((await self.asked(path, headers={})).json()["error"]["code"], "401")

    @override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1000)
    async def test_a_body_that_is_too_large_is_refused(self):
        response = await self.asked(user="x" * 1000)
        self.assertEqual(response.status_code, 413)
        self.assertEqual(response.json()["error"]["type"], "invalid_request_error")

    async def test_a_refusal_is_the_apis_not_djangos(self):
        response = await self.asked(temperature=3)
        self.assertEqual(response.status_code, 400)
        self.assertEqual(response.json()["error"]["param"], "temperature")
        self.assertTrue(response.headers["x-request-id"].startswith("req_"))

    async def test_nothing_is_remembered_of_the_client(self):
        response = await self.asked()
        self.assertEqual(response.cookies, {})

    async def test_other_paths_are_not_its_own(self):
        self.assertEqual((await self.asked("v2/chat/completions")).status_code, 404)


class ServerTests(TestCase):
    """Over a real connection."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.door = cls.enterClassContext(a_door())

    def post(self, client, **parameters):
        return client.stream("POST", "/v1/chat/completions", json=a_body(**{"stream": True, **parameters}))

    def a_client(self, **options):
        return httpx.Client(base_url=self.door, headers=KEY, trust_env=False, timeout=5, **options)

    def test_a_stream_truly_streams(self):
        with self.a_client() as client, self.post(client, max_completion_tokens=20) as response:
            times = [time.monotonic() for _ in response.iter_raw()]
        self.assertGreater(times[-1] - times[0], 0.2)

    def test_a_stream_that_is_cut_ends_cleanly_without_its_end(self):
        with self.a_client() as client, self.post(client, model="sandbox-cut") as response:
            text = response.read().decode()
        self.assertIn("data: ", text)
        self.assertNotIn("[DONE]", text)
        self.assertNotIn('"finish_reason":"stop"', text)

    def test_a_connection_that_breaks_midway_breaks(self):
        received = b""
        asked = {"model": "sandbox-reset-midway"}
        with (
            self.assertRaises(httpx.RemoteProtocolError),
            self.a_client() as client,
            self.post(client, **asked) as response,
        ):
            for piece in response.iter_raw():
                received += piece
        self.assertIn(b"data: ", received)

    def test_connections_that_fail_come_as_near_to_it_as_a_server_can(self):
        for model in ("sandbox-reset", "sandbox-refused", "sandbox-dns"):
            with self.subTest(model), self.a_client() as client, self.post(client, model=model) as response:
                self.assertEqual(response.status_code, 502)
                with self.assertRaises(httpx.RemoteProtocolError):
                    response.read()

    def test_waiting_in_vain(self):
        for model in ("sandbox-hang", "sandbox-stall"):
            with self.subTest(model), self.a_client() as client, self.assertRaises(httpx.ReadTimeout):
                client.post("/v1/chat/completions", json=a_body(model=model, stream=True), headers=FAST, timeout=0.3)

    def test_a_client_that_leaves_gives_its_place_back(self):
        with self.a_client() as client, self.post(client, model="sandbox-drip") as response:
            pieces = response.iter_raw()
            next(pieces)
            self.assertEqual(places.taken, 1)
        until = time.monotonic() + 5
        while places.taken and time.monotonic() < until:
            time.sleep(0.02)
        self.assertEqual(places.taken, 0)

    def test_a_second_try_is_answered(self):
        with self.a_client() as client:
            body = a_body("by hand", model="sandbox-429")
            first, second = (client.post("/v1/chat/completions", json=body, headers=FAST) for _ in range(2))
        self.assertEqual((first.status_code, first.headers["retry-after"], second.status_code), (429, "2", 200))


class OfficialClientTests(TestCase):
    """The `openai` package takes the sandbox for the real thing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.door = cls.enterClassContext(a_door())

    def setUp(self):
        azure = {"azure_endpoint": self.door, "api_version": "2025-04-01-preview"}
        common = {"api_key": "anything", "max_retries": 0, "default_headers": FAST}
        self.clients = {
            "OpenAI": openai.OpenAI(base_url=f"{self.door}/v1", **common),
            "OpenAI at Azure's v1": openai.OpenAI(base_url=f"{self.door}/openai/v1", **common),
            "AzureOpenAI": openai.AzureOpenAI(**azure, **common),
        }
        self.entra = openai.AzureOpenAI(
            **azure, azure_ad_token="token", **{name: value for name, value in common.items() if name != "api_key"}
        )
        self.retrying = self.clients["OpenAI"].with_options(max_retries=2)
        self.async_clients = {
            "AsyncOpenAI": lambda: openai.AsyncOpenAI(base_url=f"{self.door}/v1", **common),
            "AsyncAzureOpenAI": lambda: openai.AsyncAzureOpenAI(**azure, **common),
        }
        for client in (*self.clients.values(), self.entra):
            self.addCleanup(client.close)

    def test_create(self):
        for name, client in self.clients.items():
            with self.subTest(name):
                answer = client.chat.completions.create(model="sandbox", messages=MESSAGES, temperature=0.5)
                self.assertIn("| `temperature` | `0.5` |", answer.choices[0].message.content)
                self.assertEqual(answer.choices[0].finish_reason, "stop")
                self.assertEqual(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens)
                self.assertTrue(answer._request_id.startswith("req_"))

    def test_an_entra_token_opens_it(self):
        self.assertTrue(self.entra.chat.completions.create(model="sandbox", messages=MESSAGES).choices)

    def test_stream(self):
        for name, client in self.clients.items():
            with self.subTest(name):
                stream = client.chat.completions.create(
                    model="sandbox", messages=MESSAGES, seed=1, stream=True, stream_options={"include_usage": True}
                )
                chunks = list(stream)
                text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
                whole = client.chat.completions.create(model="sandbox", messages=MESSAGES, seed=1)
                self.assertEqual(text, whole.choices[0].message.content)
                self.assertEqual(chunks[-1].usage.completion_tokens, whole.usage.completion_tokens)

    def test_stream_helper_collects_choices_and_tools(self):
        tool = {
            "type": "function",
            "function": {
                "name": "look",
                "strict": True,
                "parameters": {
                    "type": "object",
                    "properties": {"where": {"type": "string"}},
                    "required": ["where"],
                    "additionalProperties": False,
                },
            },
        }
        client = self.clients["OpenAI"]
        with client.chat.completions.stream(model="sandbox", messages=MESSAGES, tools=[tool], n=2) as stream:
            answer = stream.get_final_completion()
        calls = [choice.message.tool_calls[0].function for choice in answer.choices]
        self.assertEqual([call.parsed_arguments for call in calls], [{"where": "sample where"}] * 2)

    def test_models(self):
        for name, client in self.clients.items():
            with self.subTest(name):
                self.assertEqual([model.id for model in client.models.list()], list(DESCRIPTIONS))
                self.assertEqual(client.models.retrieve("sandbox-429").owned_by, "sandbox")

    def test_async(self):
        async def talk(make):
            async with make() as client:
                answer = await client.chat.completions.create(model="sandbox", messages=MESSAGES, seed=1)
                stream = await client.chat.completions.create(model="sandbox", messages=MESSAGES, seed=1, stream=True)
                text = "".join([c.choices[0].delta.content or "" async for c in stream if c.choices])
                listed = [model.id async for model in client.models.list()]
                return answer.choices[0].message.content == text, listed == list(DESCRIPTIONS)

        for name, make in self.async_clients.items():
            with self.subTest(name):
                self.assertEqual(asyncio.run(talk(make)), (True, True))

    def test_errors_are_those_of_the_api(self):
        client = self.clients["OpenAI"]
        for model, error in {
            "sandbox-401": openai.AuthenticationError,
            "sandbox-403": openai.PermissionDeniedError,
            "sandbox-404": openai.NotFoundError,
            "sandbox-429-long": openai.RateLimitError,
            "sandbox-quota": openai.RateLimitError,
            "sandbox-500": openai.InternalServerError,
            "sandbox-filter": openai.BadRequestError,
            "sandbox-context": openai.BadRequestError,
        }.items():
            with self.subTest(model), self.assertRaises(error) as raised:
                client.chat.completions.create(model=model, messages=MESSAGES)
            self.assertTrue(raised.exception.request_id.startswith("req_"))
        with self.assertRaises(openai.BadRequestError) as raised:
            client.chat.completions.create(model="sandbox", messages=MESSAGES, temperature=3)
        self.assertEqual((raised.exception.param, raised.exception.code), ("temperature", "decimal_above_max_value"))

    def test_it_waits_and_tries_again_when_told_to(self):
        began = time.monotonic()
        answer = self.retrying.chat.completions.create(
            model="sandbox-429", messages=[{"role": "user", "content": "Only asked here"}]
        )
        self.assertTrue(answer.choices[0].message.content)
        self.assertGreater(time.monotonic() - began, 1.5)

    def test_an_error_midway(self):
        stream = self.clients["OpenAI"].chat.completions.create(
            model="sandbox-error-midway", messages=MESSAGES, stream=True
        )
        with self.assertRaises(openai.APIError):
            list(stream)
