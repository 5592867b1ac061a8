"""What calls used, added up by days."""

import datetime
import threading
from decimal import Decimal

import pytest
from django.db import connections
from django.test import TestCase, TransactionTestCase
from hypothesis import given
from hypothesis import strategies as st

from connector.catalogue import prices
from connector.models import Call, UsageDay
from connector.models.costing import price_calls
from connector.models.usage import NUMBERS, TOKENS, Used, added, count, histogram, merged, percentile
from tests.builders import a_configuration, a_user, an_openai

NOON = datetime.datetime(2026, 11, 28, 12, tzinfo=datetime.UTC)
USAGE = {
    "prompt_tokens": 100,
    "completion_tokens": 50,
    "total_tokens": 150,
    "prompt_tokens_details": {"cached_tokens": 40, "cache_write_tokens": 10},
    "completion_tokens_details": {"reasoning_tokens": 20},
}


def a_call(user=None, configuration=None, **fields):
    """One that is not saved: nothing but its sums may be kept."""
    given = {"operation": "chat_completions", "model": "gpt-4o", "started": NOON, "duration_ms": 900, "status": 200}
    name = configuration.display_name if configuration else ""
    return Call(**{"user": user, "configuration": configuration, "configuration_name": name} | given | fields)


def numbers(row):
    return {name: getattr(row, name) for name in NUMBERS if getattr(row, name)}


class CountTests(TestCase):
    def setUp(self):
        self.user, self.configuration = a_user(), an_openai()

    def count(self, *calls, body=None, **known):
        used = [Used(call, body or {}, **known) for call in calls]
        price_calls(used)
        count(used)

    def own(self, user=None):
        return UsageDay.objects.for_user(user or self.user)

    def test_a_call_adds_to_its_day_its_persons_and_everybodys(self):
        self.count(a_call(self.user, self.configuration, usage=USAGE, cost=1))
        (own,), (total,) = self.own(), UsageDay.objects.of_everybody()
        for row in (own, total):
            self.assertEqual((row.day, row.operation, row.model), (NOON.date(), "chat_completions", "gpt-4o"))
            self.assertEqual((row.configuration, row.configuration_name), (self.configuration, str(self.configuration)))
        self.assertEqual((own.user, total.user), (self.user, None))
        self.assertEqual(numbers(own), {
            "calls": 1, "input_tokens": 50, "cached_tokens": 40, "cache_write_tokens": 10, "output_tokens": 30,
            "reasoning_tokens": 20, "unpriced": 1,
        })  # fmt: skip  # gpt-4o has no price for what is written to the cache
        self.assertEqual(numbers(own), numbers(total))

    def test_calls_of_one_kind_share_a_row(self):
        for _ in range(3):
            self.count(*[a_call(self.user, self.configuration, usage=USAGE) for _ in range(2)])
        self.assertEqual(self.own().get().calls, 6)
        self.assertEqual(self.own().get().input_tokens, 300)

    def test_everything_else_has_a_row_of_its_own(self):
        other = a_user()
        self.count(
            a_call(self.user, self.configuration),
            a_call(other, self.configuration),
            a_call(None, self.configuration),
            a_call(self.user, an_openai()),
            a_call(self.user, None),
            a_call(self.user, self.configuration, model="gpt-5"),
            a_call(self.user, self.configuration, operation="responses"),
            a_call(self.user, self.configuration, started=NOON + datetime.timedelta(days=1)),
        )
        self.assertEqual(self.own().count(), 6)
        self.assertEqual(self.own(other).count(), 1)
        self.assertEqual(UsageDay.objects.by_person().count(), 8)
        self.assertEqual(UsageDay.objects.of_everybody().count(), 6)
        self.assertEqual(added(UsageDay.objects.of_everybody()).calls, 8)

    def test_days_begin_in_utc(self):
        tokyo = datetime.timezone(datetime.timedelta(hours=9))
        self.count(a_call(self.user, started=datetime.datetime(2026, 11, 29, 8, 59, tzinfo=tokyo)))
        self.assertEqual(self.own().get().day, NOON.date())

    def test_costs_are_added_up_exactly(self):
        usage = {"prompt_tokens": 1, "completion_tokens": 0, "total_tokens": 1}
        for _ in range(7):
            self.count(a_call(self.user, self.configuration, model="gpt-5-nano", usage=usage))
        self.assertEqual(self.own().get().nanodollars, 7 * 50)  # 0.05 dollars per million

    def test_what_has_no_price_is_counted_as_such(self):
        self.count(
            a_call(self.user, self.configuration, model="gpt-5-nano", usage={"prompt_tokens": 1_000_000}),
            a_call(self.user, self.configuration, model="gpt-5-nano"),
        )
        row = self.own().get()
        self.assertEqual((row.calls, row.unpriced, row.nanodollars), (2, 1, 50_000_000))

    def test_errors_are_counted_and_what_was_refused_costs_nothing(self):
        self.count(
            a_call(self.user, self.configuration, state="failed", status=401, error_code="key_refused"),
            a_call(self.user, self.configuration, state="failed", status=0, error_code="first_byte_timeout"),
            a_call(self.user, self.configuration, state="interrupted", error_code="cut"),
            a_call(self.user, self.configuration, state="stopped", error_code="stopped"),
        )
        row = self.own().get()
        self.assertEqual((row.calls, row.errors, row.unpriced), (4, 3, 3))
        self.assertEqual(row.took, {})

    def test_the_sandbox_costs_nothing(self):
        self.count(a_call(self.user, a_configuration(), model="sandbox", usage=USAGE))
        row = self.own().get()
        self.assertEqual((row.unpriced, row.nanodollars), (0, 0))

    def test_other_quantities(self):
        speech = a_call(self.user, self.configuration, operation="speech", model="tts-1")
        self.count(speech, body={"input": "Hello, light."})
        heard = a_call(self.user, self.configuration, operation="transcriptions", model="whisper-1")
        self.count(heard, seconds=1.5)
        heard = a_call(self.user, self.configuration, operation="transcriptions", model="gpt-transcribe")
        heard.usage = {"type": "duration", "seconds": 2}
        self.count(heard)
        drawn = a_call(self.user, self.configuration, operation="image_generations", model="gpt-image-2")
        drawn.usage = {"input_tokens": 5, "output_tokens": 70, "input_tokens_details": {"text_tokens": 5}}
        drawn.usage["output_tokens_details"] = {"image_tokens": 70}
        self.count(drawn, body={"n": 2})
        total = added(self.own())
        self.assertEqual((total.characters, total.sound_ms, total.pictures), (13, 3500, 2))
        self.assertEqual((total.input_tokens, total.image_tokens, total.unpriced), (5, 70, 0))
        cost = speech.cost + Decimal("0.00015") + Decimal("0.00015") + Decimal("0.002125")
        self.assertEqual(total.nanodollars, cost * 10**9)

    def test_what_is_looked_up_costs_nothing_and_uses_nothing(self):
        self.count(a_call(self.user, self.configuration, operation="raw", method="GET", usage=USAGE))
        self.assertEqual(numbers(self.own().get()), {"calls": 1})

    def test_nonsense_of_a_server_is_not_believed(self):
        usage = {"prompt_tokens": 10**30, "completion_tokens": -5, "prompt_tokens_details": "none"}
        self.count(a_call(self.user, self.configuration, usage=usage))
        row = self.own().get()
        self.assertEqual((row.input_tokens, row.output_tokens, row.unpriced), (10**12, 0, 1))

    def test_the_name_of_a_configuration_stays(self):
        self.count(a_call(self.user, self.configuration))
        name = self.configuration.display_name
        self.configuration.delete()
        self.assertEqual((self.own().get().configuration, self.own().get().configuration_name), (None, name))

    def test_who_goes_takes_the_own_rows_along_and_leaves_the_sums(self):
        self.count(a_call(self.user, self.configuration))
        self.user.delete()
        self.assertEqual(UsageDay.objects.by_person().count(), 0)
        self.assertEqual(UsageDay.objects.of_everybody().get().calls, 1)

    def test_a_call_takes_few_queries(self):
        self.count(a_call(self.user, self.configuration))
        with self.assertNumQueries(
            7
        ):  # configuration, prices, deployed model; new rows, old rows, and two of them saved
            self.count(a_call(self.user, self.configuration))


class TogetherTests(TransactionTestCase):
    def test_who_counts_at_the_same_time_loses_nothing(self):
        user, configuration = a_user(), a_configuration()
        failures = []

        def work():
            try:
                for _ in range(10):
                    count([Used(a_call(user, configuration, usage=USAGE, cost=0))])
            except Exception as error:  # told below
                failures.append(error)
            finally:
                connections.close_all()

        threads = [threading.Thread(target=work) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        together = dict.fromkeys(histogram(900), 60)
        for row in UsageDay.objects.all():
            self.assertEqual((row.calls, row.input_tokens, row.took), (60, 3000, together))


class LatencyTests(TestCase):
    def test_a_percentile_is_right_within_a_tenth(self):
        waits = [20 * number for number in range(1, 1001)]
        together = merged(*map(histogram, waits))
        for share, right in ((0.5, 10_000), (0.95, 19_000), (0.01, 200)):
            self.assertAlmostEqual(percentile(together, share), right, delta=right / 10)

    def test_of_nothing_there_is_none(self):
        self.assertEqual(histogram(None), {})
        self.assertIsNone(percentile({}, 0.5))

    def test_what_is_very_quick_or_endless_has_a_bucket_too(self):
        self.assertEqual(percentile(histogram(0), 0.5), 1.0)
        self.assertLess(percentile(histogram(10**12), 0.5), 10**8)


@given(st.lists(st.integers(1, 10_000_000), min_size=1, max_size=30), st.sampled_from([0.5, 0.9, 0.95]))
def test_a_percentile_lies_among_its_neighbours(waits, share):
    together = merged(*map(histogram, waits))
    assert sum(together.values()) == len(waits)
    place = min(len(waits) - 1, int(share * len(waits)))
    low, high = sorted(waits)[max(0, place - 1)], sorted(waits)[place]
    assert low * 0.84 <= percentile(together, share) <= high * 1.19


def test_every_kind_of_token_has_one_column():
    kinds = [kind for kinds in TOKENS.values() for kind in kinds]
    assert sorted(kinds) == sorted(
        kind for kind, unit in prices.UNITS.items() if unit == prices.MILLION and kind != "characters"
    )


@pytest.mark.parametrize("name", NUMBERS)
def test_every_number_has_a_column(name):
    assert UsageDay._meta.get_field(name)
