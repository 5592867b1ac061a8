"""Costs as people read them."""

from decimal import Decimal
from unittest import TestCase as PlainCase

from django.test import TestCase

from connector.models import Call
from playground import money
from tests.builders import a_configuration, a_run, a_session, a_user, an_openai


class DollarTests(PlainCase):
    def test_small_amounts_keep_two_digits(self):
        told = {
            "0": "$0.00",
            "0.0012": "$0.0012",
            "0.0012345": "$0.0012",
            "0.00001655": "$0.000017",
            "0.000000005": "$0.000000005",
            "0.042": "$0.0420",
            "0.5": "$0.5000",
            "1.5": "$1.50",
            "1234.567": "$1,234.57",
        }
        self.assertEqual({amount: money.dollars(Decimal(amount)) for amount in told}, told)


class RunTests(TestCase):
    def told(self, configuration=None, **fields):
        session = a_session(a_user(), configuration=configuration or an_openai())
        return money.of_run(a_run(session, **fields))

    def test_a_run_says_what_it_cost(self):
        self.assertEqual(self.told(cost=Decimal("0.0012")), "$0.0012")
        self.assertEqual(self.told(cost=Decimal("0.0012"), usage_estimated=True), "about $0.0012")

    def test_unknown_is_said(self):
        self.assertEqual(self.told(), "unpriced")

    def test_nothing_is_said_where_nothing_is_paid(self):
        self.assertEqual(self.told(a_configuration(), cost=0), "")
        self.assertEqual(self.told(state="failed", usage={}, cost=0), "")
        self.assertEqual(self.told(state="streaming"), "")


class CallTests(TestCase):
    def test_a_call_of_the_sandbox_is_free_and_one_that_used_nothing_says_nothing(self):
        self.assertEqual(money.of_call(Call(configuration=a_configuration())), "free")
        self.assertEqual(money.of_call(Call(configuration=an_openai(), state="failed")), "")
