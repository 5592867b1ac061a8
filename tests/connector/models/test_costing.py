"""Which price holds: whose, for what, and on which day."""

import datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.test import TestCase

from connector.models import ApiType, Price
from connector.models.costing import Tariffs, cost_of, costs_of_runs
from tests.builders import a_configuration, a_run, a_session, a_user, an_openai

SHORT = {"prompt_tokens": 100_000, "completion_tokens": 100_000, "total_tokens": 200_000}
NOON = datetime.datetime(2026, 11, 28, 12, tzinfo=datetime.UTC)


def a_price(model, kind, amount, *, day="2026-01-01", **fields):
    price = Price(model=model, kind=kind, amount=Decimal(amount), valid_from=day, **fields)
    price.full_clean()
    price.save()
    return price


class CostTests(TestCase):
    def setUp(self):
        self.openai = an_openai()

    def cost(self, model="gpt-4o", usage=SHORT, configuration=None, at=NOON, **known):
        return cost_of(configuration or self.openai, model, "chat_completions", usage, at=at, **known).total

    def test_the_catalogue_knows_list_prices(self):
        self.assertEqual(self.cost(), Decimal("1.25"))  # 0.1 x 2.50 + 0.1 x 10
        azure = a_configuration(api_type=ApiType.AZURE_OPENAI, endpoint="https://x.openai.azure.com")
        self.assertEqual(self.cost(configuration=azure), Decimal("1.25"))

    def test_another_server_has_prices_of_its_own(self):
        server = a_configuration(api_type=ApiType.OPENAI_COMPATIBLE, endpoint="https://models.example/v1")
        self.assertIsNone(self.cost(configuration=server))
        a_price("gpt-4o", "input", "1", configuration=server)
        a_price("gpt-4o", "output", "2", configuration=server)
        self.assertEqual(self.cost(configuration=server), Decimal("0.3"))

    def test_the_sandbox_costs_nothing(self):
        self.assertEqual(self.cost("sandbox", configuration=a_configuration()), 0)
        self.assertEqual(self.cost("sandbox", {}, a_configuration()), 0)

    def test_a_list_of_models_costs_nothing(self):
        self.assertEqual(cost_of(self.openai, "", "models", {}).total, 0)

    def test_without_a_configuration_nothing_is_known(self):
        self.assertIsNone(cost_of(None, "gpt-4o", "chat_completions", SHORT).total)

    def test_the_parts_are_told(self):
        parts = cost_of(self.openai, "gpt-4o", "chat_completions", SHORT).parts
        self.assertEqual([(part.kind, part.amount) for part in parts], [("input", Decimal("0.25")), ("output", 1)])

    def test_a_deployed_model_may_have_prices_of_its_own(self):
        self.openai.deployed_models.create(name="gpt-4o", overrides={"price": {"input": 1}})
        self.assertEqual(self.cost(), Decimal("1.1"))

    def test_a_deployment_costs_what_its_family_costs(self):
        self.openai.deployed_models.create(name="chat-prod", family="gpt-4o")
        self.assertEqual(self.cost("chat-prod"), Decimal("1.25"))

    def test_a_deployment_that_says_nothing_is_known_by_its_answer(self):
        self.assertIsNone(self.cost("chat-prod"))
        self.assertEqual(self.cost("chat-prod", answered="gpt-4o-2024-08-06"), Decimal("1.25"))

    def test_a_price_goes_before_the_deployed_models_and_the_catalogues(self):
        self.openai.deployed_models.create(name="gpt-4o", overrides={"price": {"input": 1}})
        a_price("gpt-4o", "input", "3")
        self.assertEqual(self.cost(), Decimal("1.3"))

    def test_a_price_of_the_configuration_goes_before_one_for_all(self):
        a_price("gpt-4o", "input", "4", configuration=self.openai, day="2026-01-01")
        a_price("gpt-4o", "input", "3", day="2026-06-01")
        self.assertEqual(self.cost(), Decimal("1.4"))
        self.assertEqual(self.cost(configuration=an_openai()), Decimal("1.3"))

    def test_a_price_of_the_name_goes_before_one_of_the_family(self):
        self.openai.deployed_models.create(name="chat-prod", family="gpt-4o")
        a_price("gpt-4o", "input", "3")
        self.assertEqual(self.cost("chat-prod"), Decimal("1.3"))
        a_price("chat-prod", "input", "5")
        self.assertEqual(self.cost("chat-prod"), Decimal("1.5"))

    def test_a_price_holds_from_its_day_on_until_a_later_one(self):
        a_price("gpt-4o", "input", "3", day="2026-11-28")
        a_price("gpt-4o", "input", "4", day="2026-12-24")
        before, after = NOON - datetime.timedelta(days=1), NOON + datetime.timedelta(days=60)
        self.assertEqual(
            [self.cost(at=at) for at in (before, NOON, after)], [Decimal(c) for c in ("1.25", "1.3", "1.4")]
        )

    def test_days_begin_in_utc(self):
        a_price("gpt-4o", "input", "3", day="2026-11-28")
        tokyo = datetime.timezone(datetime.timedelta(hours=9))
        self.assertEqual(self.cost(at=datetime.datetime(2026, 11, 28, 8, tzinfo=tokyo)), Decimal("1.25"))
        self.assertEqual(self.cost(at=datetime.datetime(2026, 11, 28, 9, tzinfo=tokyo)), Decimal("1.3"))

    def test_a_price_may_be_for_thousands(self):
        a_price("our-llama", "input", "0.001", per=1000)
        a_price("our-llama", "output", "0.5", per=Price.Per.MILLION)
        self.assertEqual(self.cost("our-llama"), Decimal("0.15"))

    def test_many_calls_take_few_queries(self):
        tariffs = Tariffs()
        with self.assertNumQueries(2):
            for _ in range(50):
                self.cost(tariffs=tariffs)


class PriceTests(TestCase):
    def test_what_cannot_be_a_price_is_refused(self):
        for fields in (
            {"kind": "tokens"},
            {"amount": "-1"},
            {"kind": "image", "per": 1000},
            {"kind": "minute", "per": 1_000_000},
            {"per": 7},
            {"model": ""},
        ):
            with self.subTest(**fields), self.assertRaises(ValidationError):
                a_price(**{"model": "m", "kind": "input", "amount": "1"} | fields)

    def test_there_is_one_a_day(self):
        configuration = an_openai()
        a_price("m", "input", "1")
        a_price("m", "input", "1", configuration=configuration)
        a_price("m", "input", "1", day="2026-02-01")
        with self.assertRaisesMessage(ValidationError, "from this day on already"):
            a_price("m", "input", "2")
        with self.assertRaisesMessage(ValidationError, "from this day on already"):
            a_price("m", "input", "2", configuration=configuration)

    def test_it_goes_with_its_configuration(self):
        configuration = an_openai()
        a_price("m", "input", "1", configuration=configuration)
        configuration.delete()
        self.assertEqual(Price.objects.count(), 0)


class RunTests(TestCase):
    def test_what_was_refused_costs_nothing_and_what_broke_off_is_not_known(self):
        run = a_run(a_session(a_user(), configuration=an_openai()), model="gpt-4o")
        for code, cost in (("key_refused", 0), ("dns", 0), ("first_byte_timeout", None), ("cut", None)):
            with self.subTest(code):
                self.assertEqual(costs_of_runs({run.pk: {"error": {"code": code}}}), {run.pk: cost})

    def test_the_tier_that_answered_counts(self):
        run = a_run(a_session(a_user(), configuration=an_openai()), model="gpt-4o", request={"service_tier": "auto"})
        ended = {"usage": SHORT, "answer": {"model": "gpt-4o-2024-08-06", "service_tier": "priority"}}
        self.assertEqual(costs_of_runs({run.pk: ended}), {run.pk: Decimal("2.125")})  # 0.1 x 4.25 + 0.1 x 17
