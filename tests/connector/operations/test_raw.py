"""Raw requests: to the configuration's own origin, with its own key, whatever is typed."""

import asyncio
import itertools
import logging
from unittest import IsolatedAsyncioTestCase, TestCase
from urllib.parse import quote, unquote

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.client import endpoint, errors, multipart, transport
from connector.client.multipart import File
from connector.client.secret import Secret
from connector.operations import raw
from connector.operations.raw import path as paths
from tests.builders import CANARY_KEY
from tests.upstream import an_upstream

relaxed = settings(deadline=None, max_examples=300)
BASES = {
    "openai": endpoint.parse("", "openai"),
    "gateway": endpoint.parse("https://gw.example.com/team/v1", "openai_compatible"),
    "classic": endpoint.parse(
        "https://res.openai.azure.com/openai/deployments/gpt/chat/completions?api-version=2024-10-21", "azure_openai"
    ),
    "azure v1": endpoint.parse("https://res.openai.azure.com/openai/v1", "azure_openai"),
}
EVIL = "evil.example"
_count = itertools.count()  # a name of its own, so that no test pauses another one's calls
HOSTILE = [
    f"http://{EVIL}/",
    f"HTTPS://{EVIL}/v1/models",
    f"//{EVIL}/",
    f"///{EVIL}",
    f"/\\{EVIL}",
    f"\\\\{EVIL}",
    f"/\\/{EVIL}",
    f"@{EVIL}/",
    f"/@{EVIL}/",
    f":80@{EVIL}",
    f":80@{EVIL}/x",
    f"x@{EVIL}:443",
    f".{EVIL}/x",
    "/v1/../../",
    "/v1/..",
    "..",
    "/v1/./models",
    "/v1/%2e%2e/%2e%2e/",
    "/v1/%252e%252e/",
    "/v1/..;/models",
    f"%2f%2f{EVIL}",
    f"/%2F{EVIL}",
    f"%5c%5c{EVIL}",
    f"/v1\r\nHost: {EVIL}",
    f"/v1%0d%0aHost:%20{EVIL}",
    "/v1 HTTP/1.1\r\nx: y",
    f"?url=http://{EVIL}/",
    f"/v1/models?x\r\nHost: {EVIL}",
    f"#@{EVIL}/",
    "/v1/models#x",
    f"\t//{EVIL}",
    f"/v1/\t{EVIL}",
    f"\n//{EVIL}",
    f"\uff0f\uff0f{EVIL}",
    f"/\u2215{EVIL}",
    f"/v1\u3002{EVIL}",
    "/v1/mod els",
    "/v1/models\x00",
    "/v1//models",
    "javascript:alert(1)",
    "file:///etc/passwd",
    "",
    "/",
    "/v1",
    "/v1/",
    "%",
    "/v1/%zz",
    "/v1/" + "a" * 3000,
    "/v1/\ud800",
]


class Kept(httpx.AsyncBaseTransport):
    """Keeps the requests; answers with `replies` in turn, the last one again and again."""

    def __init__(self, *replies):
        self.replies, self.requests = list(replies) or [(200, b'{"ok": true}', {})], []

    async def handle_async_request(self, request):
        self.requests.append(request)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, Exception):
            raise reply
        status, content, headers = reply
        return httpx.Response(status, headers={"content-type": "application/json"} | headers, stream=_Bytes(content))


class _Bytes(httpx.AsyncByteStream):
    def __init__(self, content):
        self.content = content

    async def __aiter__(self):
        yield self.content


def sent(where="openai", kept=None, **inputs):
    """The one request that went out."""
    kept = kept or Kept()
    client = transport.Client(BASES[where], Secret(CANARY_KEY), transport=kept)
    asyncio.run(raw.send(client, raw.Request(**inputs)))
    return kept.requests[-1]


@pytest.mark.parametrize("where", BASES)
@pytest.mark.parametrize("typed", HOSTILE)
def test_whatever_is_typed_goes_to_the_own_origin_or_nowhere(where, typed):
    stays_below(where, typed)


@relaxed
@given(
    where=st.sampled_from(list(BASES)),
    typed=st.one_of(
        st.text(max_size=40),
        st.lists(
            st.sampled_from(
                [*"/\\@:.%?#;&= \t\r\n", "..", "%2f", "%2e", "http", "v1", EVIL, "models", "\uff0f", "openai"]
            ),
            max_size=12,
        ).map("".join),
    ),
)
def test_so_does_everything_else(where, typed):
    stays_below(where, typed)


def stays_below(where, typed):
    ours, kept = BASES[where], Kept()
    client = transport.Client(ours, Secret(CANARY_KEY), transport=kept)
    try:
        asyncio.run(raw.send(client, raw.Request(path=typed)))
    except errors.InvalidParameter as error:
        assert error.facts["param"] in ("path", "query")
        assert kept.requests == []
        return
    url = kept.requests[0].url
    assert (url.scheme, url.host, url.port, url.userinfo) == ("https", httpx.URL(ours.base).host, None, b"")
    assert url.path.startswith(httpx.URL(ours.base).path + "/")
    assert ".." not in url.path.split("/")
    assert "#" not in str(url)


WRITTEN = [
    ("openai", "/v1/models", "https://api.openai.com/v1/models"),
    ("openai", "v1/models/", "https://api.openai.com/v1/models"),
    ("openai", "models", "https://api.openai.com/v1/models"),
    ("openai", " /models ", "https://api.openai.com/v1/models"),
    ("openai", "/v1/responses/resp_1/input_items?limit=5", "https://api.openai.com/v1/responses/resp_1/input_items?limit=5"),
    ("openai", "/v1/models/ft:gpt-4o:me::1", "https://api.openai.com/v1/models/ft:gpt-4o:me::1"),
    ("gateway", "/v1/models", "https://gw.example.com/team/v1/models"),
    ("gateway", "/team/v1/models", "https://gw.example.com/team/v1/models"),
    ("classic", "/openai/models", "https://res.openai.azure.com/openai/models?api-version=2024-10-21"),
    ("classic", "/models", "https://res.openai.azure.com/openai/models?api-version=2024-10-21"),
    ("classic", "/deployments/a/x", "https://res.openai.azure.com/openai/deployments/a/x?api-version=2024-10-21"),
    ("classic", "/models?api-version=2025-04-01-preview",
     "https://res.openai.azure.com/openai/models?api-version=2025-04-01-preview"),
    ("azure v1", "/openai/v1/models", "https://res.openai.azure.com/openai/v1/models"),
    ("azure v1", "/v1/models", "https://res.openai.azure.com/openai/v1/models"),
]  # fmt: skip


@pytest.mark.parametrize(("where", "typed", "url"), WRITTEN)
def test_a_path_is_joined_once(where, typed, url):
    assert str(sent(where, path=typed).url) == url


FORBIDDEN = [
    "Host", "host", "Authorization", "AUTHORIZATION", "api-key", "Api_Key", "Cookie", "Content-Length",
    "content_length", "Transfer-Encoding", "Proxy-Authorization", "X-Api-Key",
    "Ocp-Apim-Subscription-Key", "Connection",
    "Upgrade", "TE",
    "OpenAI-Organization", "X-Forwarded-Host", "X-HTTP-Method-Override", "Accept-Encoding", "Expect", "Host ",
    " Host",
    "Host:", "A\r\nHost", "x\x00y", "", "\uff48ost", "a b",
]  # fmt: skip


class HeaderTests(TestCase):
    def test_what_belongs_to_the_connection_cannot_be_set(self):
        for name in FORBIDDEN:
            for given_as in ({name: "x"}, [(name, "x")]):
                kept = Kept()
                with self.subTest(name), self.assertRaises(errors.InvalidParameter) as raised:
                    sent(kept=kept, headers=given_as)
                self.assertEqual((raised.exception.facts["param"], kept.requests), ("headers", []))

    def test_a_value_cannot_begin_another_header(self):
        for value in ("a\r\nAuthorization: Bearer x", "a\nb", "a\x00", "\u2028", "ü", 5):
            with self.subTest(value), self.assertRaises(errors.InvalidParameter):
                sent(headers=[("X-A", value)])

    def test_others_are_sent_beside_the_key(self):
        request = sent(headers={"X-Trace": "7", "Accept": "text/csv", "OpenAI-Beta": "assistants=v2"})
        self.assertEqual(request.headers["x-trace"], "7")
        self.assertEqual(request.headers["accept"], "text/csv")
        self.assertEqual(request.headers["openai-beta"], "assistants=v2")
        self.assertEqual(request.headers["authorization"], f"Bearer {CANARY_KEY}")

    def test_nothing_is_there_twice(self):
        with self.assertRaises(errors.InvalidParameter):
            sent(headers=[("X-A", "1"), ("x-a", "2")])

    def test_the_client_itself_keeps_its_own(self):
        """A second wall: whatever asks the client for it, its own headers stay."""
        kept = Kept()
        client = transport.Client(BASES["openai"], Secret(CANARY_KEY), transport=kept)
        theirs = {"authorization": "Bearer theirs", "host": EVIL, "content-length": "0", "cookie": "a=b"}
        operation, *_ = raw.calls.prepared(client.endpoint.base, raw.Request())
        asyncio.run(client.send(operation, headers=theirs))
        headers = kept.requests[0].headers
        self.assertEqual(headers["authorization"], f"Bearer {CANARY_KEY}")
        self.assertEqual(headers["host"], "api.openai.com")
        self.assertNotIn("cookie", headers)


class BodyTests(TestCase):
    def test_a_text_is_sent_as_it_stands(self):
        for data, content, media_type in (
            ('{"a": 1 }', b'{"a": 1 }', "application/json"),
            ({"a": [1]}, b'{"a":[1]}', "application/json"),
            ([], b"[]", "application/json"),
            ("just words", b"just words", "text/plain; charset=utf-8"),
            (b"\x00\xff", b"\x00\xff", "application/octet-stream"),
        ):
            request = sent(method="post", path="/v1/x", data=data)
            self.assertEqual((request.method, request.content), ("POST", content))
            self.assertEqual(request.headers["content-type"], media_type)

    def test_the_content_type_may_be_named(self):
        request = sent(method="PUT", path="/v1/x", data="<a/>", headers={"Content-Type": "application/xml"})
        self.assertEqual(request.headers["content-type"], "application/xml")

    def test_a_form_with_files_and_their_names(self):
        request = sent(
            method="POST",
            path="/v1/files",
            form={"purpose": "batch", "n": 2},
            files={"file": b"abc", "other": File("b.txt", b"def")},
            file_names={"file": "../../a.jsonl"},
        )
        parts = multipart.decode(request.content, request.headers["content-type"])
        told = [(part.name, part.filename, part.content) for part in parts]
        self.assertEqual(
            told,
            [("purpose", None, b"batch"), ("n", None, b"2"), ("file", "a.jsonl", b"abc"), ("other", "b.txt", b"def")],
        )

    def test_query_parameters_cannot_leave_the_query(self):
        request = sent(query=[("a", "1&b=2#c"), ("d/e", "ü\r\n"), ("a", "3")])
        self.assertEqual(str(request.url).partition("?")[2], "a=1%26b%3D2%23c&d%2Fe=%C3%BC%0D%0A&a=3")


WRONG = [
    ({"method": "TRACE"}, "method"),
    ({"method": "GET\r\nX: y"}, "method"),
    ({"method": ""}, "method"),
    ({"response_type": "xml"}, "response_type"),
    ({"timeout_ms": 0}, "timeout_ms"),
    ({"timeout_ms": float("nan")}, "timeout_ms"),
    ({"timeout_ms": True}, "timeout_ms"),
    ({"timeout_ms": 10**9}, "timeout_ms"),
    ({"max_retries": -1}, "max_retries"),
    ({"max_retries": 1000}, "max_retries"),
    ({"max_retries": 1.5}, "max_retries"),
    ({"retry_delay_ms": -5}, "retry_delay_ms"),
    ({"data": "x"}, "data"),  # with GET
    ({"method": "POST", "data": "x", "form": {"a": "b"}}, "data"),
    ({"method": "POST", "data": {"a": float("nan")}}, "data.a"),
    ({"method": "POST", "data": "\ud800"}, "data"),
    ({"method": "POST", "data": {"a": object()}}, "data.a"),
    ({"method": "POST", "files": {"file": b"x"}, "file_names": {"fiel": "a"}}, "file_names"),
    ({"method": "POST", "files": {"file": "not bytes"}}, "files"),
    ({"method": "POST", "form": {"a": object()}}, "form.a"),
    ({"method": "POST", "form": {"a": "b"}, "headers": {"Content-Type": "text/plain"}}, "headers"),
    ({"query": [("a",)]}, "query"),
    ({"query": {"": "x"}}, "query"),
    ({"query": {"a": 5}}, "query"),
]


@pytest.mark.parametrize(("inputs", "param"), WRONG)
def test_a_wrong_input_is_named_and_nothing_is_sent(inputs, param):
    kept = Kept()
    with pytest.raises(errors.InvalidParameter) as raised:
        sent(kept=kept, **inputs)
    assert (raised.value.facts["param"], kept.requests) == (param, [])


class AnswerTests(IsolatedAsyncioTestCase):
    async def answer(self, content, headers=(), status=200, **inputs):
        kept = Kept((status, content, dict(headers)))
        return await raw.send(transport.Client(BASES["openai"], Secret("sk-k"), transport=kept), raw.Request(**inputs))

    async def test_json(self):
        answer = await self.answer(b'{"a": [1, null]}', {"x-request-id": "req_1", "set-cookie": "a=b"})
        self.assertEqual(
            (answer.json, answer.request_id, answer.media_type), ({"a": [1, None]}, "req_1", "application/json")
        )
        self.assertNotIn("set-cookie", answer.headers)

    async def test_nothing_is_no_mistake(self):
        self.assertIsNone((await self.answer(b"", status=204, method="DELETE")).json)

    async def test_what_is_no_json_is_told(self):
        with self.assertRaises(errors.BadAnswer):
            await self.answer(b"a,b\n1,2", {"content-type": "text/csv"})

    async def test_text_by_its_charset(self):
        for content, media_type, text in (
            ("naïve".encode(), "text/plain", "naïve"),
            ("naïve".encode("latin-1"), "text/plain; charset=ISO-8859-1", "naïve"),
            ("naïve".encode(), 'text/plain; charset="utf-8"; x=y', "naïve"),
            ("naïve".encode(), "text/plain; charset=none-such", "naïve"),
        ):
            answer = await self.answer(content, {"content-type": media_type}, response_type="text")
            self.assertEqual((answer.text, answer.json), (text, None))

    async def test_binary(self):
        answer = await self.answer(b"\x00\xff\x89", {"content-type": "application/zip"}, response_type="binary")
        self.assertEqual((answer.content, answer.media_type), (b"\x00\xff\x89", "application/zip"))

    async def test_a_refusal_is_an_error_of_ours(self):
        with self.assertRaises(errors.NotFound):
            await self.answer(b'{"error": {"message": "no"}}', status=404)

    async def test_a_web_page_is_not_passed_on(self):
        with self.assertRaises(errors.NotJSON):
            await self.answer(b"<html><title>Sign in</title>", {"content-type": "text/html"}, response_type="text")


class RetryTests(IsolatedAsyncioTestCase):
    """Checklist J12 to J15."""

    async def tried(self, *replies, fails=None, **inputs):
        """How often it was sent, and the waits between, in seconds."""
        kept, waits = Kept(*replies), []

        async def sleep(seconds):
            waits.append(seconds)

        client = transport.Client(BASES["openai"], Secret("sk-k"), transport=kept, name=f"raw {next(_count)}")
        try:
            answer = await raw.send(client, raw.Request(**inputs), sleep=sleep)
        except errors.ConnectorError as error:
            assert fails and isinstance(error, fails), error
        else:
            assert not fails
            assert answer.retries == len(waits)
        return len(kept.requests), waits

    GOOD = (200, b"{}", {})
    BUSY = (429, b"{}", {})
    DOWN = (500, b"{}", {})

    async def test_without_being_asked_nothing_is_sent_again(self):
        for reply in (self.DOWN, self.BUSY, (503, b"{}", {"retry-after": "0"}), httpx.ConnectError("x")):
            self.assertEqual(await self.tried(reply, self.GOOD, fails=errors.ConnectorError), (1, []))

    async def test_after_5xx_and_when_the_network_failed(self):
        for reply in (self.DOWN, (503, b"", {}), httpx.ConnectError("x"), httpx.ReadError("x")):
            self.assertEqual(await self.tried(reply, self.GOOD, max_retries=2), (2, [0.0]))

    async def test_after_4xx_only_when_asked(self):
        for reply in (self.BUSY, (404, b"{}", {}), (307, b"", {"location": "https://elsewhere.example/"})):
            self.assertEqual(await self.tried(reply, self.GOOD, max_retries=1, fails=errors.Refused), (1, []))
            self.assertEqual(await self.tried(reply, self.GOOD, max_retries=1, retry_on_all_errors=True), (2, [0.0]))

    async def test_as_often_as_asked(self):
        self.assertEqual(
            await self.tried(self.DOWN, max_retries=3, retry_delay_ms=250, fails=errors.ProviderTrouble),
            (4, [0.25, 0.25, 0.25]),
        )

    async def test_exponential_backoff_ignores_the_delay(self):
        _, waits = await self.tried(
            self.DOWN, max_retries=4, retry_delay_ms=50_000, exponential_backoff=True, fails=errors.ProviderTrouble
        )
        for number, wait in enumerate(waits):
            self.assertLessEqual(wait, 0.5 * 2**number)

    async def test_retry_after_is_honoured(self):
        reply = (503, b"{}", {"retry-after": "7"})
        self.assertEqual(await self.tried(reply, self.GOOD, max_retries=1, retry_delay_ms=100), (2, [7.0]))

    async def test_a_wait_beyond_the_time_limit_is_not_begun(self):
        reply = (503, b"{}", {"retry-after": "30"})
        found = await self.tried(reply, self.GOOD, max_retries=1, timeout_ms=5000, fails=errors.ProviderTrouble)
        self.assertEqual(found, (1, []))

    async def test_a_mistake_of_ours_is_not_repeated(self):
        self.assertEqual(
            await self.tried(self.GOOD, path="..", max_retries=3, retry_on_all_errors=True, fails=errors.NotSent),
            (0, []),
        )


class LogTests(TestCase):
    def test_a_request_is_logged_when_asked_without_its_key(self):
        with self.assertLogs("connector.operations.raw", logging.INFO) as logs:
            sent(
                method="POST", path="/v1/x", data={"note": f"my key is {CANARY_KEY}"}, headers={"X-A": "b"}, debug=True
            )
        told = "".join(logs.output)
        self.assertIn("POST https://api.openai.com/v1/x", told)
        self.assertIn("x-a: b", told)
        self.assertNotIn(CANARY_KEY, told)

    def test_and_not_otherwise(self):
        with self.assertNoLogs("connector.operations.raw", logging.INFO):
            sent()


class NetworkTests(TestCase):
    """Over real connections, with a host beside that nobody is to call."""

    def test_the_other_host_is_not_called(self):
        with an_upstream() as upstream:
            ours = endpoint.parse(f"{upstream.url}/v1", "openai_compatible", allow_private=True)
            evil = f"127.0.0.1:{upstream.other.port}"

            async def attack():
                client = transport.Client(ours, Secret("fault:words-3"), allow_private=True)
                for typed in (text.replace(EVIL, evil) for text in HOSTILE if "\ud800" not in text):
                    for headers in ({}, {"X-A": "1"}):
                        try:
                            await raw.send(client, raw.Request(path=typed, headers=headers, response_type="text"))
                        except errors.ConnectorError:
                            continue
                await transport.close_pools()

            asyncio.run(attack())
            self.assertEqual(upstream.other.requests, [])
            self.assertTrue(upstream.requests)
            for seen in upstream.requests:
                self.assertTrue(seen.target.startswith("/v1/"), seen.target)
                self.assertEqual(seen.headers["host"], f"127.0.0.1:{upstream.port}")


@relaxed
@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=8), min_size=1, max_size=4))
def test_an_encoded_path_means_what_was_encoded(parts):
    typed = "/".join(quote(part, safe="") for part in parts)
    try:
        found, _ = paths.below("https://api.openai.com/v1", typed)
    except errors.InvalidParameter:
        return
    assert [unquote(segment) for segment in found.split("/")] == (parts if parts[0] != "v1" else parts[1:])
