from django.test import TestCase

from config.health import Ready


class LiveTests(TestCase):
    def test_says_so_without_asking_anybody(self):
        with self.assertNumQueries(0):
            self.assertEqual(self.client.get("/health/live").content, b"alive\n")


class ReadyTests(TestCase):
    def test_is_ready_with_a_database_and_its_keys(self):
        answer = Ready()(None)
        self.assertEqual((answer.status_code, answer.content), (200, b"ready\n"))

    def test_an_answer_holds_for_a_second(self):
        ready = Ready()
        ready(None)
        with self.assertNumQueries(0):
            ready(None)
