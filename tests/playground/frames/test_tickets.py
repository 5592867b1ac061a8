"""Who has just asked may watch without being looked up again, once and not for long."""

from unittest.mock import patch

from django.test import Client, TransactionTestCase
from django.urls import reverse

from connector.models import Run
from playground.frames import tickets
from tests.builders import a_configuration, a_session, a_user

LOOKING = 3  # queries: the session, the user, whether the run is theirs


def events(run):
    return reverse("playground:events", args=[run.pk])


class TicketTests(TransactionTestCase):
    def setUp(self):
        self.user = a_user()
        self.client.force_login(self.user)
        self.run_ = self.ask()

    def ask(self):
        session = a_session(self.user, configuration=a_configuration())
        self.client.post(reverse("playground:ask", args=[session.pk]), {"text": "Why?"})
        return session.runs.get()

    def watch(self, client: Client | None = None) -> int:
        """Begins to watch and goes away again."""
        answer = (client or self.client).get(events(self.run_))
        answer.close()
        return answer.status_code

    def test_who_has_just_asked_is_not_looked_up_again(self):
        with self.assertNumQueries(0):
            self.assertEqual(self.watch(), 200)

    def test_a_ticket_is_good_for_one_stream(self):
        self.watch()
        with self.assertNumQueries(LOOKING):
            self.assertEqual(self.watch(), 200)

    def test_a_ticket_is_good_for_a_moment(self):
        with patch.object(tickets, "LIFE", 0.0), self.assertNumQueries(LOOKING):
            self.assertEqual(self.watch(), 200)

    def test_a_ticket_is_good_for_the_run_that_was_asked_for(self):
        mine, self.run_ = self.run_, self.ask()
        self.watch()
        self.assertEqual(tickets.take(self.client.session.session_key, self.run_.pk), None)
        self.assertEqual(tickets.take(self.client.session.session_key, mine.pk).user, self.user)

    def test_nobody_watches_with_the_ticket_of_somebody_else(self):
        other = Client()
        other.force_login(a_user())
        for stranger in (other, Client()):
            self.assertEqual(self.watch(stranger), 404)
        with self.assertNumQueries(0):  # it is still there for whom it was given to
            self.assertEqual(self.watch(), 200)

    def test_the_same_person_on_another_device_is_looked_up(self):
        other = Client()
        other.force_login(self.user)
        with self.assertNumQueries(LOOKING):
            self.assertEqual(self.watch(other), 200)

    def test_tickets_that_nobody_takes_are_forgotten(self):
        with patch.object(tickets, "MOST", 3):
            runs = [self.ask() for _ in range(5)]
            key = self.client.session.session_key
            taken = [tickets.take(key, run.pk) is not None for run in runs]
        self.assertEqual(taken, [False, False, True, True, True])
        self.assertEqual(Run.objects.count(), 6)
