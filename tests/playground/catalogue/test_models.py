"""The page of models: what it lists, how it filters, what it says of endings, and a page for each model."""

import datetime
import time

from django.core.cache import caches
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from connector import testing
from connector.client import errors
from connector.models import Call, Configuration, Price, SavedPrompt, listing
from connector.models.saved_prompt import MOST_VERSIONS
from connector.operations.models import Model
from playground.catalogue import rows
from tests.builders import CANARY_KEY, a_configuration, a_session, a_superuser, a_user, an_openai

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}
PAGE, REPLACE = reverse("playground:models"), reverse("playground:models_replace")
SOON = timezone.localdate() + datetime.timedelta(days=13)
SERVER = {"api_type": "openai_compatible", "endpoint": "https://secret.example/v1", "model_default_chat": ""}


class Case(TestCase):
    def setUp(self):
        for name in ("default", "limits"):
            caches[name].clear()
        Configuration.objects.all().delete()  # the first one of an empty database
        self.user = a_user()
        self.client.force_login(self.user)

    def page(self, headers=None, **query):
        return self.client.get(PAGE, query, headers=headers or {})

    def names(self, **query):
        return [row.model.name for row in self.page(**query).context["rows"]]


class ListTests(Case):
    def test_says_what_a_model_serves_reads_costs_and_until_when(self):
        an_openai(key=CANARY_KEY)
        page = self.page(q="gpt-4o-mini")
        self.assertContains(page, "Chat, Responses")
        self.assertContains(page, "128 k")
        self.assertContains(page, "$0.15 in, $0.60 out")
        self.assertContains(page, "then gpt-6-luna")
        days = (datetime.date(2027, 1, 14) - timezone.localdate()).days
        self.assertContains(page, f"in {days} days")

    def test_only_configurations_that_may_be_used_and_nothing_of_where_they_are(self):
        a_configuration(**SERVER).deployed_models.create(name="mine")
        a_configuration(**SERVER, open_to_everyone=False).deployed_models.create(name="not-mine")
        a_configuration(**SERVER, enabled=False).deployed_models.create(name="off")
        page = self.page()
        self.assertContains(page, "mine")
        for secret in ("not-mine", ">off<", "secret.example"):
            self.assertNotContains(page, secret)

    def test_what_has_ended_is_there_and_says_so(self):
        a_configuration(**SERVER).deployed_models.create(name="old", shutdown_date=datetime.date(2026, 1, 1))
        self.assertContains(self.page(), ">ended</span>")

    def test_a_price_that_is_not_known_is_not_zero(self):
        server = a_configuration(**SERVER)
        server.deployed_models.create(name="one")
        server.deployed_models.create(name="two", overrides={"price": {"input": 3, "output": 9}})
        Price.objects.create(model="three", kind="input", amount=1, valid_from="2026-01-01")
        server.deployed_models.create(name="three")
        page = self.page()
        self.assertContains(page, "unpriced")
        self.assertContains(page, "$3 in, $9 out")
        self.assertContains(page, "$1<")
        self.assertNotContains(page, "$0")

    def test_filters_and_sorting_stand_in_the_address(self):
        sandbox = a_configuration()
        server = a_configuration(**SERVER)
        server.deployed_models.create(name="zeta", serves=["embeddings"])
        server.deployed_models.create(name="alpha", serves=["speech"], shutdown_date=SOON)
        self.assertEqual(self.names(configuration=server.pk), ["alpha", "zeta"])
        self.assertEqual(self.names(configuration=server.pk, operation="embeddings"), ["zeta"])
        self.assertEqual(self.names(ending="1"), ["alpha"])
        self.assertEqual(self.names(q="ZET"), ["zeta"])
        self.assertEqual(self.names(sort="ending")[0], "alpha")
        self.assertIn("sandbox", self.names(configuration=sandbox.pk, sort="cheapest"))
        everything = len(self.names())
        for nonsense in ({"configuration": "x"}, {"operation": "dance"}, {"sort": "no"}):
            self.assertEqual(len(self.names(**nonsense)), everything)
        self.assertContains(self.page(q="nothing like it"), "No model is like that")
        self.assertNotContains(self.page(HTMX, q="zeta"), "<title>")

    def test_ten_thousand_hostile_models_are_five_hundred_lines_of_text(self):
        server = a_configuration(**SERVER)
        hostile = [Model(id=f"{number}<img src=x onerror=x>{'a' * 1000}") for number in range(10_000)]
        hostile = [Model(id=one.id, shutdown_date=SOON) for one in hostile]  # and each wants a replacement
        listing.fill(server, [*hostile, Model(id="../../admin"), Model(id="a\u202eb\x00")])
        self.page()
        began = time.process_time()
        page = self.page()
        self.assertLess(time.process_time() - began, 1.0)
        self.assertLessEqual(len(page.context["rows"]), 500)
        self.assertNotContains(page, "<img src=x")
        self.assertNotContains(page, "a" * 201)

    def test_queries_do_not_grow_with_the_models(self):
        counts = []
        for _ in range(2):
            server = a_configuration(**SERVER)
            for number in range(5):
                server.deployed_models.create(name=f"m{number}", shutdown_date=SOON)
            with CaptureQueriesContext(connection) as queries:
                self.page()
            counts.append(len(queries))
        self.assertEqual(counts[0], counts[1])
        self.assertLessEqual(counts[1], 12)

    def test_without_a_configuration_it_teaches(self):
        self.assertContains(self.page(), "No configuration yet")


class NoticeTests(Case):
    def setUp(self):
        super().setUp()
        self.server = a_configuration(**SERVER | {"display_name": "Team server"})
        self.server.deployed_models.create(name="old", shutdown_date=SOON)
        self.server.deployed_models.create(name="new", serves=["chat_completions"])
        self.chat = a_session(self.user, configuration=self.server, model="old")

    def replace(self, headers=HTMX, **fields):
        return self.client.post(REPLACE, {"configuration": self.server.pk, "model": "old"} | fields, headers=headers)

    def test_a_prompt_that_takes_no_more_versions_is_said_and_nothing_is_changed(self):
        kept = SavedPrompt.objects.keep(self.user, "Summary", configuration=self.server, model="old", question="x")
        kept.prompt.versions.update(number=MOST_VERSIONS)
        self.assertContains(self.replace(), "1000 versions are enough", status_code=422)
        self.chat.refresh_from_db()
        self.assertEqual(self.chat.model, "old")

    def test_says_what_ends_where_it_is_used_and_what_to_ask_instead(self):
        SavedPrompt.objects.keep(self.user, "Summary", configuration=self.server, model="old", question="x")
        page = self.page()
        self.assertContains(page, "in 13 days.")
        self.assertContains(page, "1 of your chats of the last 30 days and by the saved prompt “Summary”")
        self.assertContains(page, "Ask new instead")

    def test_one_click_changes_it_everywhere(self):
        answer = self.replace()
        self.assertContains(answer, "Changed in 1 place.")
        self.assertNotContains(answer, "Ask new instead")
        self.chat.refresh_from_db()
        self.assertEqual(self.chat.model, "new")
        self.assertContains(self.replace(), "Nothing uses it any more.")
        self.assertRedirects(self.replace(headers={}), PAGE)

    def test_nobody_changes_what_is_somebody_elses(self):
        self.client.force_login(a_user())
        self.replace()
        self.chat.refresh_from_db()
        self.assertEqual(self.chat.model, "old")
        Configuration.objects.update(open_to_everyone=False)
        for fields in ({}, {"configuration": "x"}, {"configuration": 987_654}):
            self.assertEqual(self.replace(**fields).status_code, 404)

    def test_a_default_that_ends_is_said_and_staff_change_it_in_the_admin(self):
        Configuration.objects.update(model_default_chat="old")
        self.assertContains(self.page(), "what Team server asks for chat when nobody chooses")
        self.assertNotContains(self.page(), "/admin/")
        self.client.force_login(a_superuser())
        change = reverse("admin:connector_configuration_change", args=[self.server.pk])
        self.assertContains(self.page(), change)
        self.assertContains(self.client.get(change), "old, the default for chat, ends on")
        self.assertContains(self.client.get(change), "Its replacement: new.")

    def test_the_chat_says_it_too_and_changes_by_a_button(self):
        page = self.client.get(reverse("playground:session", args=[self.chat.pk]))
        self.assertContains(page, "in 13 days.")
        self.assertContains(page, "Use new")
        settings = reverse("playground:settings", args=[self.chat.pk])
        posted = {"configuration": self.server.pk, "model": "old", "before": self.server.pk, "use": "new"}
        answer = self.client.post(settings, posted, headers=HTMX)
        self.assertNotContains(answer, "Use new")
        self.chat.refresh_from_db()
        self.assertEqual(self.chat.model, "new")

    def test_the_chat_asks_nothing_more_where_nothing_ends(self):
        chat = a_session(self.user, configuration=self.server, model="new")
        counts = []
        for one in (chat, self.chat):
            with CaptureQueriesContext(connection) as queries:
                self.client.get(reverse("playground:session", args=[one.pk]))
            counts.append(len(queries))
        self.assertEqual(counts[0], counts[1])


class RefreshTests(Case):
    def setUp(self):
        super().setUp()
        self.server = a_configuration(**SERVER)
        self.address = reverse("playground:models_refresh", args=[self.server.pk])

    def refresh(self, *answers, headers=HTMX):
        with testing.recorded(self.server, answers):
            return self.client.post(self.address, headers=headers)

    def test_loads_the_list(self):
        answer = self.refresh({"data": [{"id": "one"}, {"id": "two"}]})
        self.assertContains(answer, "lists 2 models: 2 new, 0 gone.")
        self.assertContains(answer, ">two</a>")
        self.assertContains(answer, "loaded 0")

    def test_a_failure_is_said_and_remembered(self):
        self.refresh({"data": [{"id": "one"}]})
        answer = self.refresh(errors.KeyRefused())
        self.assertContains(answer, "could not be loaded", status_code=422)
        self.assertContains(answer, ">one</a>", status_code=422)
        self.assertContains(self.page(), "key refused")

    def test_nobody_asks_without_end(self):
        for _ in range(10):
            self.refresh({"data": [{"id": "one"}]})
        answer = self.refresh()
        self.assertContains(answer, "The limit of 10 looks a minute is reached.", status_code=429)

    def test_only_where_there_is_a_list_and_for_who_may_use_it(self):
        sandbox = a_configuration()
        self.assertEqual(self.client.post(reverse("playground:models_refresh", args=[sandbox.pk])).status_code, 404)
        Configuration.objects.update(open_to_everyone=False)
        self.assertEqual(self.refresh().status_code, 404)


class ModelTests(Case):
    def setUp(self):
        super().setUp()
        self.openai = an_openai(key=CANARY_KEY, model_default_chat="gpt-5.4")

    def of(self, name, configuration=None):
        return self.client.get(rows.address((configuration or self.openai).pk, name))

    def test_everything_that_is_known(self):
        a_session(self.user, configuration=self.openai, model="gpt-5.4", title="About boats")
        page = self.of("gpt-5.4")
        for words in ("Context window", "Longest answer", "no end announced", "for chat", "About boats", "LiteLLM"):
            self.assertContains(page, words)
        self.assertContains(page, "<code>max_tokens</code> as <code>max_completion_tokens</code>")
        self.assertContains(page, "Chat: what it takes")
        self.assertContains(page, "1 to 128")
        self.assertContains(page, "that it does not take")
        self.assertNotContains(page, CANARY_KEY)

    def test_what_a_model_forbids_is_among_what_it_does_not_take(self):
        page = self.of("text-embedding-ada-002")
        self.assertContains(page, "<dt><code>dimensions</code></dt>")

    def test_one_that_ends_says_what_comes_after_it(self):
        page = self.of("gpt-4o")
        self.assertContains(page, "It ends on 14 January 2027")
        self.assertContains(page, "<strong>gpt-6-luna</strong>")

    def test_names_of_any_kind_have_an_address(self):
        server = a_configuration(**SERVER)
        for name in ("meta-llama/Llama-3.1-70B", "../../admin", "a//b", "/x", "a?b#c", "<b>", ".", "ü %2e"):
            server.deployed_models.create(name=name)
            page = self.of(name, server)
            self.assertEqual((page.status_code, page.context["model"].name), (200, name))

    def test_one_that_is_not_offered_is_not_there(self):
        self.assertEqual(self.of("no-such-model").status_code, 404)
        self.openai.open_to_everyone = False
        self.openai.save()
        self.assertEqual(self.of("gpt-5.4").status_code, 404)
        self.assertEqual(self.client.get(reverse("playground:model_by_name", args=[self.openai.pk])).status_code, 404)


class LiveTests(Case):
    def setUp(self):
        super().setUp()
        self.server = a_configuration(**SERVER)
        self.server.deployed_models.create(name="one")
        self.address = reverse("playground:model_live", args=[self.server.pk])

    def ask(self, *answers, headers=HTMX, **fields):
        with testing.recorded(self.server, answers):
            return self.client.post(self.address, {"name": "one"} | fields, headers=headers)

    def test_the_page_does_not_wait_and_asks_behind(self):
        with testing.recorded(self.server, []):
            page = self.client.get(rows.address(self.server.pk, "one"))
        self.assertContains(page, "It was not asked yet.")
        self.assertContains(page, 'hx-trigger="load"')

    def test_what_is_said_is_remembered_for_an_hour(self):
        said = {"id": "one", "owned_by": "<b>us</b>", "created": 1_700_000_000, "shutdown_date": "2027-05-01"}
        answer = self.ask(said)
        self.assertContains(answer, "&lt;b&gt;us&lt;/b&gt;")
        self.assertContains(answer, "14 November 2023")
        self.assertContains(answer, "1 May 2027")
        self.assertContains(self.ask(), "1 May 2027")  # nothing is sent
        self.assertContains(self.ask({"id": "one"}, again="1"), "no date said")
        self.assertNotContains(self.client.get(rows.address(self.server.pk, "one")), 'hx-trigger="load"')

    def test_it_is_in_the_record_of_who_asked(self):
        self.ask({"id": "one"})
        call = Call.objects.get()
        self.assertEqual((call.user, call.source, call.operation), (self.user, Call.Source.PAGE, "models"))

    def test_why_nothing_was_said(self):
        self.assertContains(self.ask(errors.NotFound()), errors.NotFound().what)

    def test_without_a_script_by_a_button(self):
        answer = self.ask({"id": "one"}, headers={})
        self.assertRedirects(answer, rows.address(self.server.pk, "one"))

    def test_nonsense_of_a_server_is_no_trouble(self):
        self.assertContains(self.ask({"id": "one", "created": 10**30, "owned_by": "x" * 5000}), "not said")

    def test_only_what_is_offered_is_asked_about(self):
        self.assertEqual(self.ask(name="other").status_code, 404)
