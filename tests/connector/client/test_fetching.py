"""Getting what an answer gives only an address of."""

import asyncio
from unittest import IsolatedAsyncioTestCase

import httpx

from connector.client import endpoint, errors, fetching, transport
from connector.client.secret import Secret
from tests.upstream import an_upstream

PNG = b"\x89PNG\r\n\x1a\n"
GOOD = "https://pictures.example/a.png?sig=x%2Fy"


class Host(httpx.AsyncBaseTransport):
    """Answers with what it was given, one after the other; the last one stays."""

    def __init__(self, *answers):
        self.answers, self.requests = list(answers), []

    async def handle_async_request(self, request):
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        status, headers, pieces = answer
        return httpx.Response(status, headers=headers, stream=Pieces(pieces))


class Pieces(httpx.AsyncByteStream):
    def __init__(self, pieces):
        self.pieces, self.taken = pieces, 0

    async def __aiter__(self):
        for piece in self.pieces:
            if isinstance(piece, Exception):
                raise piece
            if piece is None:
                await asyncio.Event().wait()
            yield piece


class FetchTests(IsolatedAsyncioTestCase):
    async def refused(self, url, host=None, **options):
        with self.assertRaises(errors.NotFetched) as caught:
            await fetching.fetch(url, transport=host, **options)
        return caught.exception

    async def test_the_bytes_come(self):
        host = Host((200, {}, [PNG, b"rest"]))
        assert await fetching.fetch(GOOD, transport=host) == PNG + b"rest"
        assert str(host.requests[0].url) == GOOD

    async def test_nothing_of_ours_goes_along(self):
        host = Host((200, {}, [PNG]))
        client = transport.Client(endpoint.parse("", "openai"), Secret("sk-secret"), transport=host)
        await client.fetch(GOOD)
        (request,) = host.requests
        assert set(request.headers) == {"host", "accept", "accept-encoding", "user-agent"}
        assert "secret" not in str(request.headers)

    async def test_only_plain_https_is_fetched(self):
        host = Host((200, {}, [PNG]))
        for url in (
            "http://pictures.example/a.png",
            "file:///etc/passwd",
            "data:image/png;base64,AAAA",
            "ftp://pictures.example/a.png",
            "https://user:pass@pictures.example/a.png",
            "//pictures.example/a.png",
            "https:///a.png",
            "a.png",
            "",
            "https://pictures.example/" + "a" * 5000,
        ):
            with self.subTest(url[:60]):
                await self.refused(url, host)
        assert host.requests == []

    async def test_private_addresses_are_not_called(self):
        host = Host((200, {}, [PNG]))
        for name in (
            "127.0.0.1",
            "10.1.2.3",
            "169.254.169.254",
            "168.63.129.16",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "metadata.google.internal",
            "0.0.0.0",  # noqa: S104  # called, not bound
        ):
            with self.subTest(name):
                await self.refused(f"https://{name}/a.png", host)
        assert host.requests == []

    async def test_a_name_that_leads_to_the_own_network_is_not_called(self):
        with an_upstream() as upstream:
            port = upstream.url.rpartition(":")[2]
            for name in ("localhost", "2130706433", "127.1"):
                with self.subTest(name):
                    await self.refused(f"https://{name}:{port}/a.png")
            assert upstream.connections == []

    async def test_redirects_are_not_followed(self):
        host = Host((302, {"location": "https://169.254.169.254/"}, []))
        assert "redirect" in (await self.refused(GOOD, host)).what
        assert len(host.requests) == 1

    async def test_an_expired_address_says_so(self):
        for status in (403, 404, 410):
            assert "expired" in (await self.refused(GOOD, Host((status, {}, [])))).what

    async def test_trouble_is_tried_once_more(self):
        for first in ((503, {}, []), httpx.ReadError("gone"), (200, {}, [PNG, httpx.ReadError("gone")])):
            host = Host(first, (200, {}, [PNG]))
            assert await fetching.fetch(GOOD, transport=host) == PNG
        host = Host((503, {}, []))
        assert "503" in (await self.refused(GOOD, host)).what
        assert len(host.requests) == 2

    async def test_size_and_time_are_limited(self):
        endless = Host((200, {}, [bytes(1_000_000)] * 30))
        assert "20 MB" in (await self.refused(GOOD, endless)).what
        assert "0.05 seconds" in (await self.refused(GOOD, Host((200, {}, [PNG, None])), seconds=0.05)).what
