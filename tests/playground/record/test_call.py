"""One call: what its page shows, to whom, and the way back to where it was asked."""

import json

from django.test import TestCase
from django.urls import reverse

from connector.client.multipart import File
from connector.models import CallContent, StoredFile
from connector.models.call import pack
from playground.record import showing, waterfall
from tests.builders import (
    CANARY_KEY,
    a_call,
    a_comparison,
    a_configuration,
    a_drawing,
    a_prompt,
    a_request,
    a_run,
    a_session,
    a_speech,
    a_superuser,
    a_transcription,
    a_user,
    a_viewer,
)


class Case(TestCase):
    def setUp(self):
        self.user = a_user()
        self.client.force_login(self.user)

    def page(self, call):
        return self.client.get(reverse("playground:request", args=[call.pk]))

    def with_answer(self, text, kind="application/json", **facts):
        call = a_call(self.user)
        answer = {"status": 200, "headers": {"content-type": kind}, "size": len(text), "text": text} | facts
        CallContent.objects.filter(call=call).update(packed_answers=pack([answer]))
        return call


class PageTests(Case):
    def test_request_and_answer_word_by_word(self):
        page = self.page(a_call(self.user, {"model": "sandbox", "seed": 7}, {"id": "chatcmpl-1"}))
        self.assertContains(page, "{\n  &quot;model&quot;: &quot;sandbox&quot;,\n  &quot;seed&quot;: 7\n}")
        self.assertContains(page, '<span class="name">id</span> <span class="string">“chatcmpl-1”</span>')

    def test_a_stream_as_events(self):
        text = "".join(f"event: delta\ndata: {json.dumps({'n': n})}\n\n" for n in range(500)) + "data: [DONE]\n\n"
        page = self.page(self.with_answer(text, "text/event-stream"))
        self.assertContains(page, "A stream of 501 events.")
        self.assertContains(page, "… 281 more")
        self.assertContains(page, "[DONE]")
        self.assertContains(page, '<li value="501">')

    def test_parts_of_a_form(self):
        call = a_call(self.user)
        form = [
            {"name": "model", "value": "whisper"},
            {"name": "file", "filename": "talk.wav", "media_type": "audio/wav", "size": 1000, "sha256": "ab" * 32},
        ]
        CallContent.objects.filter(call=call).update(packed_request=pack({"headers": {}, "size": 1200, "form": form}))
        page = self.page(call)
        for text in ("whisper", "talk.wav", "audio/wav", "abababababab…"):
            self.assertContains(page, text)

    def test_what_is_not_as_it_was_is_said(self):
        page = self.page(self.with_answer("{}", masked=True, cut=1234, files=2))
        self.assertContains(page, "Something that looked like a key was replaced.")
        self.assertContains(page, "1,234 bytes in the middle were not kept.")
        self.assertContains(page, "2 files in it stand as type, size and SHA-256 only.")

    def test_markup_in_an_answer_is_text(self):
        for kind in ("application/json", "text/plain", "text/event-stream"):
            page = self.page(self.with_answer('data: "<script>alert(1)</script>"\n\n', kind))
            self.assertNotContains(page, "<script>alert")
        page = self.page(self.with_answer('{"<img src=x onerror=1>": "<b>"}'))
        self.assertNotContains(page, "<img src=x")

    def test_an_answer_of_a_thousand_levels_and_one_that_is_huge(self):
        self.assertContains(self.page(self.with_answer("[" * 1000 + "]" * 1000)), "deeper than shown here")
        page = self.page(self.with_answer("word " * 300_000, "text/plain"))
        self.assertContains(page, "Only the beginning is shown.")
        self.assertLess(len(page.content), 300_000)

    def test_usage_cost_and_request_id(self):
        usage = {"prompt_tokens": 12, "completion_tokens_details": {"reasoning_tokens": 5}}
        page = self.page(a_call(self.user, usage=usage, cost="0.5", request_id="req_1"))
        for text in ("prompt tokens", "completion tokens details: reasoning tokens", "$0.5000", "req_1"):
            self.assertContains(page, text)

    def test_without_content_the_facts_stay(self):
        call = a_call(self.user)
        call.content.delete()
        self.assertContains(self.page(call), "is not kept")

    def test_its_body_can_be_taken_along(self):
        call = a_call(self.user, {"model": "sandbox"})
        answer = self.client.get(reverse("playground:request_body", args=[call.pk, "request"]))
        self.assertEqual(json.loads(answer.content), {"model": "sandbox"})
        self.assertIn("attachment", answer["Content-Disposition"])
        self.assertEqual(self.client.get(reverse("playground:request_body", args=[call.pk, "x"])).status_code, 404)

    def test_no_header_says_whose_account_it_is(self):
        headers = {"openai-organization": "org-secret", "x-request-id": "req_7"}
        page = self.page(self.with_answer("{}", headers=headers))
        self.assertContains(page, "req_7")
        self.assertNotContains(page, "org-secret")


class OthersTests(Case):
    def test_a_stranger_finds_nothing(self):
        call = a_call(a_user())
        for name, args in (("request", [call.pk]), ("request_body", [call.pk, "request"])):
            self.assertEqual(self.client.get(reverse(f"playground:{name}", args=args)).status_code, 404)
        self.assertEqual(self.client.get(reverse("playground:request_new"), {"call": call.pk}).status_code, 404)

    def test_administrators_see_what_happened_and_not_what_was_written(self):
        call = a_call(
            self.user,
            {"messages": "secret words"},
            {"text": "secret answer"},
            state="failed",
            error_code="bad_request",
            error="About the secret.",
            operation="raw",
            path="/secret",
            notices=[{"param": "x", "text": "A secret notice.", "kind": "dropped"}],
        )
        for administrator in (a_viewer(), a_superuser()):
            self.client.force_login(administrator)
            page = self.page(call)
            self.assertContains(page, "bad request")
            self.assertContains(page, self.user.username)
            self.assertNotContains(page, "secret")
            for args in ([call.pk, "request"], [call.pk, "answer"]):
                self.assertEqual(self.client.get(reverse("playground:request_body", args=args)).status_code, 404)
            self.assertEqual(self.client.get(reverse("playground:request_new"), {"call": call.pk}).status_code, 404)

    def test_a_call_of_nobody_is_nobodys(self):
        self.assertEqual(self.page(a_call(None)).status_code, 404)


class OfARunTests(Case):
    def setUp(self):
        super().setUp()
        a_configuration()
        self.run_ = a_run(a_session(self.user))
        self.address = reverse("playground:record", args=[self.run_.pk])

    def test_one_call_is_shown_at_once(self):
        call = a_call(self.user, run=self.run_)
        self.assertRedirects(self.client.get(self.address), reverse("playground:request", args=[call.pk]))
        self.assertContains(self.page(call), f"#run-{self.run_.pk}")

    def test_several_are_listed_in_their_order(self):
        calls = [a_call(self.user, run=self.run_) for _ in range(3)]
        page = self.client.get(self.address)
        self.assertEqual([call.pk for call in page.context["calls"]], [call.pk for call in calls])

    def test_none_is_explained(self):
        self.assertContains(self.client.get(self.address), "No call is on record.")

    def test_of_somebody_else(self):
        self.client.force_login(a_superuser())
        self.assertEqual(self.client.get(self.address).status_code, 404)


class AgainTests(Case):
    def again(self, call):
        return self.client.get(reverse("playground:request_new"), {"call": call.pk})

    def test_the_console_opens_as_it_was_sent(self):
        configuration = a_configuration()
        call = a_call(
            self.user, {"model": "sandbox", "n": 2}, configuration=configuration, path="/chat/completions?a=1"
        )
        page = self.again(call)
        self.assertContains(page, 'value="/chat/completions"')
        self.assertContains(page, "&quot;n&quot;: 2")
        self.assertContains(page, 'value="json" checked')
        self.assertContains(page, f'<option value="{configuration.pk}" selected>')
        self.assertContains(page, 'name="query_name" value="a"')

    def test_headers_of_the_connection_are_left_out(self):
        call = a_call(self.user)
        headers = {"authorization": f"Bearer {CANARY_KEY}", "content-type": "application/json", "openai-beta": "x"}
        CallContent.objects.filter(call=call).update(packed_request=pack({"headers": headers, "text": "{}"}))
        page = self.again(call)
        self.assertContains(page, "openai-beta")
        self.assertNotContains(page, CANARY_KEY)
        self.assertNotContains(page, "authorization")

    def test_what_is_not_as_it_was_is_said_before_it_is_sent(self):
        call = a_call(self.user)
        kept = {"headers": {}, "size": 2, "text": "{}", "masked": True}
        CallContent.objects.filter(call=call).update(packed_request=pack(kept))
        self.assertContains(self.again(call), "Something that looked like a key was replaced.")

    def test_files_go_along_where_they_are_still_there(self):
        file = StoredFile.objects.keep(self.user, File("talk.wav", b"RIFF"), StoredFile.Purpose.DOCUMENT)
        part = {"name": "file", "filename": "talk.wav", "media_type": "audio/wav", "size": 4, "sha256": file.sha256}
        call = a_call(self.user)
        CallContent.objects.filter(call=call).update(packed_request=pack({"headers": {}, "size": 99, "form": [part]}))
        self.assertContains(self.again(call), f'name="file_id" value="{file.public_id}"')
        self.client.force_login(other := a_user())
        call.user = other
        call.save()
        self.assertNotContains(self.again(call), str(file.public_id))


class WaterfallTests(Case):
    def test_stretches_follow_one_another(self):
        call = a_call(
            self.user,
            duration_ms=3000,
            attempts=[
                {"number": 1, "started_ms": 5, "connected_ms": 40, "status": 503, "error": "x", "duration_ms": 500},
                {"number": 2, "started_ms": 1500, "first_byte_ms": 200, "first_token_ms": 300, "duration_ms": 1500},
            ],
        )
        found = waterfall.of(call)
        self.assertEqual(
            [(one.kind, one.start, one.end) for one in found.stretches],
            [
                ("wait", 0, 5),
                ("connect", 5, 45),
                ("receive", 45, 505),
                ("wait", 505, 1500),
                ("answer", 1500, 1700),
                ("first_token", 1700, 1800),
                ("receive", 1800, 3000),
            ],
        )
        self.assertTrue(all(0 <= one.x <= waterfall.WIDTH for one in found.stretches))
        self.assertContains(self.page(call), "Waited before it was sent again")

    def test_odd_numbers_draw_something(self):
        for attempts in (
            [],
            [{}],
            [{"started_ms": -5, "duration_ms": "x"}],
            [{"connected_ms": 10**9, "duration_ms": 1}],
        ):
            found = waterfall.of(a_call(self.user, attempts=attempts, duration_ms=0))
            self.assertTrue(all(one.width > 0 for one in found.stretches))


class EventTests(Case):
    def test_lines_of_one_event_belong_together(self):
        found = list(showing.events(": comment\nevent: a\ndata: 1\ndata: 2\n\ndata:x\n\nid: 3\n\ndata: last"))
        self.assertEqual([(one.name, one.line) for one in found], [("a", "1\n2"), ("", "x"), ("", "last")])


class OriginTests(Case):
    """The way back to where a call was asked for."""

    def setUp(self):
        super().setUp()
        a_configuration()

    def opened(self, run):
        """The page that the call of `run` leads to."""
        self.page(a_call(self.user, run=run))
        address = showing.origin_of(run)
        self.assertIn(address.replace("&", "&amp;"), self.page(a_call(self.user, run=run)).text)
        return self.client.get(address)

    def test_leads_to_every_kind_of_page(self):
        comparison = a_comparison(self.user)
        runs = [
            a_run(a_session(self.user)),
            a_prompt(self.user).runs.get(),
            comparison.columns.first().runs.get(),
            a_drawing(self.user),
            a_speech(self.user).run,
            a_transcription(self.user).run,
            a_request(self.user),
        ]
        for run in runs:
            with self.subTest(run.kind, operation=run.operation):
                self.assertEqual(self.opened(run).status_code, 200)

    def test_what_was_deleted_is_not_led_to(self):
        session = a_session(self.user)
        run = a_run(session)
        session.discard()
        run.refresh_from_db()
        self.assertEqual(showing.origin_of(run), "")
