"""A comparison: all columns are asked, or none."""

import threading

from django.db import connections
from django.test import TestCase, TransactionTestCase, override_settings
from django.utils import timezone

from connector.client import errors
from connector.models import ChatCompletionsMessage, ChatCompletionsSession, Comparison, Run
from connector.models.undoable import KEPT_DELETED
from tests.builders import a_comparison, a_configuration, a_session, a_user


class BeginTests(TestCase):
    def setUp(self):
        self.user, self.configuration = a_user(), a_configuration()

    def column(self, model="sandbox", **parameters):
        return {"configuration": self.configuration, "model": model, "parameters": parameters}

    def begin(self, *columns, prompt="Why?", **fields):
        return Comparison.objects.begin(self.user, prompt, columns or [self.column(), self.column()], **fields)

    def nothing_is_there(self):
        rows = (Comparison, ChatCompletionsSession, ChatCompletionsMessage, Run)
        self.assertFalse([model for model in rows if model.objects.exists()])

    def test_each_column_is_a_session_with_a_question_and_a_queued_run(self):
        columns = [self.column("sandbox-fast", temperature=0.2), self.column("sandbox-500")]
        made = self.begin(*columns, system_prompt="Be brief.")
        self.assertEqual([run.state for run in made.asked], ["queued"] * 2)
        first, second = made.columns.order_by("place")
        self.assertEqual((first.model, first.parameters), ("sandbox-fast", {"temperature": 0.2}))
        self.assertEqual((second.model, second.runs.get().system_prompt), ("sandbox-500", "Be brief."))
        self.assertEqual([message.role for message in first.path()], ["user", "assistant"])
        self.assertEqual({column.kind for column in made.columns.all()}, {"comparison"})

    def test_no_chat_lists_its_columns(self):
        self.begin()
        self.assertFalse(ChatCompletionsSession.objects.for_user(self.user).chats().exists())

    def test_a_wrong_parameter_in_one_column_asks_nothing(self):
        with self.assertRaises(errors.InvalidParameter) as caught:
            self.begin(self.column(), self.column(temperature=9))
        self.assertEqual(caught.exception.facts["param"], "temperature")
        self.nothing_is_there()

    def test_a_configuration_that_may_not_be_used_asks_nothing(self):
        closed = a_configuration(open_to_everyone=False)
        with self.assertRaises(errors.NoConfiguration):
            self.begin(self.column(), self.column() | {"configuration": closed})
        self.nothing_is_there()

    def test_an_empty_prompt_and_too_few_or_too_many_columns_are_refused(self):
        for prompt, count in (("  ", 2), ("Why?", 1), ("Why?", 7)):
            with self.subTest(prompt, count=count), self.assertRaises(errors.InvalidParameter):
                self.begin(*[self.column()] * count, prompt=prompt)
        self.nothing_is_there()

    def test_texts_are_cleaned(self):
        made = self.begin(prompt="a\x00b\r\nc", system_prompt="d\x00")
        self.assertEqual((made.prompt, made.system_prompt), ("ab\nc", "d"))

    def test_columns_of_a_blind_one_stand_somewhere_else_than_they_were_asked(self):
        columns = [self.column(f"model-{number}") for number in range(6)]
        orders = set()
        with override_settings(CONNECTOR_SENDS_A_MINUTE=0, CONNECTOR_ANSWERS_AT_ONCE=0):
            for _ in range(6):
                made = self.begin(*columns, blind=True)
                shown = made.columns.order_by("place").values_list("model", flat=True)
                self.assertCountEqual(shown, [column["model"] for column in columns])
                orders.add(tuple(shown))
                self.assertEqual([column["model"] for column in made.settings_of_columns()], [*sorted(shown)])
        self.assertGreater(len(orders), 1)

    def test_again_asks_the_same_columns_as_another_comparison(self):
        made = self.begin(self.column("sandbox", temperature=0.5), self.column("sandbox-fast"), system_prompt="Brief.")
        again = made.again()
        self.assertNotEqual(again.pk, made.pk)
        self.assertEqual((again.prompt, again.system_prompt), ("Why?", "Brief."))
        self.assertEqual(again.settings_of_columns(), made.settings_of_columns())
        self.assertEqual(Run.objects.count(), 4)

    def test_the_same_token_gives_the_same_comparison(self):
        first = self.begin(token="t")
        second = self.begin(token="t")
        self.assertEqual((second, list(second.asked)), (first, []))
        self.assertEqual(Run.objects.count(), 2)

    def test_a_token_of_another_form_is_refused(self):
        a_session(self.user, configuration=self.configuration).ask("Why?", token="t")
        with self.assertRaises(errors.InvalidParameter):
            self.begin(token="t")
        self.assertFalse(Comparison.objects.exists())


class KeepingTests(TestCase):
    def setUp(self):
        a_configuration()
        self.user = a_user()
        self.comparison = a_comparison(self.user, blind=True)

    def test_whoever_has_judged_may_know_the_names(self):
        self.assertTrue(self.comparison.is_hidden)
        winner = self.comparison.columns.last()
        self.comparison.choose(winner)
        self.comparison.refresh_from_db()
        self.assertEqual((self.comparison.winner, self.comparison.is_hidden), (winner, False))
        self.comparison.choose(None)
        self.assertFalse(self.comparison.is_hidden)

    def test_what_is_deleted_can_be_brought_back_for_a_day(self):
        Run.objects.update(state=Run.State.STREAMING)
        self.comparison.discard()
        self.assertFalse(Comparison.objects.for_user(self.user).exists())
        self.assertEqual(set(Run.objects.values_list("stop_requested", flat=True)), {True})
        Comparison.objects.purge()
        Comparison.objects.deleted_of(self.user).get().restore()
        self.assertTrue(Comparison.objects.for_user(self.user).exists())

    def test_after_a_day_it_is_gone_with_its_columns(self):
        Comparison.objects.update(deleted=timezone.now() - KEPT_DELETED, winner=self.comparison.columns.first())
        Comparison.objects.purge()
        self.assertFalse(Comparison.objects.exists() or ChatCompletionsSession.objects.exists())

    def test_every_word_is_searched_for_in_the_prompt(self):
        found = Comparison.objects.search("SKY blue")
        self.assertEqual((found.count(), Comparison.objects.search("sky green").count()), (1, 0))


class LimitTests(TransactionTestCase):
    def setUp(self):
        self.user, self.configuration = a_user(), a_configuration()

    def begin(self, count=2, token=""):
        columns = [{"configuration": self.configuration, "model": "sandbox"}] * count
        return Comparison.objects.begin(self.user, "Why?", columns, token=token)

    def at_once(self, number, verb):
        """What `verb` gives in `number` threads that start together."""
        together, given = threading.Barrier(number), []

        def call():
            try:
                together.wait()
                given.append(verb())
            except Exception as error:
                given.append(error)
            finally:
                connections.close_all()

        threads = [threading.Thread(target=call) for _ in range(number)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return given

    @override_settings(CONNECTOR_ANSWERS_AT_ONCE=2)
    def test_its_columns_are_one_thing_at_once(self):
        self.begin(6)
        a_session(self.user, configuration=self.configuration).ask("Why?")
        with self.assertRaises(errors.LimitReached):
            self.begin(2)
        Run.objects.exclude(session__comparison=None).update(state=Run.State.DONE)
        self.begin(2)

    @override_settings(CONNECTOR_ANSWERS_AT_ONCE=0, CONNECTOR_SENDS_A_MINUTE=7)
    def test_each_column_is_a_message_of_the_minute(self):
        self.begin(6)
        with self.assertRaises(errors.LimitReached) as caught:
            self.begin(2)
        self.assertGreater(caught.exception.facts["seconds"], 0)
        a_session(self.user, configuration=self.configuration).ask("Why?")
        with self.assertRaises(errors.LimitReached):
            a_session(self.user, configuration=self.configuration).ask("Why?")

    @override_settings(CONNECTOR_SENDS_A_MINUTE=3)
    def test_more_columns_than_the_minute_has_will_never_do(self):
        with self.assertRaises(errors.MoreThanTheLimit):
            self.begin(4)

    @override_settings(CONNECTOR_ANSWERS_AT_ONCE=0, CONNECTOR_SENDS_A_MINUTE=10)
    def test_twenty_threads_cannot_pass_the_limit_together(self):
        given = self.at_once(20, lambda: self.begin(3).pk)
        self.assertEqual(sum(isinstance(one, int) for one in given), 3, given)
        self.assertEqual(sum(isinstance(one, errors.LimitReached) for one in given), 17, given)
        self.assertEqual(Run.objects.count(), 9)

    def test_twenty_threads_with_one_token_make_one_comparison(self):
        given = self.at_once(20, lambda: self.begin(3, token="t").pk)
        self.assertEqual(len(set(given)), 1, given)
        self.assertEqual((Comparison.objects.count(), Run.objects.count()), (1, 3))
