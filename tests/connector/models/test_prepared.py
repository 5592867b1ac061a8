"""A prepared query gives what the same query gives when it is put together anew."""

import threading

from django.db import connection
from django.db.models import F
from django.test import TestCase, TransactionTestCase

from connector.models import ChatCompletionsMessage, ChatCompletionsSession, Configuration, Run
from connector.models.prepared import Prepared, given
from tests.builders import a_configuration, a_run, a_session, a_user

theirs = Prepared(
    lambda: (
        ChatCompletionsSession.objects.for_user(given("user", ChatCompletionsSession, "user"))
        .select_related("configuration")
        .filter(pk=given("pk"))
    )
)
by_uuid = Prepared(lambda: Configuration.objects.filter(uuid=given("uuid", Configuration, "uuid")))
titles = Prepared(
    lambda: ChatCompletionsSession.objects.filter(user=given("user")).order_by("-title").values_list("title", flat=True)
)


class PreparedTests(TestCase):
    def setUp(self):
        self.user = a_user()
        self.session = a_session(self.user, configuration=a_configuration(), title="Mine", parameters={"n": 2})

    def test_other_values_give_other_rows(self):
        other = a_session(self.user, title="Another")
        found = [theirs.first(user=self.user.pk, pk=session.pk) for session in (self.session, other, self.session)]
        self.assertEqual(found, [self.session, other, self.session])
        self.assertIsNone(theirs.first(user=a_user().pk, pk=self.session.pk))

    def test_objects_come_whole_with_what_was_selected_beside_them(self):
        with self.assertNumQueries(1):
            found = theirs.first(user=self.user.pk, pk=self.session.pk)
            self.assertEqual(found.configuration, self.session.configuration)
            self.assertEqual((found.title, found.parameters), ("Mine", {"n": 2}))
        self.assertEqual(found.created, ChatCompletionsSession.objects.get(pk=self.session.pk).created)
        found.title = "Renamed"
        found.save()
        self.assertEqual(theirs.first(user=self.user.pk, pk=self.session.pk).title, "Renamed")

    def test_what_is_not_there_beside_them_is_none(self):
        alone = a_session(self.user, configuration=None)
        self.assertIsNone(theirs.first(user=self.user.pk, pk=alone.pk).configuration)

    def test_tuples_and_values_come_in_order(self):
        a_session(self.user, title="Zebra")
        a_session(self.user, title="Ant")
        self.assertEqual(titles.all(user=self.user.pk), ["Zebra", "Mine", "Ant"])
        self.assertEqual(titles.first(user=self.user.pk), "Zebra")
        self.assertEqual(titles.all(user=a_user().pk), [])

    def test_values_are_turned_into_what_the_column_holds(self):
        configuration = a_configuration()
        self.assertEqual(by_uuid.first(uuid=configuration.uuid), configuration)

    def test_only_some_columns_and_others_beside_them(self):
        message = ChatCompletionsMessage.objects.create(session=self.session, role="user", content="Hello")
        some = Prepared(
            lambda: (
                ChatCompletionsMessage.objects.filter(session=given("session"))
                .only("role", "session")
                .annotate(title=F("session__title"))
            )
        )
        with self.assertNumQueries(1):
            found = some.first(session=self.session.pk)
            self.assertEqual((found, found.role, found.title), (message, "user", "Mine"))
        with self.assertNumQueries(1):
            self.assertEqual(found.content, "Hello")

    def test_a_value_inside_a_part_of_the_query(self):
        run = a_run(self.session)
        last = Prepared(
            lambda: Run.objects.filter(
                pk__in=Run.objects.filter(user=given("user")).order_by("-pk").values("pk")[:1], user=given("user")
            )
        )
        self.assertEqual(last.all(user=self.user.pk), [run])

    def test_numbers_that_no_row_can_have(self):
        for pk in (2**63, 10**40, -(2**70)):
            self.assertIsNone(theirs.first(user=self.user.pk, pk=pk))

    def test_a_value_that_is_missing_is_a_mistake(self):
        with self.assertRaises(KeyError):
            theirs.first(pk=1)


class ThreadsTests(TransactionTestCase):
    def test_each_thread_asks_over_its_own_connection(self):
        user = a_user()
        session, found = a_session(user), []

        def look() -> None:
            found.append(theirs.first(user=user.pk, pk=session.pk))
            connection.close()

        look()
        for _ in range(3):
            thread = threading.Thread(target=look)
            thread.start()
            thread.join()
        self.assertEqual(found, [session] * 4)
