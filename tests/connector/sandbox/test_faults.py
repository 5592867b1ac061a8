"""Each misbehaving model misbehaves as its description says; our own client takes it for what it stands for."""

import asyncio
import math
from unittest import TestCase

import httpx

from connector.catalogue import find
from connector.client import endpoint, errors
from connector.client.breaker import Health
from connector.client.limits import Limits
from connector.client.transport import Client
from connector.operations import chat_completions
from connector.sandbox import ENDPOINT
from connector.sandbox.replies.models import ANSWERING, DESCRIPTIONS, MISBEHAVING
from connector.sandbox.transport import SandboxTransport
from tests.sandbox import CHAT, a_body, ask, chunks, send

STATUS = {
    "sandbox-401": (401, "invalid_api_key"),
    "sandbox-403": (403, "unsupported_country_region_territory"),
    "sandbox-404": (404, "model_not_found"),
    "sandbox-413": (413, None),
    "sandbox-429-long": (429, "rate_limit_exceeded"),
    "sandbox-quota": (429, "credit_balance_exhausted"),
    "sandbox-500": (500, "server_error"),
    "sandbox-503": (503, "server_is_overloaded"),
    "sandbox-context": (400, "context_length_exceeded"),
    "sandbox-filter": (400, "content_filter"),
}

# What our own client makes of a stream: an error, or the finish reason of an answer.
CLIENT = {
    "sandbox-401": errors.KeyRefused,
    "sandbox-403": errors.Forbidden,
    "sandbox-404": errors.NotFound,
    "sandbox-413": errors.TooLargeOrWrongType,
    "sandbox-429": "stop",
    "sandbox-429-long": errors.RateLimited,
    "sandbox-quota": errors.QuotaExhausted,
    "sandbox-500": errors.ProviderTrouble,
    "sandbox-502": errors.ProviderTrouble,
    "sandbox-503": errors.ProviderTrouble,
    "sandbox-context": errors.ContextTooLong,
    "sandbox-filter": errors.Filtered,
    "sandbox-filtered": "content_filter",
    "sandbox-length": "length",
    "sandbox-empty": "stop",
    "sandbox-refusal": "stop",
    "sandbox-slow": "stop",
    "sandbox-hang": errors.FirstByteTimedOut,
    "sandbox-stall": errors.IdleTimedOut,
    "sandbox-drip": "stop",
    "sandbox-cut": errors.CutOff,
    "sandbox-reset": errors.ConnectionReset,
    "sandbox-reset-midway": errors.CutOff,
    "sandbox-error-midway": errors.FailedMidway,
    "sandbox-refused": errors.ConnectionRefused,
    "sandbox-dns": errors.NameNotFound,
    "sandbox-html": errors.NotJSON,
    "sandbox-redirect": errors.Redirected,
    "sandbox-badjson": errors.BadAnswer,
    "sandbox-odd": "stop",
    "sandbox-huge": errors.TooLarge,
}


async def at_once(seconds):
    """Instead of sleeping."""


async def streamed(model):
    """What our client makes of `model`: the name of an error, or the finish reason; and the text that came."""
    client = Client(
        endpoint.parse(ENDPOINT, endpoint.Kind.SANDBOX),
        transport=SandboxTransport(math.inf),
        health=Health(),
        sleep=at_once,
    )
    request = chat_completions.Request(
        model=model, messages=[chat_completions.Message(role="user", content="a long text for the limits")]
    )
    text, finish = "", None
    limits = Limits(first_byte=0.3, idle=0.3, total=20, stream_bytes=3_000_000)
    try:
        async with chat_completions.stream(client, request, limits=limits) as stream:
            async for chunk in stream:
                for choice in chunk.choices:
                    text += choice.delta.content or choice.delta.refusal or ""
                    finish = choice.finish_reason or finish
    except errors.ConnectorError as error:
        return type(error), text
    return finish, text


class ListTests(TestCase):
    def test_every_model_is_known_to_the_catalogue(self):
        for model in DESCRIPTIONS:
            self.assertEqual(getattr(find(model), "name", None), model)

    def test_every_misbehaving_model_is_tried_here(self):
        self.assertEqual(CLIENT.keys(), MISBEHAVING.keys())

    def test_no_other_model_misbehaves(self):
        for model in ANSWERING:
            self.assertEqual(ask(model=model).status_code, 200)


class ClientTests(TestCase):
    def test_what_our_client_makes_of_each(self):
        for model, expected in CLIENT.items():
            with self.subTest(model):
                found, _ = asyncio.run(streamed(model))
                self.assertEqual(found, expected)

    def test_what_came_before_the_fault_is_there(self):
        for model in ("cut", "reset-midway", "stall", "error-midway", "badjson"):
            with self.subTest(model):
                _, text = asyncio.run(streamed(f"sandbox-{model}"))
                self.assertIn("sandbox", text)


class StatusTests(TestCase):
    def test_refusals(self):
        for model, (status, code) in STATUS.items():
            for stream in (False, True):
                reply = ask(model=model, stream=stream)
                self.assertEqual((reply.status_code, reply.json()["error"]["code"]), (status, code), model)

    def test_a_refusal_comes_before_the_request_is_looked_at(self):
        self.assertEqual(ask(model="sandbox-401", temperature=9).status_code, 401)

    def test_the_wait_is_told(self):
        reply = ask(model="sandbox-429-long")
        self.assertEqual((reply.headers["retry-after"], reply.headers["retry-after-ms"]), ("60", "60000"))
        self.assertEqual(reply.headers["x-ratelimit-remaining-requests"], "0")

    def test_busy_once_for_each_request(self):
        statuses = [ask("one", model="sandbox-429").status_code for _ in range(4)]
        self.assertEqual(statuses, [429, 200, 429, 200])
        self.assertEqual(ask("two", model="sandbox-429").status_code, 429)
        self.assertEqual(ask("two", model="sandbox-429").status_code, 200)

    def test_the_filter_tells_what_it_found(self):
        found = ask(model="sandbox-filter").json()["error"]["innererror"]["content_filter_result"]
        self.assertTrue(found["violence"]["filtered"])

    def test_pages_instead_of_json(self):
        for model, status in (("sandbox-html", 200), ("sandbox-502", 502)):
            reply = ask(model=model, stream=True)
            self.assertEqual(reply.status_code, status)
            self.assertIn("text/html", reply.headers["content-type"])

    def test_a_redirect_goes_elsewhere(self):
        reply = ask(model="sandbox-redirect")
        self.assertEqual(reply.status_code, 307)
        self.assertEqual(reply.headers["location"], "https://elsewhere.invalid/v1/chat/completions")


class TransportTests(TestCase):
    """In process, the exceptions of httpx are those of a real connection."""

    def test_connections_that_fail(self):
        for model, error, cause in (
            ("sandbox-refused", httpx.ConnectError, ConnectionRefusedError),
            ("sandbox-dns", httpx.ConnectError, OSError),
            ("sandbox-reset", httpx.ReadError, Exception),
            ("sandbox-reset-midway", httpx.RemoteProtocolError, Exception),
        ):
            with self.subTest(model), self.assertRaises(error) as raised:
                ask(model=model, stream=True)
            self.assertIsInstance(raised.exception.__cause__, cause)

    def test_time_limits_of_httpx_are_kept(self):
        for model in ("sandbox-hang", "sandbox-stall"):
            with self.subTest(model), self.assertRaises(httpx.ReadTimeout):
                send("POST", CHAT, json=a_body(model=model, stream=True), timeout=0.2)


class WholeTests(TestCase):
    """Without a stream, too."""

    def test_half_an_answer(self):
        for model in ("sandbox-cut", "sandbox-badjson"):
            with self.subTest(model), self.assertRaises(ValueError):
                ask(model=model).json()

    def test_an_error_with_a_good_status(self):
        self.assertEqual(ask(model="sandbox-error-midway").json()["error"]["code"], "server_error")

    def test_too_much(self):
        self.assertGreater(len(ask(model="sandbox-huge").content), 50_000_000)

    def test_endings(self):
        choice = ask(model="sandbox-refusal").json()["choices"][0]["message"]
        self.assertIsNone(choice["content"])
        self.assertIn("cannot help", choice["refusal"])
        self.assertEqual(ask(model="sandbox-empty").json()["choices"][0]["message"]["content"], "")
        self.assertEqual(ask(model="sandbox-length").json()["choices"][0]["finish_reason"], "length")
        self.assertEqual(ask(model="sandbox-filtered").json()["choices"][0]["finish_reason"], "content_filter")


class OddTests(TestCase):
    def test_a_stream_has_every_oddity(self):
        reply = ask(model="sandbox-odd", stream=True, stream_options={"include_usage": True})
        self.assertTrue(reply.headers["content-type"].startswith("text/plain"))
        for oddity in (
            ": keep-alive\r\n",
            "event: message\r\n",
            "retry: 3000",
            '"choices":[],"prompt_filter_results"',
            '"delta":null',
            '"reasoning_content"',
            '"system_fingerprint":null',
        ):
            self.assertIn(oddity, reply.text)
        self.assertNotIn("[DONE]", reply.text)
        self.assertNotIn('"choices"', reply.text.split("data:")[-1])

    def test_a_regular_stream_has_none(self):
        self.assertIn("choices", chunks(ask(stream=True))[0])

    def test_a_whole_answer_leaves_out_what_others_write(self):
        choice = ask(model="sandbox-odd").json()["choices"][0]
        self.assertNotIn("logprobs", choice)
        self.assertNotIn("refusal", choice["message"])
