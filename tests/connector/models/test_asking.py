import threading

from django.contrib.auth.models import AnonymousUser, Group
from django.db import connection, connections
from django.test import TestCase, TransactionTestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connector.client import errors
from connector.models import ApiType, ChatCompletionsMessage, ChatCompletionsSession, Run
from connector.models.run import STALE_AFTER
from tests.builders import a_configuration, a_session, a_user, an_exchange


def end(run, **fields):
    Run.objects.filter(pk=run.pk).update(state=Run.State.DONE, **fields)


class AskTests(TestCase):
    def setUp(self):
        self.session = a_session(a_user(), title="", system_prompt="Be brief.", parameters={"temperature": 0.5})

    def test_makes_a_question_an_empty_answer_and_a_queued_run(self):
        run = self.session.ask("Why is the sky blue?")
        question, answer = self.session.path()
        self.assertEqual((question.role, question.content), ("user", "Why is the sky blue?"))
        self.assertEqual((answer.role, answer.content, answer.run), ("assistant", "", run))
        self.assertEqual(run.state, Run.State.QUEUED)
        self.assertEqual(run.request, {"model": "sandbox", "temperature": 0.5})
        self.assertEqual(run.system_prompt, "Be brief.")
        self.assertEqual((run.user, run.session), (self.session.user, self.session))

    def test_names_the_session_after_the_first_question(self):
        end(self.session.ask("Why is the sky blue?"))
        self.session.ask("And the sea?")
        self.session.refresh_from_db()
        self.assertEqual(self.session.title, "Why is the sky blue?")

    def test_goes_on_where_the_path_ends_also_when_the_session_was_fetched_before(self):
        stale = ChatCompletionsSession.objects.get(pk=self.session.pk)
        end(self.session.ask("Why?"))
        stale.ask("How?")
        self.assertEqual([message.role for message in stale.path()], ["user", "assistant"] * 2)

    def test_three_choices_are_three_answers(self):
        self.session.parameters = {"n": 3}
        run = self.session.ask("Why?")
        self.assertEqual([message.choice for message in run.messages.all()], [0, 1, 2])
        self.assertEqual(self.session.path()[-1].choice, 0)

    def test_text_is_cleaned(self):
        self.session.ask("a\x00b\ud800\r\nc")
        self.assertEqual(self.session.path()[0].content, "ab\ufffd\nc")

    def test_an_empty_question_is_refused(self):
        for text in ("", "  \n ", "\x00"):
            with self.subTest(text), self.assertRaises(errors.InvalidParameter):
                self.session.ask(text)
        self.assertFalse(Run.objects.exists())

    def test_a_question_of_a_megabyte_is_refused(self):
        with self.assertRaises(errors.InvalidParameter):
            self.session.ask("x" * 1_000_000)

    def test_a_value_that_the_api_refuses_is_refused_and_leaves_nothing(self):
        self.session.parameters = {"temperature": 3}
        with self.assertRaises(errors.InvalidParameter) as caught:
            self.session.ask("Why?")
        self.assertEqual(caught.exception.facts["param"], "temperature")
        self.assertFalse(ChatCompletionsMessage.objects.exists())

    def test_keeps_what_was_changed_to_fit_the_model(self):
        self.session.model = "sandbox-reasoning"
        run = self.session.ask("Why?")
        self.assertNotIn("temperature", run.request)
        self.assertEqual([notice["param"] for notice in run.notices], ["temperature"])

    def test_takes_the_same_number_of_queries_however_long_the_session_is(self):
        counts = []
        for length in (1, 20):
            for _ in range(length):
                an_exchange(self.session)
            Run.objects.update(state=Run.State.DONE, created=timezone.now() - timezone.timedelta(hours=1))
            with CaptureQueriesContext(connection) as queries:
                self.session.ask("Why?")
            counts.append(len(queries))
        self.assertEqual(counts[0], counts[1])
        self.assertLessEqual(counts[0], 13)

    def test_waits_for_the_answer_before(self):
        self.session.ask("Why?")
        with self.assertRaises(errors.StillAnswering):
            self.session.ask("How?")

    def test_does_not_wait_for_a_dead_process(self):
        run = self.session.ask("Why?")
        Run.objects.filter(pk=run.pk).update(heartbeat=timezone.now() - 2 * STALE_AFTER)
        self.session.ask("How?")

    def test_asks_nobody_without_a_configuration(self):
        self.session.configuration = None
        with self.assertRaises(errors.NoConfiguration):
            self.session.ask("Why?")


class WhoMayAskTests(TestCase):
    def setUp(self):
        self.user = a_user()
        self.configuration = a_configuration(open_to_everyone=False)
        self.session = a_session(self.user, configuration=self.configuration)

    def test_only_those_the_configuration_is_open_to(self):
        with self.assertRaises(errors.NoConfiguration):
            self.session.ask("Why?")
        group = Group.objects.create(name="Team")
        self.configuration.groups.add(group)
        self.user.groups.add(group)
        self.session.ask("Why?")

    def test_nobody_when_it_is_switched_off(self):
        self.configuration.open_to_everyone, self.configuration.enabled = True, False
        self.configuration.save()
        with self.assertRaises(errors.NoConfiguration):
            self.session.ask("Why?")

    def test_a_session_without_a_user_belongs_to_code_that_may(self):
        self.session.user = None
        self.session.save()
        self.session.ask("Why?")

    def test_a_stranger_has_no_sessions(self):
        self.assertFalse(ChatCompletionsSession.objects.for_user(AnonymousUser()).exists())


class ModelTests(TestCase):
    def asked(self, model="", **configuration):
        session = a_session(a_user(), configuration=a_configuration(**configuration), model=model)
        return session.ask("Why?")

    def test_the_one_named_wins_over_the_default(self):
        self.assertEqual(self.asked("sandbox-fast").model, "sandbox-fast")

    def test_without_one_the_default_answers(self):
        self.assertEqual(self.asked().model, "sandbox")

    def test_without_either_the_error_says_where_to_set_one(self):
        with self.assertRaises(errors.NoModel) as caught:
            self.asked(model_default_chat="", display_name="Bare")
        self.assertIn("default model for chat in the configuration Bare", caught.exception.todo)

    def test_on_azure_the_deployment_decides(self):
        azure = {
            "api_type": ApiType.AZURE_OPENAI,
            "endpoint": "https://res.openai.azure.com/openai/deployments/",
            "api_version": "2024-10-21",
            "deployment_name": "ours",
            "model_default_chat": "",
        }
        for model in ("", "gpt-5.2"):
            run = self.asked(model, **azure)
            self.assertEqual(run.model, "ours")
            self.assertNotIn("model", run.request)

    def test_on_azure_another_deployment_of_the_configuration_can_be_chosen(self):
        configuration = a_configuration(
            api_type=ApiType.AZURE_OPENAI,
            endpoint="https://res.openai.azure.com",
            api_version="2024-10-21",
            deployment_name="ours",
        )
        configuration.deployed_models.create(name="theirs")
        session = a_session(a_user(), configuration=configuration, model="theirs")
        self.assertEqual(session.ask("Why?").model, "theirs")


class AgainTests(TestCase):
    def setUp(self):
        self.session = a_session(a_user())
        self.question, self.answer = an_exchange(self.session, "Why?", "Because the")

    def test_an_edit_is_a_sibling_of_the_question(self):
        self.session.edit(self.question, "Why not?")
        question, answer = self.session.path()
        self.assertEqual(question.siblings, [self.question, question])
        self.assertEqual((question.content, answer.content), ("Why not?", ""))

    def test_a_regeneration_is_a_sibling_of_the_answer(self):
        self.session.regenerate(self.answer)
        question, answer = self.session.path()
        self.assertEqual(question, self.question)
        self.assertEqual(answer.siblings, [self.answer, answer])

    def test_a_question_without_an_answer_can_be_answered(self):
        self.answer.delete()
        self.session.regenerate(self.question)
        self.assertEqual([message.role for message in self.session.path()], ["user", "assistant"])

    def test_a_continuation_begins_with_what_there_is(self):
        self.session.parameters = {"n": 3}
        run = self.session.continue_(self.answer)
        _, answer = self.session.path()
        self.assertEqual((answer.content, answer.siblings), ("Because the", [self.answer, answer]))
        self.assertEqual(run.messages.count(), 1)

    def test_only_answers_can_be_continued(self):
        with self.assertRaises(errors.InvalidParameter):
            self.session.continue_(self.question)

    def test_an_answer_that_still_comes_cannot_be_continued(self):
        Run.objects.update(state=Run.State.STREAMING)
        with self.assertRaises(errors.StillAnswering):
            self.session.continue_(self.answer)

    def test_messages_of_other_sessions_are_refused(self):
        other = a_session(self.session.user)
        for verb in (other.regenerate, other.continue_, lambda message: other.edit(message, "x")):
            with self.assertRaises(errors.InvalidParameter):
                verb(self.answer)


class LimitTests(TestCase):
    def setUp(self):
        self.user = a_user()

    def ask(self):
        return a_session(self.user).ask("Why?")

    def test_three_answers_at_once(self):
        runs = [self.ask() for _ in range(3)]
        with self.assertRaises(errors.LimitReached) as caught:
            self.ask()
        self.assertIn("3 answers at once", caught.exception.what)
        end(runs[0])
        self.ask()

    def test_answers_of_dead_processes_do_not_count(self):
        for _ in range(3):
            self.ask()
        Run.objects.update(heartbeat=timezone.now() - 2 * STALE_AFTER)
        self.ask()

    def test_twenty_questions_a_minute(self):
        for _ in range(20):
            end(self.ask())
        with self.assertRaises(errors.LimitReached) as caught:
            self.ask()
        self.assertIn("20 messages a minute", caught.exception.what)
        Run.objects.update(created=timezone.now() - timezone.timedelta(seconds=61))
        self.ask()

    def test_nobody_waits_for_somebody_else(self):
        for _ in range(3):
            self.ask()
        a_session(a_user()).ask("Why?")

    @override_settings(CONNECTOR_ANSWERS_AT_ONCE=0, CONNECTOR_SENDS_A_MINUTE=0)
    def test_zero_means_no_limit(self):
        for _ in range(25):
            self.ask()


class BeginTests(TestCase):
    def test_makes_session_and_question_together(self):
        user = a_user()
        run = ChatCompletionsSession.objects.begin(user, "Why?", configuration=a_configuration())
        self.assertEqual(list(ChatCompletionsSession.objects.for_user(user)), [run.session])
        self.assertEqual(run.session.title, "Why?")

    def test_leaves_no_session_behind_when_the_question_is_refused(self):
        with self.assertRaises(errors.NoConfiguration):
            ChatCompletionsSession.objects.begin(a_user(), "Why?")
        self.assertFalse(ChatCompletionsSession.objects.exists())


class TokenTests(TransactionTestCase):
    """The one-use token of a form: whoever comes second gets what the first one made."""

    def setUp(self):
        self.user = a_user()
        self.session = a_session(self.user)

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

    def test_the_same_token_gives_the_same_run(self):
        first = self.session.ask("Why?", token="t")
        self.assertEqual(self.session.ask("Why?", token="t"), first)
        self.assertEqual(self.session.messages.count(), 2)

    def test_another_users_token_is_another_token(self):
        first = self.session.ask("Why?", token="t")
        self.assertNotEqual(a_session(a_user()).ask("Why?", token="t"), first)

    def test_twenty_threads_with_one_token_make_one_message(self):
        given = self.at_once(
            20, lambda: ChatCompletionsSession.objects.get(pk=self.session.pk).ask("Why?", token="t").pk
        )
        self.assertEqual(len(set(given)), 1, given)
        self.assertEqual(self.session.messages.count(), 2)
        self.assertEqual(Run.objects.count(), 1)

    def test_twenty_threads_with_one_token_begin_one_session(self):
        configuration = a_configuration()
        given = self.at_once(
            20,
            lambda: (
                ChatCompletionsSession.objects.begin(self.user, "Why?", "t", configuration=configuration).session_id
            ),
        )
        self.assertEqual(len(set(given)), 1, given)
        self.assertEqual(ChatCompletionsSession.objects.count(), 2)
        self.assertEqual(ChatCompletionsMessage.objects.count(), 2)

    @override_settings(CONNECTOR_ANSWERS_AT_ONCE=0, CONNECTOR_SENDS_A_MINUTE=5)
    def test_twenty_threads_cannot_pass_a_limit_together(self):
        end(self.session.ask("Why?"))
        given = self.at_once(20, lambda: a_session(self.user).ask("Why?").pk)
        self.assertEqual(sum(isinstance(one, int) for one in given), 4, given)
        self.assertEqual(sum(isinstance(one, errors.LimitReached) for one in given), 16, given)
