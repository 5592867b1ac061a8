import json

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connector.models import ChatCompletionsMessage, ChatCompletionsSession, Run
from connector.models.run import STALE_AFTER
from tests.builders import a_configuration, a_session, a_user, an_exchange, some_answers


def contents(path):
    return [message.content for message in path]


class PathTests(TestCase):
    def setUp(self):
        self.session = a_session(a_user())

    def test_leads_from_the_first_message_to_the_leaf(self):
        an_exchange(self.session, "Why?", "Because.")
        an_exchange(self.session, "And how?", "Like this.")
        self.assertEqual(contents(self.session.path()), ["Why?", "Because.", "And how?", "Like this."])

    def test_is_empty_for_an_empty_session(self):
        self.assertEqual(self.session.path(), [])

    def test_takes_one_query_for_a_thousand_messages(self):
        _, answer = an_exchange(self.session)
        above = answer.pk
        for number in range(998):
            role = ("user", "assistant")[number % 2]
            above = ChatCompletionsMessage.objects.create(session=self.session, role=role, parent_id=above).pk
        self.session.leaf_id = above
        with self.assertNumQueries(1):
            path = self.session.path()
            [(message.run and message.run.state, message.versions, message.choices) for message in path]
        self.assertEqual(len(path), 1000)

    def test_knows_the_siblings_of_each_message(self):
        question, first = an_exchange(self.session)
        (second,) = some_answers(self.session, question, "Well.")
        path = self.session.path()
        self.assertEqual(path[1].siblings, [first, second])
        self.assertEqual(path[1].versions, [first, second])
        self.assertEqual(self.session.branches(second), [first, second])

    def test_choices_of_one_run_are_one_version(self):
        question, *two = an_exchange(self.session, "Why?", "Because.", "Therefore.")
        (other,) = some_answers(self.session, question, "Well.")
        self.session.show(two[1])
        shown = self.session.path()[-1]
        self.assertEqual(shown.choices, two)
        self.assertEqual(shown.versions, [two[1], other])

    def test_a_loop_in_the_data_ends(self):
        question, answer = an_exchange(self.session)
        question.parent = answer
        question.save()
        self.assertEqual(len(self.session.path()), 2)

    def test_marks_a_run_of_a_dead_process_as_interrupted(self):
        long_ago = timezone.now() - 2 * STALE_AFTER
        an_exchange(self.session, "Why?", "Beca", state=Run.State.STREAMING, owner="elsewhere", heartbeat=long_ago)
        answer = self.session.path()[-1]
        self.assertEqual(answer.run.state, Run.State.INTERRUPTED)
        self.assertEqual(answer.run.error["code"], "interrupted")
        self.assertEqual(answer.content, "Beca")

    def test_leaves_a_run_with_a_heartbeat_alone(self):
        an_exchange(self.session, "Why?", "Beca", state=Run.State.STREAMING, owner="elsewhere")
        self.assertEqual(self.session.path()[-1].run.state, Run.State.STREAMING)


class ShowTests(TestCase):
    def setUp(self):
        self.session = a_session(a_user())

    def test_shows_the_branch_down_to_where_it_was_talked_with_last(self):
        question, first = an_exchange(self.session)
        follow_up = an_exchange(self.session, "And?", "So.")
        some_answers(self.session, question, "Well.")
        self.session.show(first)
        self.session.refresh_from_db()
        self.assertEqual(self.session.path()[-1], follow_up[-1])

    def test_of_several_choices_without_an_end_shows_the_first(self):
        question, *_ = an_exchange(self.session, "Why?", "Because.")
        answers = some_answers(self.session, question, "One.", "Two.", "Three.")
        self.session.show(question)
        self.assertEqual(self.session.leaf_id, answers[0].pk)


class KeepingTests(TestCase):
    def setUp(self):
        self.user = a_user()
        self.session = a_session(self.user)
        self.mine = ChatCompletionsSession.objects.for_user(self.user)

    def test_a_deletion_can_be_undone(self):
        self.session.discard()
        self.assertEqual(list(self.mine.all()), [])
        self.assertEqual(list(ChatCompletionsSession.objects.deleted_of(self.user)), [self.session])
        self.session.restore()
        self.assertEqual(list(self.mine.all()), [self.session])

    def test_a_deleted_session_is_gone_after_a_day_its_run_is_kept(self):
        _, answer = an_exchange(self.session)
        self.session.discard()
        self.assertEqual(ChatCompletionsSession.objects.all().purge(), 0)
        ChatCompletionsSession.objects.update(deleted=timezone.now() - timezone.timedelta(days=2))
        ChatCompletionsSession.objects.all().purge()
        self.assertFalse(ChatCompletionsSession.objects.exists())
        self.assertTrue(Run.objects.filter(pk=answer.run_id).exists())

    def test_deleting_asks_its_answers_to_stop(self):
        _, answer = an_exchange(self.session, state=Run.State.STREAMING)
        self.session.discard()
        answer.run.refresh_from_db()
        self.assertTrue(answer.run.stop_requested)

    def test_pinned_ones_come_first(self):
        a_session(self.user)
        self.session.pin()
        self.assertEqual(self.mine.first(), self.session)
        self.session.pin(False)
        self.assertNotEqual(self.mine.first(), self.session)

    def test_archived_ones_have_a_list_of_their_own(self):
        self.session.archive()
        self.assertEqual(list(self.mine.current()), [])
        self.assertEqual(list(self.mine.archived()), [self.session])

    def test_a_new_name_is_one_line(self):
        self.session.rename(" a\nb\x00 ")
        self.session.refresh_from_db()
        self.assertEqual(self.session.title, "a b")

    def test_others_see_nothing_of_it(self):
        an_exchange(self.session)
        other = a_user()
        self.assertFalse(ChatCompletionsSession.objects.for_user(other).exists())
        self.assertFalse(ChatCompletionsMessage.objects.for_user(other).exists())
        self.assertFalse(Run.objects.for_user(other).exists())


class SearchTests(TestCase):
    def setUp(self):
        self.user = a_user()
        self.sky = a_session(self.user, title="Colours")
        an_exchange(self.sky, "Why is the sky blue?", "Rayleigh scattering.")
        self.sea = a_session(self.user, title="The sea")
        self.mine = ChatCompletionsSession.objects.for_user(self.user)

    def test_finds_words_in_titles_and_messages(self):
        self.assertEqual(list(self.mine.search("sea")), [self.sea])
        self.assertEqual(list(self.mine.search("RAYLEIGH")), [self.sky])
        self.assertEqual(list(self.mine.search("colours scattering")), [self.sky])

    def test_every_word_has_to_be_there(self):
        self.assertEqual(list(self.mine.search("sea scattering")), [])

    def test_what_means_something_to_the_database_is_only_text(self):
        self.assertEqual(list(self.mine.search("100%")), [])
        self.assertEqual(list(self.mine.search("_ea")), [])

    def test_takes_one_query_for_ten_thousand_sessions(self):
        ChatCompletionsSession.objects.bulk_create(
            ChatCompletionsSession(user=self.user, title=f"Talk {number}") for number in range(10_000)
        )
        for found in (self.mine.all()[:50], self.mine.search("rayleigh")[:50]):
            with CaptureQueriesContext(connection) as queries:
                list(found)
            self.assertEqual(len(queries), 1)


class ExportTests(TestCase):
    def setUp(self):
        self.session = a_session(a_user(), title="A talk", system_prompt="Be brief.\nBe kind.")
        question, _ = an_exchange(self.session, "Why?", "Because.")
        some_answers(self.session, question, "Well.")

    def test_as_data_it_has_every_branch_and_the_path_shown(self):
        data = json.loads(json.dumps(self.session.export()))
        self.assertEqual([message["content"] for message in data["messages"]], ["Why?", "Because.", "Well."])
        self.assertEqual(data["path"], [data["messages"][0]["id"], data["messages"][2]["id"]])
        self.assertEqual(data["messages"][2]["run"]["usage"]["total_tokens"], 42)

    def test_as_data_it_says_nothing_of_the_provider_but_the_name(self):
        configuration = a_configuration(endpoint="https://secret.example/v1", api_type="openai_compatible")
        self.session.configuration = configuration
        self.assertNotIn("secret.example", json.dumps(self.session.export()))
        self.assertEqual(self.session.export()["configuration"], configuration.display_name)

    def test_as_markdown_it_is_the_path_shown(self):
        text = self.session.export_markdown()
        self.assertTrue(text.startswith("# A talk\n\n> Be brief.\n> Be kind.\n\n## User\n\nWhy?\n"), text)
        self.assertIn("## Assistant (sandbox)\n\nWell.", text)
        self.assertNotIn("Because.", text)

    def test_takes_few_queries(self):
        with self.assertNumQueries(1):
            self.session.export()
