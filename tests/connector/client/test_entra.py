import asyncio
import base64
import json
import unittest
from datetime import UTC, datetime
from urllib.parse import parse_qs

import httpx

from connector.client import entra, errors
from connector.client.endpoint import parse
from connector.client.secret import Secret
from connector.client.transport import Client
from connector.operations import models

CLIENT = "11111111-2222-3333-4444-555555555555"
APPLICATION = entra.Application("example.onmicrosoft.com", CLIENT)
HOST = "res.openai.azure.com"


class SignIn(httpx.AsyncBaseTransport):
    """Microsoft's side: a token for each request."""

    def __init__(self, status=200, body=None, seconds=3600):
        self.status, self.body, self.seconds = status, body, seconds
        self.requests = []

    async def handle_async_request(self, request):
        self.requests.append(request)
        await asyncio.sleep(0.01)
        token = {"token_type": "Bearer", "expires_in": self.seconds, "access_token": f"token-{len(self.requests)}"}
        return httpx.Response(self.status, content=json.dumps(token if self.body is None else self.body).encode())


class TokenTests(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.now = 1000.0
        self.addCleanup(entra.forget)

    async def token(self, sign_in, application=APPLICATION, host=HOST, shown="a secret"):
        found = await entra.token(application, Secret(shown), host, transport=sign_in, clock=lambda: self.now)
        return found.reveal()

    async def test_the_secret_goes_to_the_sign_in_host_in_the_body(self):
        sign_in = SignIn()
        self.assertEqual(await self.token(sign_in), "token-1")
        request = sign_in.requests[0]
        self.assertEqual(
            str(request.url), "https://login.microsoftonline.com/example.onmicrosoft.com/oauth2/v2.0/token"
        )
        self.assertEqual(
            parse_qs(request.content.decode()),
            {
                "grant_type": ["client_credentials"],
                "client_id": [CLIENT],
                "client_secret": ["a secret"],
                "scope": ["https://cognitiveservices.azure.com/.default"],
            },
        )

    async def test_each_cloud_signs_in_at_home(self):
        sign_in = SignIn()
        await self.token(sign_in, host="res.openai.azure.us")
        await self.token(sign_in, host="res.openai.azure.cn")
        hosts = [request.url.host for request in sign_in.requests]
        self.assertEqual(hosts, ["login.microsoftonline.us", "login.partner.microsoftonline.cn"])

    async def test_a_hundred_who_ask_at_once_share_one(self):
        sign_in = SignIn()
        found = await asyncio.gather(*(self.token(sign_in) for _ in range(100)))
        self.assertEqual((set(found), len(sign_in.requests)), ({"token-1"}, 1))

    async def test_it_is_replaced_before_it_ends(self):
        sign_in = SignIn()
        await self.token(sign_in)
        self.now += 3600 - entra.EARLIER - 1
        self.assertEqual(await self.token(sign_in), "token-1")
        self.now += 2
        self.assertEqual(await self.token(sign_in), "token-2")

    async def test_another_secret_gets_another_token(self):
        sign_in = SignIn()
        await self.token(sign_in)
        self.assertEqual(await self.token(sign_in, shown="another"), "token-2")

    async def test_a_refusal_says_what_microsoft_says(self):
        said = "AADSTS7000222: The provided client secret keys for app are expired.\r\nTrace ID: 1"
        sign_in = SignIn(401, {"error": "invalid_client", "error_description": said})
        with self.assertRaises(errors.TokenRefused) as caught:
            await self.token(sign_in)
        self.assertIn("client secret keys for app are expired.", caught.exception.what)
        self.assertNotIn("Trace", caught.exception.what)

    async def test_nonsense_is_no_token(self):
        for body in ([], {}, {"access_token": ""}, {"access_token": 5}, "text", 0):
            with self.subTest(body=body), self.assertRaises(errors.TokenRefused):
                await self.token(SignIn(body=body))

    async def test_a_tenant_that_is_a_path_is_refused_before_anything_is_sent(self):
        for tenant in ("", "a/../b", "a..b", "evil.example/x", "a?b", "a#b", "a b", "a\\b"):
            with self.subTest(tenant), self.assertRaises(errors.InvalidParameter):
                await self.token(SignIn(), entra.Application(tenant, CLIENT))
        with self.assertRaises(errors.InvalidParameter):
            await self.token(SignIn(), entra.Application("tenant", "no id"))

    async def test_the_token_is_sent_in_place_of_the_secret(self):
        await entra.token(APPLICATION, Secret("a secret"), HOST, transport=SignIn())
        provider = SignIn(body={"object": "list", "data": []})
        endpoint = parse(f"https://{HOST}/openai/v1", "azure_openai", entra=True)
        client = Client(endpoint, Secret("a secret"), application=APPLICATION, transport=provider)
        await client.send(models.OPERATION)
        headers = provider.requests[0].headers
        self.assertEqual(headers["authorization"], "Bearer token-1")
        self.assertNotIn("a secret", str(headers.raw))


class EndTests(unittest.TestCase):
    def jwt(self, payload):
        part = base64.urlsafe_b64encode(json.dumps(payload).encode()).decode().rstrip("=")
        return f"e30.{part}.sig"

    def test_a_token_says_when_it_ends(self):
        self.assertEqual(entra.ends(self.jwt({"exp": 1_800_000_000})), datetime.fromtimestamp(1_800_000_000, UTC))

    def test_what_says_nothing_has_no_end(self):
        for typed in ("", "sk-abc", "a.b.c", self.jwt({}), self.jwt({"exp": "soon"}), self.jwt({"exp": 10**30})):
            with self.subTest(typed):
                self.assertIsNone(entra.ends(typed))
