"""The page of a conversation: what it shows, and what it costs."""

import itertools
import time

from django.test import TestCase
from django.urls import reverse

from connector.models import ChatCompletionsMessage, ChatCompletionsSession, Run
from playground.chat import exchange
from tests.builders import a_configuration, a_run, a_session, a_user, an_exchange, some_answers

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


def url(name, *args):
    return reverse(f"playground:{name}", args=args)


def a_long_session(user, messages, **fields):
    """A session of `messages` messages in a row."""
    session = a_session(user, **fields)
    run = a_run(session)
    pk = itertools.count((ChatCompletionsMessage.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) + 1)
    rows, parent = [], None
    for number in range(messages):
        is_question = number % 2 == 0
        row = ChatCompletionsMessage(
            pk=next(pk),
            session=session,
            role="user" if is_question else "assistant",
            content=f"message {number} " + "some **text** and `code`. " * 30,
            parent_id=parent,
            run=None if is_question else run,
        )
        parent = row.pk
        rows.append(row)
    # each answer has a run of its own, as when it was asked
    runs = Run.objects.bulk_create(
        Run(user=user, session=session, configuration=session.configuration, state=Run.State.DONE, model="sandbox")
        for row in rows
        if row.run_id
    )
    for row, own in zip([row for row in rows if row.run_id], runs, strict=True):
        row.run = own
    ChatCompletionsMessage.objects.bulk_create(rows)
    session.leaf_id = parent
    session.save()
    return session


class ConversationTests(TestCase):
    def setUp(self):
        self.user = a_user()
        self.configuration = a_configuration()
        self.client.force_login(self.user)
        self.session = a_session(self.user, configuration=self.configuration)

    def page(self, **query):
        return self.client.get(url("session", self.session.pk), query)

    def test_an_answer_has_its_facts(self):
        an_exchange(self.session, "Why?", "Because.", model="sandbox", request_id="req_1")
        for text in ("12 in, 30 out", "0.12 s", "30 tokens/s", "req_1", "sandbox"):
            self.assertContains(self.page(), text)

    def test_a_long_question_is_folded_and_a_short_one_is_not(self):
        for question, folded in (("Why?", 0), ("Why? " * 400, 1), ("Why?\n" * 20, 1)):
            session = a_session(self.user, configuration=self.configuration)
            an_exchange(session, question)
            page = self.client.get(url("session", session.pk))
            self.assertContains(page, "data-unfold ", count=folded)

    def test_what_was_not_sent_is_said(self):
        notice = {"param": "temperature", "text": "temperature not sent: it does not take it.", "kind": "left_out"}
        an_exchange(self.session, notices=[notice])
        self.assertContains(self.page(), "temperature not sent")

    def test_an_error_says_what_happened_and_what_to_do(self):
        error = {
            "code": "key_refused",
            "what": "The provider refused the key.",
            "todo": "An administrator was told.",
            "again": False,
            "details": {"status": 401, "provider_code": "invalid_api_key", "message": "<b>bad</b>"},
        }
        an_exchange(self.session, "Why?", "", state=Run.State.FAILED, error=error, request_id="req_2")
        for text in ("The provider refused the key.", "An administrator was told.", "401", "req_2", "Try again"):
            self.assertContains(self.page(), text)
        self.assertContains(self.page(), "&lt;b&gt;bad&lt;/b&gt;")
        self.assertNotContains(self.page(), "Open the configuration")
        self.user.is_staff = True
        self.user.save()
        self.assertContains(self.page(), "Open the configuration")

    def test_states_have_a_badge_and_the_buttons_that_help(self):
        for state, badge, button in (
            (Run.State.STOPPED, "stopped", "Continue"),
            (Run.State.INTERRUPTED, "interrupted", "Continue"),
            (Run.State.LENGTH, "token limit reached", "Continue"),
            (Run.State.FAILED, "failed", "Try again"),
            (Run.State.FILTERED, "filtered", "Try again"),
        ):
            with self.subTest(state):
                session = a_session(self.user, configuration=self.configuration)
                an_exchange(session, "Why?", "A part", state=state)
                page = self.client.get(url("session", session.pk))
                self.assertContains(page, badge)
                self.assertContains(page, button)
                self.assertNotContains(page, "data-going")

    def test_a_run_that_goes_connects_itself_and_shows_what_there_is(self):
        _, answer = an_exchange(self.session, "Why?", "So far", state=Run.State.STREAMING)
        self.assertContains(self.page(), f'hx-sse:connect="{url("events", answer.run_id)}"')
        self.assertContains(self.page(), "So far")
        self.assertContains(self.page(), '<meta http-equiv="refresh" content="2; url=')

    def test_the_end_of_a_run_replaces_it_as_a_whole(self):
        _, answer = an_exchange(self.session, "Why?", "**Because**")
        fragment = exchange.run_fragment(answer.run, self.user)
        self.assertTrue(fragment.strip().startswith(f'<div class="run" id="run-{answer.run_id}"'))
        self.assertIn("<strong>Because</strong>", fragment)
        self.assertNotIn("hx-sse:connect", fragment)
        self.assertIn('data-said="The answer is complete."', fragment)

    def test_the_fragment_of_a_run_whose_messages_are_gone_is_empty(self):
        _, answer = an_exchange(self.session)
        run = answer.run
        self.session.messages.all().delete()
        self.assertEqual(exchange.run_fragment(run, self.user), "")

    def test_tool_calls_refusals_and_nothing_are_shown_as_text(self):
        _question, answer, *_ = an_exchange(self.session, "Why?", "")
        self.assertContains(self.page(), "empty answer")
        answer.refusal = "I will not."
        answer.tool_calls = [{"type": "function", "function": {"name": "get_<b>", "arguments": '{"a": "<i>"}'}}]
        answer.reasoning = "Let me think."
        answer.save()
        for text in ("I will not.", "get_&lt;b&gt;", "&lt;i&gt;", "Let me think."):
            self.assertContains(self.page(), text)
        self.assertNotContains(self.page(), "empty answer")

    def test_choices_are_shown_at_the_end_and_the_chosen_one_in_the_middle(self):
        _, _first, _ = an_exchange(self.session, "A name?", "Drizzle", "Puddles")
        self.assertContains(self.page(), "Puddles")
        an_exchange(self.session, "Why that one?")
        self.assertContains(self.page(), "Drizzle")
        self.assertNotContains(self.page(), "Puddles")

    def test_versions_can_be_leafed_through(self):
        question, _first = an_exchange(self.session, "Why?", "First")
        some_answers(self.session, question, "Second")
        some_answers(self.session, question, "Third")
        self.assertContains(self.page(), "3/3")
        window = exchange.window(ChatCompletionsSession.objects.get(pk=self.session.pk))
        leafing = window.items[-1].leafing
        self.assertEqual((leafing.place, leafing.count, leafing.next), (3, 3, None))

    def test_messages_that_code_has_added_are_shown(self):
        self.session.add_message("system", "You are a <pirate>.")
        self.session.add_message("assistant", "**Arr.**")
        self.assertContains(self.page(), "You are a &lt;pirate&gt;.")
        self.assertContains(self.page(), "<strong>Arr.</strong>")

    def test_opening_a_conversation_from_the_list_brings_its_parts(self):
        an_exchange(self.session, "Why?", "Because.")
        answer = self.client.get(url("session", self.session.pk), headers=HTMX)
        self.assertContains(answer, 'id="conversation"')
        self.assertContains(answer, 'hx-target="#inspector"')
        self.assertNotContains(answer, "<html")
        back = self.client.get(
            url("session", self.session.pk),
            headers={"HX-Request": "true", "HX-Request-Type": "full", "HX-History-Restore-Request": "true"},
        )
        self.assertContains(back, "<html")

    def test_odd_queries_give_the_page(self):
        an_exchange(self.session)
        for query in ({"before": "x"}, {"before": "99999999999999999999"}, {"edit": "-1"}, {"before": ""}):
            self.assertEqual(self.page(**query).status_code, 200)


class CostTests(TestCase):
    def setUp(self):
        self.user = a_user()
        self.configuration = a_configuration()
        self.client.force_login(self.user)

    def test_queries_do_not_depend_on_the_length_and_are_twelve_at_most(self):
        counts = set()
        for length in (2, 80, 400):
            session = a_long_session(self.user, length, configuration=self.configuration)
            self.client.get(url("session", session.pk))
            with self.assertNumQueries(FewerThan(13)) as counted:
                self.client.get(url("session", session.pk))
            counts.add(len(counted))
        self.assertEqual(len(counts), 1, counts)

    def test_a_new_chat_takes_few_queries(self):
        with self.assertNumQueries(FewerThan(13)):
            self.client.get(url("chat"))

    def test_a_thousand_messages_open_at_their_end_and_go_back_in_parts(self):
        session = a_long_session(self.user, 1000, configuration=self.configuration)
        page = self.client.get(url("session", session.pk))
        self.assertContains(page, "message 999 ")
        self.assertContains(page, "message 920 ")
        self.assertNotContains(page, "message 900 ")
        seen, window = [], exchange.window(session)
        while True:
            seen = [item.message.content.split()[1] for item in window.items] + seen
            if not window.earlier:
                break
            window = exchange.window(session, window.earlier)
        self.assertEqual(seen, [str(number) for number in range(1000)])

    def test_earlier_messages_come_as_a_part_and_as_a_page(self):
        session = a_long_session(self.user, 200, configuration=self.configuration)
        earlier = exchange.window(session).earlier
        part = self.client.get(url("session", session.pk), {"before": earlier}, headers=HTMX)
        self.assertContains(part, "message 100 ")
        self.assertNotContains(part, "<html")
        self.assertNotContains(part, 'id="composer"')
        page = self.client.get(url("session", session.pk), {"before": earlier})
        self.assertContains(page, "Back to the latest")

    def test_a_thousand_messages_open_within_200_ms_of_server_time(self):
        session = a_long_session(self.user, 1000, configuration=self.configuration)
        self.client.get(url("session", session.pk))  # the answers are rendered once
        times = []
        for _ in range(5):
            begun = time.process_time()  # the machine may be busy with other tests
            self.client.get(url("session", session.pk))
            times.append(time.process_time() - begun)
        self.assertLess(min(times), 0.2)


class FewerThan(int):
    """Equal to every smaller number: for `assertNumQueries`, which knows only exact ones."""

    def __eq__(self, other):
        return other < int(self)

    __hash__ = int.__hash__
