"""Whatever leads elsewhere: names that stand for forbidden addresses, redirects, addresses in forms, and answers that
give an address. The other host hears nothing, above all no key (T18, T21, T22, T29, T31, T34)."""

import asyncio
import json
import socket
import unittest

from django.test import SimpleTestCase

from connector.client import endpoint, errors, fetching, pool
from connector.client.secret import Secret
from connector.client.transport import Client
from connector.operations import chat_completions, models, raw
from tests.attacks.target import a_target
from tests.builders import CANARY_KEY
from tests.connector.client.test_address import NEVER, PRIVATE
from tests.upstream import an_upstream

MOVED = (301, 302, 303, 307, 308)
ELSEWHERE = (
    "api_base",
    "base_url",
    "endpoint",
    "url",
    "host",
    "api_key",
    "api_version",
    "extra_headers",
    "organization",
)


class LyingLoop(asyncio.SelectorEventLoop):
    """Name servers say what somebody else wants: the name `lies.example` is an address of his choice."""

    says = ""

    async def getaddrinfo(self, host, port, **how):
        family = socket.AF_INET6 if ":" in self.says else socket.AF_INET
        where = (self.says, port, 0, 0) if family == socket.AF_INET6 else (self.says, port)
        return [(family, socket.SOCK_STREAM, 6, "", where)]


def in_a_lying_loop(says, ask):
    async def run():
        asyncio.get_running_loop().says = says
        return await ask()

    with asyncio.Runner(loop_factory=LyingLoop) as runner:
        return runner.run(run())


def a_client(address, **how):
    place = endpoint.parse(address, endpoint.Kind.COMPATIBLE, allow_private=True)
    return Client(place, Secret(CANARY_KEY), allow_private=True, **how)


class NameTests(SimpleTestCase):
    def test_that_stands_for_a_metadata_address_is_never_called(self):
        for says in NEVER:
            with self.subTest(says), self.assertRaises(errors.AddressRefused):
                in_a_lying_loop(says, lambda: models.list(a_client("https://lies.example/v1")))

    def test_that_stands_for_a_private_address_is_called_only_where_that_is_allowed(self):
        place = endpoint.parse("https://lies.example/v1", endpoint.Kind.COMPATIBLE)
        for says in PRIVATE:
            with self.subTest(says), self.assertRaises(errors.AddressRefused):
                in_a_lying_loop(says, lambda: models.list(Client(place, Secret(CANARY_KEY))))

    def test_that_changes_its_mind_is_looked_at_anew(self):
        with an_upstream() as here:

            async def ask():
                client = a_client(f"http://lies.lan:{here.port}/v1")
                await models.list(client)
                await pool.close()  # as when the connection is not used for a while
                asyncio.get_running_loop().says = "169.254.169.254"
                with self.assertRaises(errors.AddressRefused):
                    await models.list(client)

            in_a_lying_loop("127.0.0.1", ask)
            self.assertEqual(len(here.connections), 1)

    def test_in_an_answer_that_stands_for_the_own_network_is_not_fetched(self):
        for says in ("169.254.169.254", "127.0.0.1", "10.0.0.1", "::1", "::ffff:127.0.0.1"):
            with self.subTest(says), self.assertRaises(errors.NotFetched):
                in_a_lying_loop(says, lambda: fetching.fetch("https://lies.example/picture.png"))


class RedirectTests(unittest.IsolatedAsyncioTestCase):
    async def test_nothing_is_followed_and_nothing_goes_along(self):
        with an_upstream() as here:
            client = a_client(f"{here.url}/v1")
            for status in MOVED:
                model = f"fault:redirect-{status}"
                request = chat_completions.Request(model=model, messages=[{"role": "user", "content": "x"}])
                with self.subTest(status):
                    with self.assertRaises(errors.Redirected):
                        await chat_completions.create(client, request)
                    with self.assertRaises(errors.Redirected):
                        async with chat_completions.stream(client, request) as chunks:
                            async for _ in chunks:
                                pass
                    with self.assertRaises(errors.Redirected):
                        await raw.send(client, raw.Request(method="POST", path="/v1/x", data={"model": model}))
                    key = Secret(model)
                    with self.assertRaises(errors.Redirected):
                        await models.list(Client(client.endpoint, key, allow_private=True))
            self.assertEqual(here.other.connections, [])


CONFIGURE = """
import sys
from connector.models import Configuration
c = Configuration.objects.create(display_name="U", api_type="openai_compatible", endpoint=sys.stdin.readline().strip(),
    model_default_chat="good", open_to_everyone=True)
c.set_key(sys.stdin.readline().strip())
print("PK", c.pk)
"""


def test_no_form_of_the_chat_takes_an_address_or_a_key():
    with an_upstream() as here, a_target() as target:
        printed = target.server.execute(CONFIGURE, stdin=f"{here.url}/v1\n{CANARY_KEY}\n")
        form = {"configuration": printed.partition("PK ")[2].strip(), "model": "good", "text": "Hello"}
        other = here.other.url
        form |= dict.fromkeys(ELSEWHERE, other) | {f"p_{name}": other for name in ELSEWHERE}
        form |= {"p_extra_headers": json.dumps({"Host": other}), "p_extra_body": json.dumps({"api_base": other})}
        begun = target.ask("ann", "POST", "/chat/ask/", form)
        assert begun.status == 302
        assert here.wait(lambda: here.requests)
        session = begun.headers["location"].partition("#")[0]
        target.ask("ann", "POST", f"{session}settings/", form)
        target.ask("ann", "POST", f"{session}ask/", form)
        target.ask("ann", "POST", f"{session}ask/", form | {"model": "../../x"})
        assert here.other.connections == []
        for seen in here.requests:
            assert seen.path == "/v1/chat/completions"
            assert other not in seen.body.decode()
            assert seen.headers["authorization"] == f"Bearer {CANARY_KEY}"
        page = target.ask("ann", "GET", session).text + target.ask("ann", "GET", f"{session}export.json").text
        for secret in ("CANARY", here.url, "gAAAA"):  # neither key nor endpoint is for those who use it (T20)
            assert secret not in page
        assert "CANARY" not in target.server.log
