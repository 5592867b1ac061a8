"""The prompts so far: what each shows, older ones, using one again, asking again, stopping, deleting."""

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from connector.client import errors
from connector.models import ChatCompletionsSession, Configuration, Run
from playground.prompt import cards
from tests.builders import a_configuration, a_prompt, a_session, a_user, an_exchange, an_upload, some_answers

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}
PAGE = reverse("playground:prompt")


class Case(TestCase):
    def setUp(self):
        Configuration.objects.all().delete()
        self.user = a_user()
        self.configuration = a_configuration()
        self.client.force_login(self.user)

    def post(self, name, key, headers=HTMX, **fields):
        return self.client.post(reverse(f"playground:{name}", args=[key]), fields, headers=headers)


class CardTests(Case):
    def test_an_answer_says_everything_about_itself(self):
        notice = {"param": "stop", "text": "stop was not sent: it is a reasoning model.", "kind": "left_out"}
        session = a_prompt(self.user, "Why?", "**Because.**", notices=[notice], template={"values": {"name": "Ada"}})
        page = self.client.get(PAGE)
        for words in ("<strong>Because.</strong>", "12 in, 30 out", "first token 0.12 s", "30 tokens/s", "stop</span>"):
            self.assertContains(page, words)
        self.assertContains(page, "stop was not sent")
        self.assertContains(page, "<dt>name</dt><dd>Ada</dd>")
        self.assertContains(page, reverse("playground:text", args=[session.leaf_id]))
        self.assertEqual(self.client.get(reverse("playground:text", args=[session.leaf_id])).text, "**Because.**")

    def test_an_answer_that_is_json_is_a_block_of_code(self):
        for answer, shown in (('{"born": 1815}', True), ("[1, 2]", True), ('{"born": 18', False), ("{" * 9000, False)):
            with self.subTest(answer=answer[:20]):
                session = a_prompt(self.user, answer=answer)
                html = cards.run_fragment(session.leaf.run, self.user)
                self.assertIs("</code></pre>" in html, shown)
                text = self.client.get(reverse("playground:text", args=[session.leaf_id])).text
                self.assertEqual(text, answer)  # copied as it came

    def test_nothing_of_it_is_written_in_another_way(self):
        session = a_prompt(self.user, answer='{"a": 1.00, "a": 12345678901234567890.5}')
        html = strip_tags(cards.run_fragment(session.leaf.run, self.user))
        self.assertIn('"a": 1.00', html)
        self.assertIn('"a": 12345678901234567890.5', html)

    def test_the_request_and_the_answer_as_they_were_are_a_click_away(self):
        record = reverse("playground:record", args=[a_prompt(self.user).leaf.run_id])
        self.assertContains(self.client.get(PAGE), record)
        self.assertEqual(self.client.get(record).status_code, 200)

    def test_what_went_wrong_offers_another_try(self):
        error = errors.CutOff().as_dict()
        session = a_prompt(self.user, answer="Half an", state=Run.State.INTERRUPTED, error=error)
        page = self.client.get(PAGE)
        self.assertContains(page, "Half an")
        self.assertContains(page, error["what"])
        self.assertContains(page, "Try again")
        self.assertContains(page, reverse("playground:prompt_again", args=[session.leaf.run_id]))

    def test_several_answers_stand_side_by_side(self):
        session = a_session(self.user, kind="prompt")
        question = session.messages.create(role="user", content="Why?")
        some_answers(session, question, "One.", "Two.", kind="prompt")
        page = self.client.get(PAGE)
        self.assertContains(page, 'class="answers several"')
        self.assertContains(page, "Two.")

    def test_chats_and_others_prompts_are_not_among_them(self):
        an_exchange(a_session(self.user), "A chat's question")
        a_prompt(a_user(), "Somebody else's")
        page = self.client.get(PAGE)
        self.assertNotContains(page, "A chat&#x27;s question")
        self.assertNotContains(page, "Somebody else")
        a_prompt(self.user, "A prompt's question")
        self.assertNotContains(self.client.get(reverse("playground:chat")), "A prompt&#x27;s question")

    def test_a_run_of_a_dead_process_is_marked(self):
        session = a_prompt(self.user, state=Run.State.STREAMING, ended=None)
        Run.objects.update(heartbeat="2020-01-01T00:00:00Z", owner="elsewhere-1-x")
        self.assertContains(self.client.get(PAGE), "interrupted")
        self.assertEqual(Run.objects.get(pk=session.leaf.run_id).state, "interrupted")

    def test_the_last_frame_of_a_stream_is_the_answer(self):
        session = a_prompt(self.user, answer="Because.")
        run = session.leaf.run
        html = cards.run_fragment(run, self.user)
        self.assertTrue(html.strip().startswith(f'<div class="run" id="run-{run.pk}"'))
        self.assertIn("Because.", html)
        session.discard()
        run.refresh_from_db()
        self.assertEqual(cards.run_fragment(run, self.user), "")


class PageTests(Case):
    def test_goes_on_after_the_last_one(self):
        sessions = [a_prompt(self.user, f"Question {n}.") for n in range(cards.AT_ONCE + 3)]
        first = self.client.get(PAGE)
        self.assertContains(first, 'class="prompted"', count=cards.AT_ONCE)
        after = sessions[3].pk
        self.assertContains(first, f"?after={after}")
        a_prompt(self.user, "Meanwhile.")
        older = self.client.get(f"{PAGE}?after={after}", headers=HTMX)
        self.assertContains(older, 'class="prompted"', count=3)
        self.assertContains(older, "Question 0.")
        self.assertNotContains(older, "Older prompts")
        self.assertContains(self.client.get(f"{PAGE}?after={after}"), "Back to the newest prompts")

    def test_takes_as_many_queries_however_many_there_are(self):
        counts = []
        for number in (1, 7):
            for _ in range(number):
                session = a_prompt(self.user)
                upload = an_upload(self.user)
                Run.objects.filter(session=session).update(inputs=[{"param": "files", "kind": "file", "id": upload.pk}])
            with CaptureQueriesContext(connection) as queries:
                self.client.get(PAGE)
            counts.append(len(queries))
        self.assertEqual(counts[0], counts[1])
        self.assertLessEqual(counts[1], 12)

    def test_opens_where_one_asked_last(self):
        other = a_configuration()
        a_prompt(self.user, configuration=other)
        ChatCompletionsSession.objects.update(configuration=other, model="sandbox-reasoning")
        page = self.client.get(PAGE)
        self.assertContains(page, f'<option value="{other.pk}" selected>')
        self.assertContains(page, "<option selected>sandbox-reasoning</option>")
        other.open_to_everyone = False
        other.save()
        self.assertContains(self.client.get(PAGE), f'<option value="{self.configuration.pk}" selected>')

    def test_one_that_is_used_again_fills_the_form(self):
        template = {
            "operation": "responses",
            "system": "Be {{x}}",
            "question": "Q {{y}}",
            "values": {"x": "1", "y": "2"},
        }
        session = a_prompt(self.user, template=template, operation="responses")
        session.parameters = {"temperature": 0.5, "tools": [{"type": "web_search"}]}
        session.save()
        page = self.client.get(f"{PAGE}?from={session.pk}")
        for words in ("\nBe {{x}}</textarea>", "\nQ {{y}}</textarea>", "\n2</textarea>", "web_search", 'value="0.5"'):
            self.assertContains(page, words)
        self.assertContains(page, 'value="responses" checked')
        self.assertContains(page, "data-filled")


class VerbTests(Case):
    def test_asking_again_makes_another_card(self):
        session = a_prompt(self.user, request={"model": "sandbox", "temperature": 0.5})
        answer = self.post("prompt_again", session.leaf.run_id, token="t")
        made = Run.objects.latest("pk")
        self.assertContains(answer, f'id="prompt-{made.session_id}"')
        self.assertNotEqual(made.session_id, session.pk)
        self.assertEqual(made.request, {"model": "sandbox", "temperature": 0.5})
        self.post("prompt_again", session.leaf.run_id, token="t")
        self.assertEqual(Run.objects.count(), 2)
        plain = self.post("prompt_again", session.leaf.run_id, {})
        self.assertIn(f"#run-{Run.objects.latest('pk').pk}", plain["Location"])

    def test_what_cannot_be_asked_again_says_why(self):
        session = a_prompt(self.user)
        Configuration.objects.update(enabled=False)
        for headers in (HTMX, {}):
            answer = self.post("prompt_again", session.leaf.run_id, headers)
            self.assertContains(answer, "may not be used any more", status_code=422)

    def test_stopping(self):
        session = a_prompt(self.user, state=Run.State.QUEUED, ended=None)
        run = session.leaf.run
        self.assertEqual(self.post("prompt_stop", run.pk).status_code, 204)
        run.refresh_from_db()
        self.assertEqual(run.state, "stopped")
        self.assertIn(f"#run-{run.pk}", self.post("prompt_stop", run.pk, {})["Location"])

    def test_a_deletion_can_be_undone(self):
        session = a_prompt(self.user, "Keep me?")
        gone = self.post("prompt_delete", session.pk)
        self.assertContains(gone, f'hx-target="#prompt-{session.pk}" hx-swap="delete"')
        self.assertNotContains(self.client.get(PAGE), f'id="prompt-{session.pk}"')
        self.assertContains(self.client.get(f"{PAGE}?deleted={session.pk}"), "Undo")
        self.post("prompt_restore", session.pk, {})
        self.assertContains(self.client.get(PAGE), f'id="prompt-{session.pk}"')
        self.assertIn(f"deleted={session.pk}", self.post("prompt_delete", session.pk, {})["Location"])
