"""The client against a provider that misbehaves: the rows of reliability.md 3 that concern it, on loopback."""

import asyncio
import gc
import json
import logging
import time
import tracemalloc
import unittest
import unittest.mock
from dataclasses import replace

import httpx

from connector.client import breaker, endpoint, errors, transport
from connector.client.endpoint import Kind
from connector.client.limits import Limits
from connector.client.operation import Operation
from connector.client.secret import Secret
from tests.upstream import an_upstream

CHAT = Operation("chat_completions", "chat/completions")
IMAGES = Operation("image_generations", "images/generations", heavy=True)
MODELS = Operation("models", "models", method="GET", in_deployment=False, costly=False)
KEY = "sk-canary-0123456789abcdef"
QUICK = Limits(connect=0.5, first_byte=0.5, idle=0.5, total=5.0)


def body(fault, stream=False):
    return json.dumps({"model": f"fault:{fault}", "stream": stream, "messages": []}).encode()


class TransportCase(unittest.IsolatedAsyncioTestCase):
    @classmethod
    def setUpClass(cls):
        cls.upstream = cls.enterClassContext(an_upstream())

    def setUp(self):
        self.waits, self.exchanges, self.slept = [], [], []
        self.health = breaker.Health()
        self.upstream.requests.clear()
        self.upstream.other.requests.clear()
        self.upstream.counts.clear()

    async def asyncTearDown(self):
        await transport.close_pools()

    def client(self, url="", kind=Kind.COMPATIBLE, **how):
        async def sleep(seconds):
            self.slept.append(seconds)

        where = endpoint.parse(url or self.upstream.url, kind, allow_private=True)
        how = {"sleep": sleep, "health": self.health, "allow_private": True, "secret": Secret(KEY), **how}
        return transport.Client(where, record=self.exchanges.append, **how)

    async def send(self, fault, operation=CHAT, limits=QUICK, **how):
        return await self.client(**how).send(
            operation, model=f"fault:{fault}", body=body(fault), limits=limits, on_wait=self.waits.append
        )

    async def read(self, fault, limits=QUICK, finish=False, **how):
        """The data of all events."""
        self.came = []
        client = self.client(**how)
        async with client.stream(
            CHAT, model=f"fault:{fault}", body=body(fault, True), limits=limits, on_wait=self.waits.append
        ) as stream:
            self.stream = stream
            async for event in stream:
                self.came.append(event.data)
                if finish and '"finish_reason":"stop"' in event.data:
                    stream.finished()
        return self.came

    async def fails(self, kind, coroutine):
        with self.assertRaises(kind) as caught:
            await coroutine
        self.assertIs(type(caught.exception), kind)
        text = json.dumps(caught.exception.as_dict())
        self.assertNotIn("canary", text)
        self.assertNotIn("…", caught.exception.what.replace("…[hidden]", ""), "a fact is missing in the text")
        return caught.exception

    def sent(self):
        return len(self.upstream.requests)


class AnswerTests(TransportCase):
    async def test_a_whole_answer(self):
        answer = await self.send("words-3")
        self.assertEqual(json.loads(answer.content)["choices"][0]["message"]["content"], "A lighthouse stands ")
        self.assertEqual((answer.status, answer.request_id, answer.retries), (200, "req_upstream", 0))

    async def test_a_stream(self):
        came = await self.read("words-3")
        self.assertEqual(len(came), 5)
        self.assertEqual(self.stream.request_id, "req_upstream")

    async def test_what_is_sent(self):
        await self.send("words-3")
        seen = self.upstream.requests[0]
        self.assertEqual((seen.method, seen.target), ("POST", "/v1/chat/completions"))
        self.assertEqual(seen.body, body("words-3"))
        self.assertEqual(
            sorted(seen.headers),
            ["accept", "accept-encoding", "authorization", "content-length", "content-type", "host", "user-agent"],
        )
        self.assertEqual(seen.headers["authorization"], f"Bearer {KEY}")
        self.assertEqual(seen.headers["accept-encoding"], "identity")
        self.assertEqual(seen.headers["content-type"], "application/json")

    async def test_a_get_has_no_body(self):
        await self.client(secret=None).send(MODELS, path_suffix="a/b c")
        seen = self.upstream.requests[0]
        self.assertEqual((seen.method, seen.target, seen.body), ("GET", "/v1/models/a%2Fb%20c", b""))
        self.assertNotIn("authorization", seen.headers)
        self.assertNotIn("content-type", seen.headers)

    async def test_azure_puts_deployment_and_version_into_the_address(self):
        where = replace(
            endpoint.parse("https://x.openai.azure.com", Kind.AZURE, deployment="words-2", api_version="2024-10-21"),
            base=f"{self.upstream.url}/openai",
            origin=self.upstream.url,
        )
        client = transport.Client(where, Secret(KEY), allow_private=True)
        await client.send(CHAT, body=b"{}")
        seen = self.upstream.requests[0]
        self.assertEqual(seen.target, "/openai/deployments/words-2/chat/completions?api-version=2024-10-21")
        self.assertEqual((seen.headers["api-key"], "authorization" in seen.headers), (KEY, False))

    async def test_openai_and_azure_are_not_asked_without_a_key(self):
        for kind in (Kind.OPENAI, Kind.AZURE):
            with self.assertRaises(errors.KeyMissing):
                await self.client("https://api.example", kind, secret=None).send(CHAT, body=b"{}")

    async def test_connections_are_kept_and_used_again(self):
        for _ in range(3):
            await self.read("words-3")
            await self.send("words-3")
        self.assertEqual(len({seen.connection.id for seen in self.upstream.requests}), 1)
        self.assertEqual([exchange.reused for exchange in self.exchanges], [False] + [True] * 5)

    async def test_cookies_are_not_kept(self):
        await self.send("cookie")
        await self.send("words-3")
        self.assertNotIn("cookie", self.upstream.requests[-1].headers)

    async def test_the_environment_has_no_say(self):
        with unittest.mock.patch.dict("os.environ", {"HTTP_PROXY": self.upstream.other.url, "ALL_PROXY": "socks5://x"}):
            await self.send("words-3")
        self.assertEqual((self.sent(), len(self.upstream.other.requests)), (1, 0))

    async def test_the_record_tells_what_was_exchanged_and_no_key(self):
        await self.read("words-3")
        (exchange,) = self.exchanges
        self.assertEqual((exchange.request.method, exchange.status, exchange.attempt), ("POST", 200, 1))
        self.assertEqual(exchange.request.path, "/chat/completions")
        self.assertEqual(exchange.request.body, body("words-3", True))
        self.assertGreater(exchange.answer_bytes, 100)
        self.assertLessEqual(exchange.connected_ms, exchange.first_byte_ms)
        self.assertLessEqual(exchange.first_byte_ms, exchange.duration_ms)
        self.assertNotIn("canary", repr(exchange))

    async def test_a_record_that_fails_harms_nobody(self):
        def record(exchange):
            raise RuntimeError("disk full")

        where = endpoint.parse(self.upstream.url, Kind.COMPATIBLE, allow_private=True)
        with self.assertLogs("connector.client", logging.ERROR):
            await transport.Client(where, allow_private=True, record=record).send(CHAT, body=body("words-1"))

    async def test_another_transport_may_stand_in_for_the_network(self):
        def handler(request):
            return httpx.Response(
                200, content=b"data: x\n\ndata: [DONE]\n\n", headers={"content-type": "text/event-stream"}
            )

        self.assertEqual(await self.read("x", transport=httpx.MockTransport(handler)), ["x"])


class NothingSentTests(TransportCase):
    async def test_r01_unknown_name(self):
        error = await self.fails(
            errors.NameNotFound, self.send("x", url="https://no-such-host.invalid", limits=Limits())
        )
        self.assertIn("no-such-host.invalid", error.what)
        self.assertEqual(len(self.waits), 1)

    async def test_r02_r04_no_connection_in_time(self):
        """192.0.2.0/24 is for documentation: nothing answers there, or the network says so at once."""
        began = time.monotonic()
        with self.assertRaises((errors.ConnectTimedOut, errors.Unreachable, errors.ConnectionRefused)):
            await self.send("x", url="https://192.0.2.1", limits=replace(QUICK, connect=0.2))
        self.assertLess(time.monotonic() - began, 5)
        self.assertEqual([(wait.attempt, wait.of) for wait in self.waits], [(2, 3), (3, 3)])

    async def test_r03_nothing_is_listening(self):
        error = await self.fails(errors.ConnectionRefused, self.send("x", url="http://127.0.0.1:1"))
        self.assertIn("127.0.0.1:1", error.what)
        self.assertEqual([exchange.error for exchange in self.exchanges], ["refused"] * 3)

    async def test_r06_handshake_that_hangs(self):
        with an_upstream(silent=True) as silent:
            url = silent.url.replace("http:", "https:")
            error = await self.fails(
                errors.ConnectTimedOut, self.send("x", url=url, limits=replace(QUICK, connect=0.2))
            )
            self.assertEqual(len(silent.connections), 3)
        self.assertIn("0.2 seconds", error.what)

    async def test_a_handshake_with_something_else_than_tls(self):
        with an_upstream(greeting=b"220 mail.example ESMTP\r\n") as mail:
            await self.fails(errors.TLSFailed, self.send("x", url=mail.url.replace("http:", "https:")))
            self.assertEqual(len(mail.connections), 1)

    async def test_a_handshake_that_is_cut_is_tried_again(self):
        with an_upstream(greeting=b"") as other:
            error = await self.fails(errors.TLSFailed, self.send("x", url=other.url.replace("http:", "https:")))
            self.assertEqual(len(other.connections), 3)
        self.assertIn("closed during the handshake", error.what)

    async def test_certificates_are_checked(self):
        for kind in ("good", "expired", "wrong-name"):
            with an_upstream(tls=kind) as other:
                await self.fails(errors.TLSFailed, self.send("x", url=other.url))
                self.assertEqual((len(other.requests), self.waits), (0, []))

    async def test_r83_an_authority_of_ones_own_is_trusted(self):
        with an_upstream(tls="good") as other:
            await self.send("words-1", url=other.url, ca_file=other.ca_file)
        for kind in ("expired", "wrong-name"):
            with an_upstream(tls=kind) as other:
                await self.fails(errors.TLSFailed, self.send("x", url=other.url, ca_file=other.ca_file))

    async def test_private_addresses_are_refused_at_connect(self):
        for url in (self.upstream.url, f"http://localhost:{self.upstream.port}"):
            error = await self.fails(errors.AddressRefused, self.send("words-1", url=url, allow_private=False))
            self.assertIn("127.0.0.1" if "127" in url else "localhost", error.what)
        self.assertEqual((self.sent(), self.waits), (0, []))

    async def test_metadata_addresses_are_refused_whatever_is_allowed(self):
        where = endpoint.parse("https://8.8.8.8", Kind.COMPATIBLE)
        for host in ("169.254.169.254", "168.63.129.16", "[fd00:ec2::254]", "[::ffff:169.254.169.254]"):
            bent = replace(where, base=f"http://{host}/v1", origin=f"http://{host}:80")
            with self.assertRaises(errors.AddressRefused):
                await transport.Client(bent, allow_private=True).send(MODELS)

    async def test_a_request_leaves_with_the_time_that_is_left(self):
        began = time.monotonic()
        await self.fails(errors.FirstByteTimedOut, self.send("hang", limits=replace(QUICK, first_byte=60, total=0.3)))
        self.assertLess(time.monotonic() - began, 20)


class NoAnswerTests(TransportCase):
    async def test_r07_no_first_byte(self):
        error = await self.fails(errors.FirstByteTimedOut, self.send("hang"))
        self.assertIn("0.5 seconds", error.what)
        self.assertEqual((self.sent(), self.waits), (1, []))
        connection = self.upstream.requests[0].connection
        self.assertTrue(await asyncio.to_thread(self.upstream.wait, lambda: connection.closed))

    async def test_r09_reset_before_headers(self):
        for fault in ("reset", "close"):
            self.upstream.requests.clear()
            await self.fails(errors.ConnectionReset, self.send(fault))
            await self.fails(errors.ConnectionReset, self.read(fault))
            self.assertEqual((self.sent(), self.waits), (2, []))

    async def test_what_costs_nothing_is_asked_once_more(self):
        free = replace(CHAT, costly=False)
        await self.fails(errors.ConnectionReset, self.send("reset", free))
        self.assertEqual(self.sent(), 2)

    async def test_a_kept_connection_that_died_is_replaced_once(self):
        await self.send("dead-after-one")
        answer = await self.send("dead-after-one")
        self.assertEqual((self.sent(), answer.retries), (3, 1))
        self.assertEqual(len({seen.connection.id for seen in self.upstream.requests}), 2)

    async def test_something_that_is_not_http(self):
        await self.fails(errors.BadAnswer, self.send("garbage"))
        self.assertEqual(self.sent(), 1)


class RefusedTests(TransportCase):
    async def test_r11_to_r20_refusals_are_not_tried_again(self):
        for fault, kind in {
            "400": errors.BadRequest,
            "context": errors.ContextTooLong,
            "filter": errors.Filtered,
            "azure-filter": errors.Filtered,
            "inner-filter": errors.Filtered,
            "401": errors.KeyRefused,
            "key-echo": errors.KeyRefused,
            "403": errors.Forbidden,
            "404": errors.NotFound,
            "detail": errors.NotFound,
            "numeric": errors.NotFound,
            "413": errors.TooLargeOrWrongType,
            "415": errors.TooLargeOrWrongType,
            "422": errors.BadRequest,
            "findings": errors.BadRequest,
            "list-error": errors.BadRequest,
            "quota": errors.QuotaExhausted,
        }.items():
            for ask in (self.send, self.read):
                self.upstream.requests.clear()
                error = await self.fails(kind, ask(fault))
                self.assertEqual((self.sent(), self.waits), (1, []), fault)
                self.assertEqual(error.facts["request_id"], "req_upstream")

    async def test_r17_the_model_is_named(self):
        self.assertIn("fault:404", (await self.fails(errors.NotFound, self.send("404"))).what)

    async def test_the_connection_is_kept_after_a_refusal(self):
        await self.fails(errors.BadRequest, self.send("400"))
        await self.send("words-1")
        self.assertEqual(len({seen.connection.id for seen in self.upstream.requests}), 1)

    async def test_r19_r27_trouble_is_tried_again_and_then_told(self):
        for status in (408, 409, 500, 502, 503, 504, 529):
            self.setUp()
            error = await self.fails(errors.ProviderTrouble, self.send(str(status)))
            self.assertEqual((self.sent(), len(self.waits), error.status), (3, 2, status))
            self.assertIn(str(status), error.what)

    async def test_r27_trouble_that_passes_is_not_seen(self):
        answer = await self.send("times-2-503")
        self.assertEqual((answer.retries, self.sent()), (2, 3))
        self.assertEqual(len(await self.read("times-1-500")), 5)
        self.assertEqual(self.stream.retries, 1)

    async def test_heavy_operations_are_tried_again_once_when_they_had_not_begun(self):
        for status, sent in ((429, 2), (503, 2), (529, 2), (500, 1), (502, 1)):
            self.setUp()
            with self.assertRaises(errors.Refused):
                await self.send(str(status), IMAGES)
            self.assertEqual(self.sent(), sent, status)

    async def test_r21_r22_the_provider_says_how_long_to_wait(self):
        await self.send("times-1-429-2")
        await self.send("ms-429-350")
        self.assertEqual(self.slept, [2.0, 0.35])
        self.assertEqual((self.waits[0].seconds, self.waits[0].attempt), (2.0, 2))

    async def test_too_long_a_wait_is_told_instead(self):
        error = await self.fails(errors.RateLimited, self.send("429-21", limits=Limits()))
        self.assertEqual((self.sent(), self.slept, error.facts["seconds"]), (1, [], 21.0))

    async def test_all_waits_together_have_a_limit(self):
        await self.fails(errors.RateLimited, self.send("429-16", limits=Limits()))
        self.assertEqual((self.slept, self.sent()), ([16.0], 2))

    async def test_no_wait_goes_past_the_end_of_the_call(self):
        await self.fails(errors.RateLimited, self.send("429-6"))
        self.assertEqual(self.sent(), 1)

    async def test_the_provider_says_no_retry(self):
        await self.fails(errors.ProviderTrouble, self.send("no-retry"))
        self.assertEqual(self.sent(), 1)

    async def test_r26_a_used_up_rate_limit_is_waited_for(self):
        await self.send("exhausted")
        await self.send("exhausted")
        self.assertEqual(len(self.slept), 1)
        self.assertAlmostEqual(self.slept[0], 0.5, delta=0.2)
        self.assertIn("rate limit", self.waits[0].reason)

    async def test_r30_redirects_are_not_followed(self):
        for status in (301, 302, 303, 307, 308):
            error = await self.fails(errors.Redirected, self.send(f"redirect-{status}"))
            self.assertIn("127.0.0.1", error.what)
        self.assertEqual(self.upstream.other.requests, [])

    async def test_pages_of_proxies_are_named_by_their_title(self):
        error = await self.fails(errors.ProviderTrouble, self.send("page-502"))
        self.assertIn("Sign in & go", error.facts["message"])


class OutageTests(TransportCase):
    async def test_r28_after_five_failures_nothing_is_sent_for_a_while(self):
        client = self.client()
        for _ in range(2):
            with self.assertRaises(errors.ConnectorError):
                await client.send(CHAT, body=body("503"))
        self.assertEqual(self.sent(), 5)
        began = time.perf_counter()
        error = await self.fails(errors.Paused, client.send(CHAT, body=body("words-1")))
        self.assertLess(time.perf_counter() - began, 5)  # and not the 30 s of the pause
        self.assertEqual(self.sent(), 5)
        self.assertIn("paused for 30 s", error.what)

    async def test_r28_fifty_users_do_not_make_it_worse(self):
        clock = [0.0]
        self.health = breaker.Health(lambda: clock[0])
        client, tries = self.client(), 0
        for _ in range(120):  # ten minutes
            results = await asyncio.gather(
                *(client.send(CHAT, body=body("503")) for _ in range(50)), return_exceptions=True
            )
            tries += 50
            self.assertTrue(all(isinstance(result, errors.ConnectorError) for result in results))
            clock[0] += 5
        self.assertLess(self.sent(), tries * 1.1)
        self.assertLess(self.sent(), 200)
        clock[0] += 30
        await client.send(CHAT, body=body("words-1"))

    async def test_configurations_do_not_share_their_troubles(self):
        breaker.forget()
        self.addCleanup(breaker.forget)
        for name in ("a", "b"):
            client = self.client(name=name, health=None)
            for _ in range(2):
                with self.assertRaises(errors.ConnectorError) as caught:
                    await client.send(CHAT, body=body("503"))
            self.assertIsInstance(caught.exception, errors.ProviderTrouble)
        with self.assertRaises(errors.Paused):
            await self.client(name="a", health=None).send(CHAT, body=body("words-1"))
        await self.client(name="c", health=None).send(CHAT, body=body("words-1"))


class StreamTests(TransportCase):
    async def test_r08_headers_and_then_nothing(self):
        await self.fails(errors.IdleTimedOut, self.read("stall-0"))
        self.assertEqual(self.came, [])

    async def test_an_answer_that_stops_coming_is_kept(self):
        await self.fails(errors.IdleTimedOut, self.read("stall-2"))
        self.assertEqual(len(self.came), 3)

    async def test_r31_leaving_closes_the_connection(self):
        client = self.client()
        for fault in ("stall-0", "stall-2", "paced-50-500"):
            model = {"model": f"fault:{fault}", "stream": True}

            async def watch(model=model):
                async with client.stream(CHAT, body=json.dumps(model).encode()) as stream:
                    async for _ in stream:
                        pass

            task = asyncio.create_task(watch())
            await asyncio.sleep(0.3)
            began = time.monotonic()
            task.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await task
            self.assertLess(time.monotonic() - began, 5)
            connection = self.upstream.requests[-1].connection
            self.assertTrue(await asyncio.to_thread(self.upstream.wait, lambda c=connection: c.closed))

    async def test_r31_stopping_before_the_first_byte(self):
        task = asyncio.create_task(self.send("hang", limits=Limits()))
        await asyncio.sleep(0.2)
        task.cancel()
        with self.assertRaises(asyncio.CancelledError):
            await task
        connection = self.upstream.requests[-1].connection
        self.assertTrue(await asyncio.to_thread(self.upstream.wait, lambda: connection.closed))

    async def test_r33_cut_off(self):
        for fault in ("cut-2", "abrupt-2", "reset-2", "half-close-2"):
            await self.fails(errors.CutOff, self.read(fault))
            self.assertEqual(len(self.came), 3, fault)
            self.assertEqual(self.exchanges[-1].error, "cut")

    async def test_r34_no_done_is_fine_after_a_finish_reason(self):
        self.assertEqual(len(await self.read("no-done", finish=True)), 5)
        await self.fails(errors.CutOff, self.read("no-done"))

    async def test_what_breaks_after_the_end_is_no_error(self):
        async def read_on(fault):
            async with self.client().stream(CHAT, body=body(fault, True), limits=QUICK) as stream:
                async for _ in stream:
                    stream.finished()

        for fault in ("abrupt-2", "reset-2", "cut-2"):
            await read_on(fault)

    async def test_done_ends_it_even_when_the_connection_stays_open(self):
        began = time.monotonic()
        self.assertEqual(len(await self.read("done-open", limits=replace(QUICK, idle=30.0, total=30.0))), 4)
        self.assertLess(time.monotonic() - began, 10)

    async def test_the_connection_is_kept_when_the_last_bytes_come_late(self):
        for _ in range(2):
            await self.read("late-end")
        self.assertEqual(len({seen.connection.id for seen in self.upstream.requests}), 1)

    async def test_odd_streams_are_read(self):
        self.assertEqual(len(await self.read("crlf")), 5)
        self.assertEqual(
            [json.loads(data)["choices"][0]["delta"]["content"] for data in await self.read("bytes")], ["ä", "ß", "✓"]
        )
        self.assertEqual(len(await self.read("wrong-type")), 2)
        self.assertEqual(len(await self.read("no-end")), 1)
        self.assertEqual(len(await self.read("unknown")), 3)

    async def test_r38_an_error_in_the_stream_is_an_event_for_the_operation(self):
        await self.fails(errors.CutOff, self.read("error-2"))
        self.assertIn('"error"', self.came[-1])

    async def test_r40_a_drip_ends_with_the_total_time(self):
        began = time.monotonic()
        error = await self.fails(errors.TotalTimedOut, self.read("drip-0.05", limits=replace(QUICK, total=0.6)))
        self.assertLess(time.monotonic() - began, 10)
        self.assertIn("0.6 seconds", error.what)

    async def test_r43_giants_are_stopped_with_little_memory(self):
        small = replace(QUICK, total=20.0, answer_bytes=2_000_000, stream_bytes=2_000_000)
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        for ask in (self.read, self.send):
            for fault in ("huge-line", "huge-event", "huge-text", "huge-json", "claims-huge"):
                if ask == self.read and fault == "claims-huge":
                    continue
                began = time.monotonic()
                error = await self.fails(errors.TooLarge, ask(fault, limits=small))
                self.assertLess(time.monotonic() - began, 5)
                self.assertRegex(error.what, r"\d MB")
        self.assertLess(tracemalloc.get_traced_memory()[1], 40_000_000)

    async def test_r45_a_web_page(self):
        for ask in (self.send, self.read):
            with self.assertLogs("connector.client", logging.WARNING):
                error = await self.fails(errors.NotJSON, ask("page"))
            self.assertIn("Sign in & go", error.what)
        self.assertEqual(self.sent(), 2)

    async def test_r46_not_understood(self):
        for fault in ("empty", "truncated"):
            await self.fails(errors.BadAnswer, self.read(fault))
        await self.fails(errors.BadAnswer, self.send("gzip"))
        await self.fails(errors.BadAnswer, self.read("gzip"))

    async def test_r47_a_whole_answer_to_a_request_for_a_stream(self):
        async with self.client().stream(CHAT, body=body("json", True)) as stream:
            (event,) = [event async for event in stream]
        self.assertTrue(event.whole)
        self.assertIn("choices", json.loads(event.data))

    async def test_a_stop_of_ones_own_is_not_taken_for_a_timeout(self):
        """A timeout around the reader, at the moment ours is due as well, stays the reader's."""
        with self.assertRaises(TimeoutError):
            async with asyncio.timeout(0.3), self.client().stream(CHAT, body=body("stall-1", True)) as stream:
                async for _ in stream:
                    pass

    async def test_a_timeout_of_ours_leaves_nothing_behind_in_the_task(self):
        await self.fails(errors.IdleTimedOut, self.read("stall-1", limits=replace(QUICK, idle=0.1)))
        self.assertEqual(asyncio.current_task().cancelling(), 0)

    async def test_the_reader_may_take_its_time(self):
        """The time between two pieces is the provider's, not that of whoever reads."""
        async with self.client().stream(CHAT, body=body("words-3", True), limits=replace(QUICK, idle=0.2)) as stream:
            async for _ in stream:
                await asyncio.sleep(0.25)


class LoopTests(unittest.TestCase):
    def test_connections_end_with_their_loop(self):
        """`asyncio.run` and `async_to_sync` give each call a loop of its own; nothing is left behind."""
        with an_upstream() as upstream:
            where = endpoint.parse(upstream.url, Kind.COMPATIBLE, allow_private=True)
            client = transport.Client(where, allow_private=True)
            with self.assertNoLogs("asyncio"):  # aiohttp complains there of what was not closed
                for _ in range(3):
                    asyncio.run(client.send(CHAT, body=body("words-1")))
                    gc.collect()
            self.assertEqual(len(upstream.connections), 3)
            self.assertTrue(upstream.wait(lambda: all(each.closed for each in upstream.connections)))

    def test_uvloop_too(self):
        uvloop = __import__("uvloop")
        with an_upstream() as upstream:
            where = endpoint.parse(upstream.url, Kind.COMPATIBLE, allow_private=True)
            client = transport.Client(where, allow_private=True)
            uvloop.run(client.send(CHAT, body=body("words-1")))
            self.assertTrue(upstream.wait(lambda: all(each.closed for each in upstream.connections)))
            with self.assertRaises(errors.AddressRefused):
                uvloop.run(transport.Client(where).send(CHAT, body=body("words-1")))
            gone = endpoint.parse("https://no-such-host.invalid", Kind.COMPATIBLE)
            with self.assertRaises(errors.NameNotFound):
                uvloop.run(transport.Client(gone).send(MODELS))
