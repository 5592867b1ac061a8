"""The list of sessions, and what is done with one."""

import datetime
import json

from django.test import TestCase
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from connector.models import ChatCompletionsSession
from playground.chat import listing
from tests.builders import a_configuration, a_session, a_user, an_exchange

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


def url(name, *args):
    return reverse(f"playground:{name}", args=args)


def titles(page):
    return [session.title for group in page.groups for session in group.sessions]


class ListTests(TestCase):
    def setUp(self):
        self.user = a_user()
        self.client.force_login(self.user)

    def a_session(self, title, days_ago=0.0, **fields):
        return a_session(self.user, title=title, touched=timezone.now() - datetime.timedelta(days=days_ago), **fields)

    def test_pinned_ones_first_then_by_day(self):
        self.a_session("old", 400)
        self.a_session("yesterday", 1)
        self.a_session("today")
        self.a_session("pinned", 90, pinned=True)
        page = listing.page(self.user)
        self.assertEqual(titles(page), ["pinned", "today", "yesterday", "old"])
        self.assertEqual([group.label for group in page.groups[:3]], ["Pinned", "Today", "Yesterday"])

    def test_pages_go_on_where_the_last_one_ended(self):
        moment = timezone.now()
        for number in range(95):
            a_session(self.user, title=str(number), pinned=number % 9 == 0, touched=moment)
        seen, page = [], listing.page(self.user)
        while True:
            seen += titles(page)
            if not page.after:
                break
            page = listing.page(self.user, after=page.after)
        self.assertEqual(len(seen), 95)
        self.assertEqual(len(set(seen)), 95)

    def test_a_chat_that_is_asked_goes_to_the_top_of_its_group(self):
        for pinned, group in ((False, "today"), (True, "pinned")):
            session = self.a_session("old", 3, pinned=pinned)
            answer = self.client.post(url("ask", session.pk), {"text": "Still there?"}, headers=HTMX)
            self.assertContains(answer, f'hx-target="#rows:has(#today) #session-{session.pk}" hx-swap="delete"')
            self.assertContains(answer, f'<hx-partial hx-target="#{group}" hx-swap="afterbegin">')
            self.assertContains(self.client.get(url("sessions")), f'id="{group}"')

    def test_what_was_searched_for_stays_in_its_order(self):
        self.a_session("found")
        self.assertNotContains(self.client.get(url("sessions"), {"q": "found"}), 'id="today"')

    def test_a_group_that_goes_on_has_no_second_heading(self):
        for number in range(listing.AT_ONCE + 5):
            self.a_session(str(number))
        second = listing.page(self.user, after=listing.page(self.user).after)
        self.assertEqual([group.label for group in second.groups], [""])

    def test_a_key_that_is_none_gives_the_first_page(self):
        self.a_session("here")
        for key in (
            "x",
            "1_x_y",
            "1_2026-01-01T00:00:00_5",
            "1_2026-99-01T00:00:00+00:00_5",
            "_" * 3,
            "0__" + "9" * 40,
        ):
            self.assertEqual(titles(listing.page(self.user, after=key)), ["here"], key)

    def test_search_finds_titles_and_messages_of_the_user_only(self):
        an_exchange(self.a_session("About gardens"), "How do I prune <roses>?")
        self.a_session("Something else")
        an_exchange(a_session(a_user(), title="Foreign gardens"), "roses")
        for words in ("garden", "ROSES", "roses garden"):
            page = self.client.get(url("sessions"), {"q": words})
            self.assertContains(page, "About gardens")
            self.assertNotContains(page, "Something else")
            self.assertNotContains(page, "Foreign")

    def test_odd_searches_do_no_harm(self):
        for words in ("%", "_", "'\"; DROP TABLE x", "<script>", "x" * 5000, "\x00", "\\"):
            page = self.client.get(url("sessions"), {"q": words}, headers=HTMX)
            self.assertEqual(page.status_code, 200)
            self.assertNotContains(page, "<script>")

    def test_archived_ones_are_in_a_view_of_their_own(self):
        self.a_session("kept away", archived=True)
        self.a_session("current")
        self.assertEqual(titles(listing.page(self.user)), ["current"])
        self.assertContains(self.client.get(url("sessions"), {"archived": "1"}), "kept away")

    def test_ten_thousand_sessions_cost_the_same_queries_as_ten(self):
        for _ in range(10):
            self.a_session("x")
        with self.assertNumQueries(3):  # session, user, the list
            self.client.get(url("sessions"))
        ChatCompletionsSession.objects.bulk_create(
            ChatCompletionsSession(user=self.user, title=f"chat {number}") for number in range(10_000)
        )
        with self.assertNumQueries(3):
            page = self.client.get(url("sessions"))
        self.assertContains(page, "Show more")


class KeepingTests(TestCase):
    def setUp(self):
        self.user = a_user()
        self.configuration = a_configuration()
        self.client.force_login(self.user)
        self.session = a_session(self.user, title="A talk", configuration=self.configuration)

    def test_rename_in_the_list_above_the_conversation_and_on_a_page(self):
        for headers in ({}, HTMX | {"HX-Target": "li#session-1"}, HTMX | {"HX-Target": "div#title"}):
            self.assertContains(self.client.get(url("rename", self.session.pk), headers=headers), 'value="A talk"')
            self.client.post(url("rename", self.session.pk), {"title": "New\nname"}, headers=headers)
            self.session.refresh_from_db()
            self.assertEqual(self.session.title, "New name")
            empty = self.client.post(url("rename", self.session.pk), {"title": "  "}, headers=headers)
            self.assertContains(empty, "A title is needed.", status_code=422)
            self.client.post(url("rename", self.session.pk), {"title": "A talk"}, headers=headers)

    def test_pin_and_archive(self):
        for name, field in (("pin", "pinned"), ("archive", "archived")):
            for value in ("1", "0"):
                for headers in ({}, HTMX):
                    self.client.post(url(name, self.session.pk), {field: value}, headers=headers)
                    self.session.refresh_from_db()
                    self.assertEqual(getattr(self.session, field), value == "1")

    def test_deleting_can_be_undone_without_a_script(self):
        page = self.client.post(url("delete", self.session.pk), follow=True)
        self.assertContains(page, url("restore", self.session.pk))
        self.assertEqual(self.client.get(url("session", self.session.pk)).status_code, 404)
        self.client.post(url("restore", self.session.pk))
        self.assertEqual(self.client.get(url("session", self.session.pk)).status_code, 200)

    def test_deleting_another_chat_leaves_the_page_and_offers_to_undo(self):
        headers = HTMX | {"HX-Current-URL": "http://testserver/chat/"}
        answer = self.client.post(url("delete", self.session.pk), headers=headers)
        self.assertContains(answer, url("restore", self.session.pk))
        self.assertContains(answer, f'hx-target="#session-{self.session.pk}" hx-swap="delete"')

    def test_deleting_the_chat_in_view_goes_to_a_new_one(self):
        headers = HTMX | {"HX-Current-URL": f"http://testserver{url('session', self.session.pk)}"}
        answer = self.client.post(url("delete", self.session.pk), headers=headers)
        self.assertEqual(answer["HX-Redirect"], f"{url('chat')}?deleted={self.session.pk}")

    def test_export_as_markdown_and_json(self):
        an_exchange(self.session, "Why?", "**Because.**")
        markdown = self.client.get(url("export_markdown", self.session.pk))
        self.assertIn("**Because.**", markdown.content.decode())
        self.assertIn("attachment", markdown["Content-Disposition"])
        data = json.loads(self.client.get(url("export_json", self.session.pk)).content)
        self.assertIn("Because", str(data))
        self.assertNotIn("endpoint", str(data))

    def test_a_title_cannot_break_out_of_the_file_name(self):
        self.session.title = '../../x"; filename="evil.html\r\nX: y'
        self.session.save()
        header = self.client.get(url("export_json", self.session.pk))["Content-Disposition"]
        self.assertRegex(header, r'^attachment; filename="[a-z0-9-]+\.json"$')


class SettingsTests(TestCase):
    def setUp(self):
        self.user = a_user()
        self.configuration = a_configuration()
        self.client.force_login(self.user)
        self.session = a_session(self.user, configuration=self.configuration)

    def keep(self, headers=HTMX, **data):
        given = {"configuration": str(self.configuration.pk), "model": "sandbox"} | data
        answer = self.client.post(url("settings", self.session.pk), given, headers=headers)
        self.session.refresh_from_db()
        return answer

    def test_only_what_was_set_is_kept(self):
        self.keep(p_temperature="0.3", p_top_p="", p_stop="END\r\nSTOP", system_prompt="Be brief.")
        self.assertEqual(self.session.parameters, {"temperature": 0.3, "stop": ["END", "STOP"]})
        self.assertEqual(self.session.system_prompt, "Be brief.")

    def test_a_set_parameter_is_marked_and_can_be_reset(self):
        self.assertContains(self.keep(p_temperature="0.3"), 'value="temperature"')
        answer = self.keep(p_temperature="0.3", reset="temperature")
        self.assertEqual(self.session.parameters, {})
        self.assertNotContains(answer, "is-set")

    def test_without_a_script_it_is_kept_too(self):
        answer = self.keep(headers={}, p_temperature="0.3")
        self.assertRedirects(answer, url("session", self.session.pk))
        self.assertEqual(self.session.parameters, {"temperature": 0.3})

    def test_values_out_of_range_are_refused_at_their_field(self):
        for name, value in (
            ("temperature", "3"),
            ("temperature", "1e999"),
            ("temperature", "nan"),
            ("temperature", "warm"),
            ("n", "0"),
            ("n", "1000000000"),
            ("n", "1.5"),
            ("max_completion_tokens", "-1"),
            ("max_completion_tokens", "1e308"),
            ("stop", "a\nb\nc\nd\ne"),
            ("response_format", "{not json"),
            ("response_format", "[" * 20_000),
            ("seed", "9" * 400),
            ("tools", "x" * 40_000),
        ):
            for headers in (HTMX, {}):
                with self.subTest(name, value=value[:20], headers=bool(headers)):
                    answer = self.keep(headers=headers, **{f"p_{name}": value})
                    self.assertContains(answer, "errorlist", status_code=422)
                    self.assertEqual(self.session.parameters, {})

    def test_only_what_the_model_takes_is_offered(self):
        self.assertContains(self.keep(), "set-p_temperature")
        reasoning = self.keep(model="sandbox-reasoning")
        self.assertContains(reasoning, "set-p_reasoning_effort")
        self.assertNotContains(reasoning, 'type="number" name="p_temperature"')

    def test_what_another_model_does_not_take_is_kept_and_said(self):
        self.keep(p_temperature="0.3")
        answer = self.keep(model="sandbox-reasoning", p_temperature="0.3")
        self.assertContains(answer, "not taken by sandbox-reasoning")
        self.assertEqual(self.session.parameters, {"temperature": 0.3})

    def test_a_response_format_is_a_word_or_a_schema(self):
        self.keep(p_response_format="json_object")
        self.assertEqual(self.session.parameters, {"response_format": "json_object"})
        typed = '{"type": "object", "properties": {"name": {"type": "string"}}}'
        answer = self.keep(p_response_format="json_schema", p_response_format_object=typed)
        kept = {"type": "json_schema", "json_schema": {"schema": json.loads(typed)}}
        self.assertEqual(self.session.parameters, {"response_format": kept})
        self.assertContains(answer, '<option value="json_schema" selected>')
        self.assertContains(answer, escape(typed))
        page = self.client.get(url("session", self.session.pk))
        self.assertContains(page, escape(json.dumps(json.loads(typed), indent=2)))
        run = self.session.ask("Who?")
        self.assertEqual(run.request["response_format"]["json_schema"]["name"], "answer")

    def test_a_whole_response_format_is_taken_as_it_is(self):
        whole = {"type": "json_schema", "json_schema": {"name": "mine", "schema": {"type": "object"}, "strict": False}}
        self.keep(p_response_format="json_schema", p_response_format_object=json.dumps(whole))
        self.assertEqual(self.session.parameters, {"response_format": whole})
        self.assertContains(self.client.get(url("session", self.session.pk)), escape(json.dumps(whole, indent=2)))

    def test_a_schema_that_is_not_there_yet_is_not_sent_and_asked_for(self):
        answer = self.keep(p_response_format="json_schema", p_temperature="0.3")
        self.assertEqual(self.session.parameters, {"temperature": 0.3})
        self.assertContains(answer, '<option value="json_schema" selected>')

    def test_a_schema_that_is_none_is_said_and_stays_as_typed(self):
        for typed in ("{not json", "5", "[" * 20_000):
            answer = self.keep(p_response_format="json_schema", p_response_format_object=typed)
            self.assertContains(answer, "errorlist", status_code=422)
            self.assertContains(answer, escape(typed), status_code=422)
            self.assertEqual(self.session.parameters, {})

    def test_a_tool_choice_is_a_word_or_an_object(self):
        one = {"type": "function", "function": {"name": "f"}}
        self.keep(p_tool_choice="object:", p_tool_choice_object=json.dumps(one))
        self.assertEqual(self.session.parameters, {"tool_choice": one})
        self.assertContains(self.client.get(url("session", self.session.pk)), '<option value="object:" selected>')
        answer = self.keep(p_tool_choice="object:", p_tool_choice_object=json.dumps(one), reset="tool_choice")
        self.assertEqual(self.session.parameters, {})
        self.assertNotContains(answer, "is-set")

    def test_another_configuration_brings_its_own_model(self):
        other = a_configuration(model_default_chat="sandbox-fast")
        self.keep(configuration=str(other.pk), before=str(self.configuration.pk), model="sandbox")
        self.assertEqual((self.session.configuration, self.session.model), (other, "sandbox-fast"))

    def test_a_configuration_one_may_not_use_is_refused(self):
        closed = a_configuration(open_to_everyone=False)
        self.assertEqual(self.keep(configuration=str(closed.pk)).status_code, 422)
        self.assertEqual(self.session.configuration, self.configuration)

    def test_a_new_chat_shows_the_parameters_of_the_model_chosen(self):
        data = {"configuration": str(self.configuration.pk), "model": "sandbox-reasoning", "text": "Typed already"}
        self.assertContains(self.client.post(url("new_settings"), data, headers=HTMX), "set-p_reasoning_effort")
        page = self.client.post(url("new_settings"), data)
        self.assertContains(page, "Typed already")
        self.assertFalse(ChatCompletionsSession.objects.exclude(pk=self.session.pk).exists())

    def test_the_sandbox_is_named_for_what_it_is(self):
        for page in (self.client.get(url("chat")), self.client.get(url("session", self.session.pk)), self.keep()):
            self.assertContains(page, f"{self.configuration} has no model behind it.")
        self.configuration.api_type = "openai_compatible"
        self.configuration.save()
        self.assertNotContains(self.client.get(url("session", self.session.pk)), "has no model behind it")

    def test_settings_that_were_put_away_stay_away(self):
        self.assertContains(self.client.get(url("chat")), 'class="chat"')
        self.client.cookies["inspector"] = "hidden"
        self.assertContains(self.client.get(url("chat")), 'class="chat without-inspector"')

    def test_no_key_and_no_endpoint_is_on_the_page(self):
        self.configuration.endpoint = "https://secret-host.invalid/v1"
        self.configuration.save()
        for page in (self.client.get(url("chat")), self.client.get(url("session", self.session.pk)), self.keep()):
            self.assertNotContains(page, "secret-host")


class FirstVisitTests(TestCase):
    def test_without_a_configuration_it_says_what_an_administrator_does(self):
        from connector.models import Configuration

        Configuration.objects.all().delete()
        self.client.force_login(a_user())
        self.assertContains(self.client.get(url("chat")), "An administrator adds one")
        self.client.force_login(a_user(is_staff=True))
        self.assertContains(self.client.get(url("chat")), "Add a configuration")
        self.assertEqual(self.client.post(url("begin"), {"text": "x"}).status_code, 422)

    def test_three_examples_can_be_asked(self):
        a_configuration()
        self.client.force_login(a_user())
        self.assertContains(self.client.get(url("chat")), 'class="example"', count=3)
