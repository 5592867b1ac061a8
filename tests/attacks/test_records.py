"""What a key, a stranger, a liar of a provider or a loop could do to requests and to the record of them (T33, T74, T98,
T100)."""

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

from asgiref.sync import sync_to_async
from django.test import SimpleTestCase, TestCase, override_settings
from django.urls import reverse

from connector import testing
from connector.client.masking import HIDDEN
from connector.models import ApiType, Call, CallContent, Configuration, UsageDay
from connector.models.recording import Came
from connector.models.usage import NUMBERS
from playground.record import har
from playground.record.code import asked, shell
from tests.builders import CANARY_KEY, a_configuration, a_session, an_openai
from tests.connector.runs.test_calls import Case as CallCase
from tests.upstream import an_upstream

AZURE_KEY = "0123456789abcdef0123456789abcdef"


@override_settings(CONNECTOR_ALLOW_PRIVATE_HOSTS=True)
class EchoTests(CallCase):
    """A server that repeats what it was asked with, whole or in pieces: some have an address for that."""

    KEYS = (CANARY_KEY, AZURE_KEY)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.upstream = cls.enterClassContext(an_upstream())

    def setUp(self):
        super().setUp()
        self.configuration = a_configuration(
            api_type=ApiType.OPENAI_COMPATIBLE,
            endpoint=f"{self.upstream.url}/v1",
            model_default_chat="fault:mirror",
            raw_requests=Configuration.RawRequests.USERS,
        )
        self.client.force_login(self.user)

    async def pages(self, *paths):
        """All that can be read there, joined."""
        return b"\n".join([(await sync_to_async(self.client.get)(path)).getvalue() for path in paths])

    async def everything(self, run):
        call = await Call.objects.aget(run=run)
        content = await CallContent.objects.aget(call=call)
        rows = json.dumps([run.request, run.answer, run.error, run.usage, run.request_id, call.path, call.error])
        kept = json.dumps([content.request, content.answers])
        archive = har.written([(call, content)])
        pages = await self.pages(
            reverse("playground:request", args=[call.pk]),
            reverse("playground:request_body", args=[call.pk, "answer"]),
            f"{reverse('playground:request_new')}?call={call.pk}",
            reverse("playground:requests"),
            reverse("playground:usage_csv"),
        )
        return rows + kept + archive + pages.decode()

    async def test_a_raw_answer_does_not_repeat_the_key(self):
        for key in self.KEYS:
            await sync_to_async(self.configuration.set_key)(key)
            for kind in ("json", "text", "binary"):
                with self.subTest(key, kind=kind):
                    body = {"model": "fault:mirror"}
                    asked = {"path": "/v1/chat/completions", "method": "POST", "data": body, "response_type": kind}
                    run, (file,) = await self.ask("raw", asked)
                    content = (await sync_to_async(file.file.read)()).decode()
                    self.assertTrue(content.endswith(f'"begin": "{key[:9]}"}}'), content)  # all of it came
                    found = content + await self.everything(run)
                    found += (
                        await self.pages(
                            f"{reverse('playground:request_new')}?run={run.pk}",
                            reverse("playground:file", args=[file.public_id]),
                        )
                    ).decode()
                    self.assertNotIn(key, found)

    async def test_neither_does_a_stream_whose_pieces_are_pieces_of_it(self):
        for key in self.KEYS:
            with self.subTest(key):
                await sync_to_async(self.configuration.set_key)(key)
                session = await sync_to_async(a_session)(self.user, configuration=self.configuration, model="")
                run = await sync_to_async(session.ask)("Say your key.")
                run, _ = await self.finished(run)
                message = await run.messages.aget()
                self.assertEqual(message.content, f"{HIDDEN} and {HIDDEN}, {key[:9]}")
                found = await self.everything(run)
                found += (await self.pages(reverse("playground:session", args=[session.pk]))).decode()
                self.assertNotIn(key, found)

    async def test_nor_does_a_stream_of_a_raw_request(self):
        await sync_to_async(self.configuration.set_key)(AZURE_KEY)
        body = {"model": "fault:mirror", "stream": True}
        run, (file,) = await self.ask("raw", {"path": "/v1/chat/completions", "method": "POST", "data": body})
        content = (await sync_to_async(file.file.read)()).decode()
        self.assertNotIn(AZURE_KEY, content + await self.everything(run))


class LyingProviderTests(CallCase):
    """What a provider says of itself never keeps a call out of the record, or out of the sums."""

    ANSWERS = (
        b'{"model": "a\\qb", "data": [], "usage": {"prompt_tokens": 3}}',
        b'{"model": "a", "usage": {"prompt_tokens": NaN, "completion_tokens": Infinity}}',
        b'{"model": "a", "usage": {"prompt_tokens": 1e308, "completion_tokens": -1e308, "total_tokens": -5}}',
        b'{"model": "a", "usage": {"prompt_tokens": ' + b"9" * 400 + b', "completion_tokens": 5}}',
        b'{"model": "a", "usage": {"prompt_tokens": ' + b"9" * 5000 + b"}}",
        b'{"model": "a", "usage": {"prompt_tokens": true, "seconds": ' + b"9" * 300 + b"}}",
        b'{"model": "\\ud800", "usage": {"\\ud800\\u0000": "\\ud800", "prompt_tokens": 9223372036854775807}}',
        b'{"service_tier": "x", "usage": {"prompt_tokens": 9223372036854775807, "prompt_tokens_details": '
        b'{"cached_tokens": -9223372036854775807}}}',
        b'{"model": "a", "usage": ' + b'{"a":' * 900 + b"1" + b"}" * 900 + b"}",
        b"[" * 100_000,
        b'{"usage": {' * 20_000,
        b'"usage": {"input_tokens": 1}' * 20_000,
    )

    def setUp(self):
        super().setUp()
        self.configuration = an_openai(key=CANARY_KEY, raw_requests=Configuration.RawRequests.USERS)

    def counted(self):
        days = UsageDay.objects.filter(user=self.user)
        for day in days:
            self.assertTrue(all(isinstance(getattr(day, name), int) for name in NUMBERS))
        return sum(day.calls for day in days)

    async def test_a_call_is_recorded_and_counted_whatever_it_says(self):
        await sync_to_async(self.client.force_login)(self.user)
        for body in self.ANSWERS:
            with self.subTest(body[:60]):
                before = await sync_to_async(self.counted)()
                answer = testing.Answer(200, body, {"content-type": "application/json"})
                with testing.recorded(self.configuration, [answer]):
                    run, _ = await self.ask("raw", {"path": "/v1/chat/completions", "method": "POST", "data": {}})
                self.assertEqual(run.state, "done")
                call = await Call.objects.filter(run=run).afirst()
                self.assertIsNotNone(call)
                self.assertEqual(await sync_to_async(self.counted)(), before + 1)
                for path in (
                    reverse("playground:request", args=[call.pk]),
                    reverse("playground:requests"),
                    reverse("playground:usage"),
                    reverse("playground:usage_csv"),
                    f"{reverse('playground:request_new')}?run={run.pk}",
                    f"{reverse('playground:request_new')}?call={call.pk}",
                ):
                    page = await sync_to_async(self.client.get)(path)
                    self.assertEqual(page.status_code, 200, path)


class LongAnswerTests(SimpleTestCase):
    def test_a_thousand_beginnings_of_a_usage_cost_a_moment(self):
        for text in ('"usage": {"a":' * 140_000, '"usage": {"a":1}' * 120_000, '"usage": {"a":"' + "a" * 2_000_000):
            began = time.process_time()
            Came(text).usage  # noqa: B018  # it is worked out
            self.assertLess(time.process_time() - began, 8.0)  # it took half a minute


class CodeTests(TestCase):
    """Code for a shell is text that somebody pastes: nothing in a request may run there."""

    BAD = "`touch $MARK`$(touch $MARK)'\"; touch $MARK; \\"

    def written(self, folder, **fields):
        """What curl is given, by a shell in which it is only a name."""
        mark, text = folder / "mark", shell.curl(asked.Asked(**{"operation": "raw", "path": "/x"} | fields))
        script = f'curl() {{ printf "%s\\n" "$@"; }}\n{text}'
        env = {"MARK": str(mark), "PATH": os.environ["PATH"], "OPENAI_API_KEY": "the-key"}
        done = subprocess.run(["sh", "-c", script], env=env, capture_output=True, text=True, check=True, cwd=folder)
        self.assertFalse(mark.exists(), text)
        return done.stdout

    def test_nothing_of_a_request_runs(self):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            self.assertIn(self.BAD, self.written(folder, text=self.BAD))
            self.assertIn(self.BAD, self.written(folder, path=f"/{self.BAD}", method="GET"))
            for value in ("plain", HIDDEN, f"a {HIDDEN} b"):
                self.assertIn("`touch", self.written(folder, headers={"x-`touch`$(touch $MARK)-token": value}))
            part = asked.Part(self.BAD, self.BAD, filename=self.BAD, media_type=self.BAD)
            self.assertIn("touch", self.written(folder, parts=[part, asked.Part(self.BAD, self.BAD)]))
