"""An outage is neither made worse nor waited for."""

import unittest

from connector.client import breaker


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


class HealthTests(unittest.TestCase):
    def setUp(self):
        self.clock = Clock()
        self.health = breaker.Health(self.clock)

    def fail(self, times=1):
        for _ in range(times):
            self.health.failed()

    def later(self, seconds):
        self.clock.now += seconds

    def test_a_few_failures_do_not_pause(self):
        self.fail(4)
        self.assertEqual(self.health.admit(), 0)

    def test_five_failures_pause_for_half_a_minute(self):
        self.fail(5)
        self.assertEqual(self.health.admit(), 30)
        self.later(29.9)
        self.assertAlmostEqual(self.health.admit(), 0.1)

    def test_failures_that_are_long_apart_do_not_pause(self):
        for _ in range(20):
            self.fail()
            self.later(8)
        self.assertEqual(self.health.admit(), 0)

    def test_a_success_begins_anew(self):
        self.fail(4)
        self.health.succeeded()
        self.fail(4)
        self.assertEqual(self.health.admit(), 0)

    def test_after_the_pause_one_probe_is_sent_and_the_others_wait(self):
        self.fail(5)
        self.later(30)
        self.assertEqual(self.health.admit(), 0)
        self.assertGreater(self.health.admit(), 0)
        self.health.succeeded()
        self.assertEqual(self.health.admit(), 0)
        self.assertEqual(self.health.admit(), 0)

    def test_a_failed_probe_pauses_again(self):
        self.fail(5)
        self.later(30)
        self.health.admit()
        self.fail()
        self.assertEqual(self.health.admit(), 30)

    def test_a_probe_that_was_stopped_leaves_its_place_to_the_next(self):
        self.fail(5)
        self.later(30)
        self.health.admit()
        self.health.abandoned()
        self.assertEqual(self.health.admit(), 0)

    def test_late_failures_do_not_make_the_pause_longer(self):
        self.fail(5)
        self.later(20)
        self.fail(10)
        self.assertEqual(self.health.admit(), 10)

    def test_retries_are_at_most_a_tenth_of_the_traffic(self):
        taken = sum(self.health.take_retry() for _ in range(100))
        self.assertEqual(taken, 10)
        for _ in range(30):
            self.health.succeeded()
        self.assertEqual(sum(self.health.take_retry() for _ in range(100)), 3)

    def test_nothing_is_tried_again_during_a_pause(self):
        self.fail(5)
        self.assertFalse(self.health.take_retry())

    def test_the_rate_limit_of_a_model_is_remembered(self):
        self.health.limit("a", 20)
        self.later(5)
        self.assertEqual((self.health.limited("a"), self.health.limited("b")), (15, 0))
        self.later(15)
        self.assertEqual(self.health.limited("a"), 0)


class SharingTests(unittest.TestCase):
    def setUp(self):
        breaker.forget()
        self.addCleanup(breaker.forget)

    def test_one_configuration_has_one_health(self):
        self.assertIs(breaker.health("a", "o"), breaker.health("a", "o"))
        self.assertIsNot(breaker.health("a", "o"), breaker.health("b", "o"))
        self.assertIsNot(breaker.health("a", "o"), breaker.health("a", "p"))

    def test_the_memory_is_bounded(self):
        first = breaker.health("0", "o")
        for number in range(breaker.MOST_REMEMBERED):
            breaker.health(str(number + 1), "o")
        self.assertIsNot(breaker.health("0", "o"), first)
