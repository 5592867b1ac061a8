"""Asking: one message for one form, whatever is typed into it."""

import uuid

from django.test import TestCase, override_settings
from django.urls import reverse

from connector.models import ChatCompletionsMessage, ChatCompletionsSession, Run
from tests.builders import a_configuration, a_session, a_user, an_exchange

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


def url(name, *args):
    return reverse(f"playground:{name}", args=args)


class ChatCase(TestCase):
    def setUp(self):
        self.user = a_user()
        self.configuration = a_configuration()
        self.client.force_login(self.user)

    def settings(self, **more):
        return {"configuration": str(self.configuration.pk), "model": "sandbox"} | more

    def session(self, **fields):
        return a_session(self.user, configuration=self.configuration, **fields)

    def end(self, session):
        """What is going on comes to its end, so that something new can be asked."""
        session.runs.update(state=Run.State.DONE)
        session.refresh_from_db()


class BeginTests(ChatCase):
    def test_first_message_makes_a_session_with_the_settings_beside_it(self):
        data = self.settings(text="Why is the sky blue?", system_prompt="Be brief.", p_temperature="0.5", p_n="2")
        answer = self.client.post(url("begin"), data)
        session = self.user.chat_sessions.get()
        self.assertEqual(answer.status_code, 302)
        self.assertTrue(answer["Location"].startswith(url("session", session.pk)))
        self.assertEqual(session.title, "Why is the sky blue?")
        self.assertEqual((session.configuration, session.model), (self.configuration, "sandbox"))
        self.assertEqual(session.system_prompt, "Be brief.")
        self.assertEqual(session.parameters, {"temperature": 0.5, "n": 2})
        self.assertEqual(session.messages.filter(role="assistant").count(), 2)

    def test_the_page_goes_on_with_the_session_without_being_loaded_again(self):
        answer = self.client.post(url("begin"), self.settings(text="Hello"), headers=HTMX)
        session = self.user.chat_sessions.get()
        self.assertEqual(answer["HX-Push-Url"], url("session", session.pk))
        self.assertContains(answer, f'hx-sse:connect="{url("events", session.runs.get().pk)}"')
        self.assertContains(answer, f'action="{url("ask", session.pk)}"')
        self.assertContains(answer, f'id="session-{session.pk}"')
        self.assertNotContains(answer, "<html")

    def test_the_first_answer_begins_without_drawing_the_list_again(self):
        for number in range(30):
            self.session(title=f"Another chat {number}")
        answer = self.client.post(url("begin"), self.settings(text="Hello"), headers=HTMX)
        self.assertNotContains(answer, "Another chat")
        self.assertContains(answer, '<hx-partial hx-target="#today" hx-swap="afterbegin">')
        self.assertLess(len(answer.content), 40_000)

    def test_a_form_that_comes_again_later_shows_the_whole_chat(self):
        data = self.settings(text="Once", token=uuid.uuid4().hex)
        self.client.post(url("begin"), data, headers=HTMX)
        Run.objects.update(state=Run.State.DONE)
        answer = self.client.post(url("begin"), data, headers=HTMX)
        self.assertEqual((answer["HX-Retarget"], answer["HX-Reswap"]), ("#conversation", "outerHTML"))
        self.assertContains(answer, "Once")

    def test_a_form_that_comes_twice_makes_one_session(self):
        data = self.settings(text="Once", token=uuid.uuid4().hex)
        answers = [self.client.post(url("begin"), data) for _ in range(3)]
        self.assertEqual(len({answer["Location"] for answer in answers}), 1)
        self.assertEqual(self.user.chat_sessions.count(), 1)
        self.assertEqual(ChatCompletionsMessage.objects.filter(role="user").count(), 1)
        self.assertEqual(self.user.runs.count(), 1)

    def test_a_configuration_one_may_not_use_is_not_used(self):
        closed = a_configuration(open_to_everyone=False)
        for pk in (closed.pk, 987654, "x", "", "1 OR 1=1"):
            for headers in ({}, HTMX):
                answer = self.client.post(url("begin"), self.settings(text="Hi", configuration=pk), headers=headers)
                if pk:
                    self.assertEqual(answer.status_code, 422)
        self.assertFalse(Run.objects.filter(configuration=closed).exists())
        self.assertNotContains(self.client.get(url("chat")), closed.display_name)

    def test_parameters_out_of_range_are_named_and_what_was_typed_stays(self):
        data = self.settings(text="My long question", p_temperature="7", p_n="1000000000")
        answer = self.client.post(url("begin"), data)
        self.assertEqual(answer.status_code, 422)
        self.assertContains(answer, "My long question", status_code=422)
        self.assertContains(answer, 'value="7"', status_code=422)
        self.assertContains(answer, "errorlist", status_code=422)
        self.assertFalse(self.user.chat_sessions.exists())

    def test_an_example_is_asked_without_a_script(self):
        self.client.post(url("begin"), self.settings(example="A table of the planets", text=""))
        self.assertEqual(self.user.chat_sessions.get().title, "A table of the planets")

    def test_a_model_of_ones_own_is_taken(self):
        self.client.post(url("begin"), self.settings(text="Hi", model="other:", other_model="ft:gpt-4o-mini:me::1"))
        self.assertEqual(self.user.chat_sessions.get().model, "ft:gpt-4o-mini:me::1")


class AskTests(ChatCase):
    def test_question_is_added_and_a_fresh_token_comes_with_it(self):
        session = self.session()
        answer = self.client.post(url("ask", session.pk), {"text": "And why?", "token": "one"}, headers=HTMX)
        self.assertContains(answer, "And why?")
        self.assertContains(answer, "hx-sse:connect")
        self.assertContains(answer, 'id="ask-token"')
        self.assertNotContains(answer, 'value="one"')

    def test_without_a_script_it_goes_back_to_the_page(self):
        session = self.session()
        answer = self.client.post(url("ask", session.pk), {"text": "And why?"}, follow=True)
        self.assertContains(answer, "And why?")
        self.assertContains(answer, '<meta http-equiv="refresh" content="2; url=')

    def test_the_same_token_asks_once(self):
        session = self.session()
        for headers in ({}, HTMX, HTMX):
            answer = self.client.post(url("ask", session.pk), {"text": "Once", "token": "t"}, headers=headers)
            self.assertIn(answer.status_code, (200, 302))
        self.assertEqual(session.messages.filter(role="user").count(), 1)
        self.assertEqual(session.runs.count(), 1)

    def test_a_form_that_came_twice_does_not_show_its_message_twice(self):
        session = self.session()
        self.client.post(url("ask", session.pk), {"text": "Once", "token": "t"}, headers=HTMX)
        session.runs.update(state=Run.State.STREAMING)
        answer = self.client.post(url("ask", session.pk), {"text": "Once", "token": "t"}, headers=HTMX)
        self.assertEqual((answer["HX-Retarget"], answer["HX-Reswap"]), ("#thread", "innerHTML"))

    def test_while_an_answer_comes_the_next_question_waits(self):
        session = self.session()
        self.client.post(url("ask", session.pk), {"text": "First"})
        for headers in ({}, HTMX):
            answer = self.client.post(url("ask", session.pk), {"text": "Second"}, headers=headers)
            self.assertContains(answer, "still being written", status_code=422)
        self.assertContains(self.client.post(url("ask", session.pk), {"text": "Kept"}), "Kept", status_code=422)
        self.assertEqual(session.messages.filter(role="user").count(), 1)

    def test_nothing_typed_is_refused(self):
        session = self.session()
        for text in ("", "   \n\t ", None):
            for headers in ({}, HTMX):
                data = {"text": text} if text is not None else {}
                answer = self.client.post(url("ask", session.pk), data, headers=headers)
                self.assertContains(answer, "Write something first.", status_code=422)
        self.assertFalse(session.messages.exists())

    def test_a_megabyte_is_refused_with_its_size(self):
        session = self.session()
        answer = self.client.post(url("ask", session.pk), {"text": "x" * 1_000_000}, headers=HTMX)
        self.assertContains(answer, "64 kB fit into one message", status_code=422)
        self.assertFalse(session.messages.exists())

    def test_exactly_64_kb_is_taken(self):
        session = self.session()
        answer = self.client.post(url("ask", session.pk), {"text": "é" * 32 * 1024}, headers=HTMX)
        self.assertEqual(answer.status_code, 200)
        self.end(session)
        more = self.client.post(url("ask", session.pk), {"text": "é" * 32 * 1024 + "x"}, headers=HTMX)
        self.assertEqual(more.status_code, 422)

    @override_settings(CONNECTOR_SENDS_A_MINUTE=1)
    def test_past_a_limit_it_is_said_when_there_is_room_again(self):
        session = self.session()
        self.client.post(url("ask", session.pk), {"text": "The first"})
        self.end(session)
        for headers in ({}, HTMX):
            answer = self.client.post(url("ask", session.pk), {"text": "The second"}, headers=headers)
            self.assertContains(answer, "The limit of 1 message a minute is reached.", status_code=429)
            self.assertTrue(0 < int(answer["Retry-After"]) <= 60)
        self.assertEqual(session.runs.count(), 1)

    def test_odd_characters_are_taken_cleanly(self):
        session = self.session()
        for raw in (b"text=a%00b", b"text=%ED%A0%80x", b"text=\xff\xfex", b"text=%F0%9F%8C%B1"):
            with self.subTest(raw):
                answer = self.client.post(
                    url("ask", session.pk), raw, content_type="application/x-www-form-urlencoded", headers=HTMX
                )
                self.assertEqual(answer.status_code, 200)
                stored = session.messages.filter(role="user").latest("pk").content
                self.assertNotIn("\x00", stored)
                stored.encode()
                self.end(session)

    def test_fields_that_are_not_ours_are_ignored(self):
        session = self.session()
        data = {"text": "Hi", "api_base": "http://evil.invalid", "api_key": "sk-x", "model": "../../x", "user": "1"}
        self.client.post(url("ask", session.pk), data)
        session.refresh_from_db()
        self.assertEqual((session.user, session.model), (self.user, "sandbox"))
        self.assertNotIn("evil", str(session.runs.values()))

    def test_a_configuration_that_was_taken_away_is_not_used(self):
        session = self.session()
        self.configuration.open_to_everyone = False
        self.configuration.save()
        for headers in ({}, HTMX):
            answer = self.client.post(url("ask", session.pk), {"text": "Hi"}, headers=headers)
            self.assertContains(answer, "may not be used any more", status_code=422)
        self.assertFalse(session.runs.exists())
        self.assertContains(self.client.get(url("session", session.pk)), "Choose a configuration")

    def test_text_of_people_is_never_html(self):
        session = self.session(title="<img src=x onerror=window.x=1>")
        evil = '"><svg onload=window.x=1>'
        session.system_prompt = evil
        session.save()
        an_exchange(session, evil, "<img src=x onerror=window.x=1>", model=evil)
        page = self.client.get(url("session", session.pk)).content.decode()
        self.assertNotIn("<img src=x", page)
        self.assertNotIn("<svg onload", page)
        self.assertIn("&lt;svg onload", page)


class AgainTests(ChatCase):
    def test_an_edited_message_stands_beside_the_old_one(self):
        session = self.session()
        question, _ = an_exchange(session, "Old words")
        answer = self.client.post(url("edit", question.pk), {"text": "New words", "token": "e"}, headers=HTMX)
        self.assertContains(answer, "New words")
        self.assertNotContains(answer, "Old words")
        self.assertContains(answer, "2/2")
        self.assertContains(answer, f'hx-post="{url("show", question.pk)}"')

    def test_the_form_for_editing_is_in_place_and_on_a_page_of_its_own(self):
        session = self.session()
        question, answer = an_exchange(session, "Old words")
        for headers in ({}, HTMX):
            self.assertContains(self.client.get(url("edit", question.pk), headers=headers), "Old words</textarea>")
        self.assertEqual(self.client.get(url("edit", answer.pk)).status_code, 404)

    def test_an_edit_without_words_is_refused_in_its_place(self):
        session = self.session()
        question, _ = an_exchange(session, "Old words")
        for headers in ({}, HTMX):
            answer = self.client.post(url("edit", question.pk), {"text": " "}, headers=headers)
            self.assertContains(answer, "Write something first.", status_code=422)
            self.assertContains(answer, f'id="message-{question.pk}"', status_code=422)

    def test_regenerating_makes_a_second_version(self):
        session = self.session()
        _, first = an_exchange(session, "Why?", "The first answer")
        page = self.client.post(url("regenerate", first.pk), {"token": "r"}, headers=HTMX)
        self.assertContains(page, "hx-sse:connect")
        self.assertContains(page, "2/2")
        self.assertNotContains(page, "The first answer")
        self.end(session)
        again = self.client.post(url("regenerate", first.pk), {"token": "r"}, headers=HTMX)
        self.assertEqual(again.status_code, 200)
        self.assertEqual(session.runs.count(), 2)

    def test_leafing_shows_the_other_branch(self):
        session = self.session()
        _, first = an_exchange(session, "Why?", "The first answer")
        self.client.post(url("regenerate", first.pk))
        for headers in ({}, HTMX):
            page = self.client.post(url("show", first.pk), headers=headers, follow=True)
            self.assertContains(page, "The first answer")
            self.assertContains(page, "1/2")

    def test_going_on_begins_with_the_part_so_far(self):
        session = self.session()
        _, part = an_exchange(session, "Why?", "Because the", state=Run.State.INTERRUPTED)
        page = self.client.get(url("session", session.pk))
        self.assertContains(page, url("continue", part.pk))
        answer = self.client.post(url("continue", part.pk), {"token": "c"}, headers=HTMX)
        self.assertContains(answer, "Because the")
        self.assertEqual(session.runs.count(), 2)

    def test_what_cannot_be_continued_is_refused_with_a_reason(self):
        session = self.session()
        question, _ = an_exchange(session)
        answer = self.client.post(url("continue", question.pk), {"token": "c"}, headers=HTMX)
        self.assertEqual(answer.status_code, 422)

    def test_several_answers_are_shown_with_a_choice(self):
        session = self.session()
        _, _first, second = an_exchange(session, "A name?", "Drizzle", "Puddles")
        page = self.client.get(url("session", session.pk))
        self.assertContains(page, "Drizzle")
        self.assertContains(page, "Puddles")
        self.assertContains(page, "Use this one", count=1)
        self.client.post(url("show", second.pk))
        session.refresh_from_db()
        self.assertEqual(session.leaf_id, second.pk)

    def test_a_message_can_be_copied_as_it_was_written(self):
        session = self.session()
        _, answer = an_exchange(session, "Why?", "**Because** <b>")
        copied = self.client.get(url("text", answer.pk))
        self.assertEqual(copied.content.decode(), "**Because** <b>")
        self.assertEqual(copied["Content-Type"], "text/plain; charset=utf-8")

    def test_a_token_that_is_too_long_is_refused(self):
        session = self.session()
        _, answer = an_exchange(session)
        for name in ("regenerate", "continue"):
            page = self.client.post(url(name, answer.pk), {"token": "x" * 5000}, headers=HTMX)
            self.assertEqual(page.status_code, 422)
        self.assertEqual(ChatCompletionsSession.objects.get(pk=session.pk).runs.count(), 1)
