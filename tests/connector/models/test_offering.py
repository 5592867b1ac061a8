"""What configurations offer, until when it lives, and what comes after it."""

import datetime

from django.test import TestCase
from django.utils import timezone

from connector.models import Configuration, SavedPrompt, offering, replacing
from tests.builders import a_configuration, a_session, a_user, an_openai

TODAY = timezone.localdate()
SOON, LATER = TODAY + datetime.timedelta(days=20), TODAY + datetime.timedelta(days=400)
SERVER = {"api_type": "openai_compatible", "endpoint": "https://models.example/v1", "model_default_chat": ""}


def fetched(configuration):
    return Configuration.objects.prefetch_related("deployed_models").get(pk=configuration.pk)


class OfferedTests(TestCase):
    def names(self, configuration):
        return [one.name for one in offering.offered(fetched(configuration))]

    def test_what_was_loaded_and_the_defaults(self):
        server = a_configuration(**SERVER | {"model_default_chat": "its-default"})
        server.deployed_models.create(name="one")
        server.deployed_models.create(name="hidden", enabled=False)
        self.assertEqual(self.names(server), ["its-default", "one"])
        found = offering.find(fetched(server), "its-default")
        self.assertEqual((found.defaults, found.operations), (("chat",), ()))

    def test_what_the_catalogue_and_the_sandbox_know_where_nothing_was_loaded(self):
        self.assertIn("text-embedding-3-small", self.names(an_openai()))
        found = offering.find(fetched(a_configuration()), "sandbox-embedding")
        self.assertEqual(found.operations, ("embeddings",))

    def test_an_end_that_was_entered_goes_before_what_was_announced(self):
        openai = an_openai()
        openai.deployed_models.create(name="gpt-4o", shutdown_date=LATER)
        openai.deployed_models.create(name="deployment", family="gpt-4o")
        found = {one.name: one for one in offering.offered(fetched(openai))}
        self.assertEqual(found["gpt-4o"].ends, LATER)
        self.assertEqual(found["deployment"].ends, datetime.date(2027, 1, 14))
        self.assertEqual(found["deployment"].days, (datetime.date(2027, 1, 14) - TODAY).days)

    def test_nothing_is_asked_of_the_database(self):
        configuration = fetched(an_openai(model_default_chat="gpt-5"))
        with self.assertNumQueries(0):
            for one in offering.offered(configuration):
                str(one.replacement)
            offering.endings_of_defaults(configuration)


class EndingTests(TestCase):
    def setUp(self):
        self.server = a_configuration(**SERVER)

    def model(self, name, ends=None, **fields):
        self.server.deployed_models.create(name=name, shutdown_date=ends, **fields)

    def ending(self, model):
        return offering.ending(fetched(self.server), model, "chat_completions")

    def test_ninety_days_before(self):
        self.model("soon", SOON)
        self.model("later", LATER)
        self.model("gone", TODAY)
        self.assertEqual((self.ending("soon").days, self.ending("soon").has_ended), (20, False))
        self.assertTrue(self.ending("gone").has_ended)
        for living in ("later", "nobody-knows", ""):
            self.assertIsNone(self.ending(living))

    def test_the_successor_comes_first_also_behind_another_name(self):
        self.model("gpt-4o", SOON)
        self.model("a", family="gpt-5.6-sol")
        self.model("b", family="gpt-6-luna")
        self.assertEqual(self.ending("gpt-4o").replacement, "b")

    def test_else_the_best_that_lives_and_serves_the_same(self):
        self.model("old", SOON)
        self.model("dying-too", SOON)
        self.model("vectors", serves=["embeddings"])
        self.assertEqual(self.ending("old").replacement, "")
        self.model("unknown")
        self.assertEqual(self.ending("old").replacement, "")
        self.model("ticked", serves=["chat_completions"])
        self.assertEqual(self.ending("old").replacement, "ticked")
        self.model("gpt-5.4")
        self.assertEqual(self.ending("old").replacement, "gpt-5.4")
        Configuration.objects.filter(pk=self.server.pk).update(model_default_chat="unknown")
        self.assertEqual(self.ending("old").replacement, "unknown")

    def test_defaults_that_end(self):
        self.model("soon", SOON)
        Configuration.objects.filter(pk=self.server.pk).update(model_default_chat="soon", model_default_speech="x")
        ((label, ending),) = offering.endings_of_defaults(fetched(self.server))
        self.assertEqual((label, ending.model), ("chat", "soon"))


class ReplacingTests(TestCase):
    def setUp(self):
        self.user = a_user()
        self.server = a_configuration(**SERVER)
        self.server.deployed_models.create(name="old", shutdown_date=SOON)
        self.server.deployed_models.create(name="new", serves=["chat_completions"])

    def chat(self, **fields):
        return a_session(fields.pop("user", self.user), **{"configuration": self.server, "model": "old"} | fields)

    def prompt(self, name="Summary", model="old"):
        keep = SavedPrompt.objects.keep
        return keep(self.user, name, configuration=self.server, model=model, question="Sum it up.").prompt

    def uses(self):
        return replacing.uses(self.user, [fetched(self.server)])

    def test_finds_chats_of_the_last_days_and_prompts_as_they_are_now(self):
        self.chat()
        self.chat(model="new")
        self.chat(touched=timezone.now() - datetime.timedelta(days=31))
        self.chat(user=a_user())
        self.chat().discard()
        self.prompt()
        changed = self.prompt("Other")
        changed.add(configuration=self.server, model="new", question="x")
        (use,) = self.uses()
        self.assertEqual((use.ending.model, use.chats, use.prompts), ("old", 1, ["Summary"]))

    def test_nothing_dies_nothing_is_said(self):
        self.chat(model="new")
        found = fetched(self.server)
        with self.assertNumQueries(2):
            self.assertEqual(replacing.uses(self.user, [found]), [])

    def test_changes_what_is_theirs_and_nothing_else(self):
        mine, others = self.chat(), self.chat(user=a_user())
        kept = self.chat(model="new")
        prompt = self.prompt()
        self.assertEqual(replacing.replace(self.user, fetched(self.server), "old"), 2)
        for chat, model in ((mine, "new"), (others, "old"), (kept, "new")):
            chat.refresh_from_db()
            self.assertEqual(chat.model, model)
        newest, before = prompt.versions.all()
        self.assertEqual((newest.model, newest.question, before.model), ("new", "Sum it up.", "old"))
        self.assertEqual(self.uses(), [])

    def test_without_a_replacement_everything_stays(self):
        self.server.deployed_models.filter(name="new").delete()
        chat = self.chat()
        self.assertEqual(replacing.replace(self.user, fetched(self.server), "old"), 0)
        chat.refresh_from_db()
        self.assertEqual(chat.model, "old")
