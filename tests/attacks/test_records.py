"""What a key, a stranger, a liar of a provider or a loop could do to requests and to the record of them (T33, T74, T98,
T100)."""

import asyncio
import json

from asgiref.sync import sync_to_async
from django.test import TransactionTestCase, override_settings
from django.urls import reverse

from connector import testing
from connector.client import wire
from connector.models import Call, CallContent, Configuration, StoredFile, UsageDay
from connector.models.usage import NUMBERS
from connector.runs import threads
from playground.record import har
from playground.record.code import asked
from tests.builders import CANARY_KEY, a_call, a_configuration, a_user, an_openai
from tests.connector.runs.test_calls import Case as CallCase

AZURE_KEY = "0123456789abcdef0123456789abcdef"


class EchoTests(CallCase):
    """A server that repeats what it was asked with: some have an address for that."""

    def setUp(self):
        super().setUp()
        self.configuration = an_openai(key=CANARY_KEY, raw_requests=Configuration.RawRequests.USERS)

    async def test_a_raw_answer_never_repeats_the_key(self):
        echo = json.dumps({"headers": {"authorization": f"Bearer {CANARY_KEY}"}}).encode()
        for body, kind in ((echo, "application/json"), (echo, "text/plain"), (b"\0" + echo, "application/octet-stream")):
            headers = {"content-type": kind, "x-echo": CANARY_KEY, "x-request-id": CANARY_KEY}
            with self.subTest(kind), testing.recorded(self.configuration, [testing.Answer(200, body, headers)]):
                run, (file,) = await self.ask("raw", {"path": "/v1/echo", "method": "GET"})
            kept = await sync_to_async(file.file.read)()
            self.assertNotIn(CANARY_KEY.encode(), kept)
            self.assertNotIn(CANARY_KEY, json.dumps([run.answer, run.request_id, run.usage]))
            await sync_to_async(self.client.force_login)(self.user)
            for path in (
                f"{reverse('playground:request_new')}?run={run.pk}",
                reverse("playground:file", args=[file.public_id]),
            ):
                page = await sync_to_async(self.client.get)(path)
                content = page.getvalue()
                self.assertNotIn(CANARY_KEY.encode(), content)


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
