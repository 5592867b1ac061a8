"""A key that went out with a request, and that the provider repeats in its answer, is on no page and in no export."""

import asyncio
import base64
import json
from urllib.parse import quote

from asgiref.sync import async_to_sync
from django.test import TransactionTestCase, override_settings
from django.urls import reverse

from connector import runs
from connector.models import Call, Run, requesting
from connector.runs import engine, threads
from playground.record import code
from tests.builders import CANARY_KEY, a_superuser, an_openai
from tests.upstream import an_upstream

SPELLINGS = (CANARY_KEY, quote(CANARY_KEY), base64.b64encode(CANARY_KEY.encode()).decode(), CANARY_KEY[10:30])


@override_settings(CONNECTOR_ALLOW_PRIVATE_HOSTS=True)
class KeysTests(TransactionTestCase):
    def tearDown(self):
        asyncio.run(threads.close())

    def send(self, user, configuration, **parameters):
        asked = {"method": "POST", "path": "/v1/chat/completions", **parameters}
        run = requesting.ask(user, configuration, "raw", asked)
        async_to_sync(self.finish)(run)
        return Run.objects.get(pk=run.pk)

    async def finish(self, run):
        async with asyncio.timeout(60), engine.running():
            runs.start(run)
            async for _ in runs.follow(run.pk):
                pass

    def test_of_answers_and_refusals(self):
        user = a_superuser()
        self.client.force_login(user)
        with an_upstream() as upstream:
            configuration = an_openai(
                CANARY_KEY, api_type="openai_compatible", endpoint=f"{upstream.url}/v1", open_to_everyone=True
            )
            sent = [
                self.send(user, configuration, data='{"model": "fault:key-echo", "messages": []}'),
                self.send(user, configuration, data='{"model": "words-3", "messages": []}'),
            ]
            # what somebody types themselves stays in their form, and nowhere else
            self.send(user, configuration, data=json.dumps({"model": "words-3", "messages": [], "user": CANARY_KEY}))
            self.assertEqual({seen.headers["authorization"] for seen in upstream.requests}, {f"Bearer {CANARY_KEY}"})
        addresses = [reverse("playground:requests"), reverse("playground:requests_har")]
        addresses += [f"{reverse('playground:request_new')}?run={run.pk}" for run in sent]
        for pk in Call.objects.values_list("pk", flat=True):
            addresses += [reverse(f"playground:{name}", args=[pk]) for name in ("request", "request_har")]
            addresses += [f"{reverse('playground:request_new')}?call={pk}", f"/admin/connector/call/{pk}/change/"]
            addresses += [reverse("playground:request_code", args=[pk, kind]) for kind in code.KINDS]
            addresses += [reverse("playground:request_body", args=[pk, which]) for which in ("request", "answer")]
        self.assertGreater(len(addresses), 20)
        for address in addresses:
            response = self.client.get(address)
            content = b"".join(response.streaming_content) if response.streaming else response.content
            for spelling in SPELLINGS:
                self.assertNotIn(spelling, content.decode(), address)
