"""The page Usage: whose figures it shows, which days, and in which words."""

import csv
import datetime
import io
import re

from django.test import TestCase
from django.utils import timezone

from connector.models import Call, UsageDay
from connector.models.costing import price_calls
from connector.models.usage import Used, count
from playground.usage import charts, panels
from playground.usage.charts import Series
from playground.usage.figures import Figures
from playground.usage.filtering import FilterForm, Filters
from tests.builders import a_configuration, a_superuser, a_user, an_openai

USAGE, CSV = "/usage/", "/usage/usage.csv"
TOKENS = {
    "prompt_tokens": 1000,
    "completion_tokens": 200,
    "prompt_tokens_details": {"cached_tokens": 400},
    "completion_tokens_details": {"reasoning_tokens": 50},
}


def used(user, configuration, *, ago=0, times=1, body=None, **fields):
    """Calls of `user`, counted as those that end now are."""
    given = {"operation": "chat_completions", "model": "gpt-6-luna", "usage": TOKENS, "duration_ms": 1500}
    started = timezone.now() - datetime.timedelta(days=ago)
    name = configuration.display_name if configuration else ""
    row = given | {"user": user, "configuration": configuration, "configuration_name": name, "started": started}
    calls = [Used(Call(**row | fields), body or {}) for _ in range(times)]
    price_calls(calls)
    count(calls)


def words(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", response.content.decode()))


def rows(response):
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))


class Case(TestCase):
    def setUp(self):
        self.ann, self.bob, self.boss = a_user(username="ann"), a_user(username="bob"), a_superuser(username="boss")
        self.openai = an_openai(display_name="Main road")
        self.server = a_configuration(
            display_name="Cellar", api_type="openai_compatible", endpoint="https://models.example/v1"
        )

    def page(self, who, query="", address=USAGE, **headers):
        self.client.force_login(who)
        return self.client.get(address + query, headers=headers)

    def figures(self, who, **filters):
        return Figures(who, Filters(**filters))


class WhoseTests(Case):
    """T46: nobody sees what somebody else used, whatever stands in the address."""

    def setUp(self):
        super().setUp()
        used(self.ann, self.openai, times=3)
        used(self.bob, self.server, model="llama-of-bob")

    def test_strangers_are_sent_to_sign_in(self):
        for address in (USAGE, CSV):
            self.assertIn("/login/", self.client.get(address).headers.get("Location", ""))

    def test_others_rows_are_not_shown_whatever_the_address_says(self):
        own = rows(self.page(self.bob, address=CSV))
        self.assertEqual([row["model"] for row in own], ["llama-of-bob"])
        for query in (
            f"?user={self.ann.pk}",
            "?user=0",
            "?user=-1",
            "?user=ann",
            "?user=%C2%B2",
            "?user=99999999999999999999",
            f"?user={self.ann.pk}&user={self.bob.pk}",
            f"?user={self.ann.pk}&range=90",
            f"?range=own&since=2000-01-01&user={self.ann.pk}",
        ):
            with self.subTest(query):
                page = self.page(self.bob, query)
                for word in ("gpt-6-luna", "Main road", "ann", "By person", "Everybody"):
                    self.assertNotIn(word, words(page))
                self.assertEqual(rows(self.page(self.bob, query, CSV)), own)
                self.assertEqual(page.context["figures"].whole.total.calls, 1)

    def test_what_others_use_is_not_found_by_filtering_either(self):
        for query in (f"?configuration={self.openai.pk}", "?model=gpt-6-luna"):
            with self.subTest(query):
                page = self.page(self.bob, query)
                self.assertEqual(page.context["figures"].days, [])
                self.assertNotIn("ann", words(page))
                self.assertEqual(rows(self.page(self.bob, query, CSV)), [])

    def test_administrators_see_everybody_and_each_one(self):
        page = self.page(self.boss)
        self.assertEqual(page.context["figures"].whole.total.calls, 4)
        self.assertEqual(
            [(line.name, line.total.calls) for line in page.context["figures"].people], [("ann", 3), ("bob", 1)]
        )
        page = self.page(self.boss, f"?user={self.bob.pk}")
        self.assertEqual(page.context["figures"].whole.total.calls, 1)
        self.assertNotIn("By person", words(page))
        self.assertEqual([row["person"] for row in rows(self.page(self.boss, address=CSV))], ["ann", "bob"])

    def test_what_programs_used_is_for_administrators(self):
        used(None, self.openai)
        self.assertEqual([line.name for line in self.figures(self.boss).people], ["ann", "programs", "bob"])
        self.assertEqual(self.figures(self.ann).whole.total.calls, 3)
        self.assertIsNotNone(self.figures(self.boss).people[1].median)

    def test_everybodys_sums_are_those_of_all_together(self):
        everybody, each = self.figures(self.boss).whole.total, self.figures(self.boss).people
        self.assertEqual(everybody.nanodollars, sum(line.total.nanodollars for line in each))
        self.assertEqual(everybody.calls, sum(line.total.calls for line in each))


class FilterTests(Case):
    def setUp(self):
        super().setUp()
        for ago in (0, 6, 7, 29, 30, 89, 90):
            used(self.ann, self.openai, ago=ago)

    def calls(self, query):
        return self.page(self.ann, query).context["figures"].whole.total.calls

    def test_days(self):
        expected = {"": 4, "?range=7": 2, "?range=30": 4, "?range=90": 6}
        self.assertEqual({query: self.calls(query) for query in expected}, expected)

    def test_days_of_ones_own(self):
        today = timezone.now().date()
        since, until = today - datetime.timedelta(days=90), today - datetime.timedelta(days=30)
        self.assertEqual(self.calls(f"?range=own&since={since}&until={until}"), 3)
        self.assertEqual(self.calls(f"?range=own&since={since}"), 7)
        self.assertEqual(self.calls(f"?since={since}"), 4)  # left over in the form

    def test_wrong_days_are_told_and_left_out(self):
        for query, told in (
            ("?range=own&since=tomorrow", "Enter a valid date."),
            ("?range=own&since=2026-12-31&until=2026-01-01", "It must not be after the last day."),
            ("?range=own&since=2001-01-01", "366 days at most"),
            ("?range=own&until=0001-01-01", "nothing to be used then"),
        ):
            with self.subTest(query):
                page = self.page(self.ann, query)
                self.assertEqual(page.status_code, 200)
                self.assertContains(page, told)
                self.assertEqual(page.context["figures"].whole.total.calls, 4)

    def test_nonsense_is_left_out(self):
        for query in (
            "?range=1000",
            "?configuration=x",
            "?configuration=99999999999999999999",
            "?range[]=7",
            "?user=x",
        ):
            with self.subTest(query):
                self.assertEqual(self.calls(query), 4)

    def test_one_thing_alone(self):
        used(self.ann, self.server, model="llama", operation="responses")
        self.assertEqual(self.calls(f"?configuration={self.server.pk}"), 1)
        self.assertEqual(self.calls("?operation=responses"), 1)
        self.assertEqual(self.calls("?model=llama"), 1)
        self.assertEqual(self.calls("?model=llama&operation=embeddings"), 0)
        page = self.page(self.ann, "?model=llama&range=7")
        self.assertContains(page, 'aria-label="Remove the filter llama"')
        self.assertContains(page, 'href="/usage/?range=7"')

    def test_htmx_gets_the_figures_and_the_address(self):
        page = self.page(self.ann, "?range=7&model=&user=", **{"HX-Request": "true", "HX-Request-Type": "partial"})
        self.assertNotContains(page, "<html")
        self.assertContains(page, 'id="figures"')
        self.assertEqual(page["HX-Push-Url"], "/usage/?range=7")


class ShownTests(Case):
    def test_nothing_yet_is_explained(self):
        page = self.page(self.ann)
        self.assertContains(page, "Nothing was used in these days")
        self.assertContains(page, "never zero")
        self.assertNotContains(page, "CSV")
        self.assertContains(self.page(self.ann, "?model=x"), "Nothing of this was used")

    def test_unpriced_is_said(self):
        used(self.ann, self.server, model="llama")
        page = self.page(self.ann)
        self.assertIn("Cost unpriced", words(page))
        self.assertIn("1 of the calls have no known price; they are not in it.", words(page))
        self.assertEqual(rows(self.page(self.ann, address=CSV))[0]["cost in US dollars"], "")
        used(self.ann, self.openai)
        self.assertIn("+ 1 unpriced", words(self.page(self.ann)))

    def test_the_sandbox_costs_nothing_and_is_not_unpriced(self):
        used(self.ann, a_configuration(), model="sandbox")
        figures = self.figures(self.ann)
        self.assertEqual((figures.whole.cost, figures.whole.total.unpriced), ("$0.00", 0))

    def test_every_figure_of_a_picture_is_in_its_table(self):
        used(self.ann, self.openai, ago=3, times=2, first_token_ms=300)
        used(self.ann, self.openai, ago=1, state="failed", error_code="rate_limit", usage={})
        made = {panel.id: panel for panel in panels.panels(self.figures(self.ann))}
        self.assertEqual(list(made), ["calls", "cost", "tokens", "took", "first-token"])
        self.assertEqual([cells for _, cells in made["calls"].rows], [["1", "1 (100 %)"], ["2", "\N{EN DASH}"]])
        # 2 x (600 x 0.10 + 400 x 0.01 + 200 x 0.50) dollars per million
        self.assertEqual(
            [cells for _, cells in made["cost"].rows], [["$0.00", "\N{EN DASH}"], ["$0.00033", "\N{EN DASH}"]]
        )
        self.assertEqual(made["tokens"].headings, ["Day", "Input", "Cached", "Output", "Reasoning"])
        self.assertEqual(made["tokens"].rows[1][1], ["1,200", "800", "300", "100"])
        self.assertEqual(len(made["calls"].chart.columns), 30)

    def test_a_configuration_that_is_gone_keeps_its_name(self):
        used(self.ann, self.openai)
        self.openai.delete()
        self.assertIn("Main road (deleted)", words(self.page(self.ann)))

    def test_a_long_table_ends_with_the_rest(self):
        for number in range(15):
            used(self.ann, self.openai, model=f"m{number:02}", times=1 + (number < 3))
        lines = self.figures(self.ann).models
        self.assertEqual([line.name for line in lines][-1], "3 others")
        self.assertEqual(sum(line.total.calls for line in lines), 18)
        self.assertEqual(lines[-1].query, "")

    def test_what_costs_most_stands_first(self):
        used(self.ann, self.openai, times=3)
        used(self.ann, self.openai, model="gpt-6-astra")
        used(self.ann, self.server, model="llama", times=5)
        lines = self.figures(self.ann).models
        self.assertEqual([line.name for line in lines], ["gpt-6-astra", "gpt-6-luna", "llama"])
        self.assertIn("Share of cost", words(self.page(self.ann)))

    def test_names_are_texts(self):
        used(self.ann, self.openai, model="<img src=x onerror=alert(1)>")
        page = self.page(self.ann)
        self.assertNotContains(page, "<img src=x")
        self.assertNotIn("style=", page.content.decode())

    def test_the_number_of_queries_does_not_grow(self):
        used(self.ann, self.openai)
        used(self.bob, self.openai)
        self.page(self.boss)
        with self.assertNumQueries(FEW):
            self.client.get(USAGE)
        for number in range(8):
            used(a_user(), an_openai(), model=f"m{number}", ago=number)
        with self.assertNumQueries(FEW):
            self.client.get(USAGE)

    def test_limits_are_shown_with_what_is_left(self):
        page = self.page(self.ann)
        self.assertIn("0 of 20 messages a minute", words(page))


FEW = 19  # of which ten are the limits


class FileTests(Case):
    def test_formulas_are_texts(self):
        for model in ('=HYPERLINK("http://evil")', "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"):
            used(self.ann, self.openai, model=model)
        for row in rows(self.page(self.ann, address=CSV)):
            self.assertTrue(row["model"].startswith("'"), row["model"])

    def test_a_row_has_everything(self):
        used(self.ann, self.openai, times=4, first_token_ms=200)
        response = self.page(self.ann, "?range=7", CSV)
        self.assertEqual(response["Content-Type"], "text/csv; charset=utf-8")
        self.assertIn('attachment; filename="usage-', response["Content-Disposition"])
        (row,) = rows(response)
        self.assertEqual(row["day"], str(timezone.now().date()))
        self.assertEqual((row["configuration"], row["model"], row["calls"]), ("Main road", "gpt-6-luna", "4"))
        self.assertEqual((row["input tokens"], row["cached tokens"], row["reasoning tokens"]), ("2400", "1600", "200"))
        self.assertEqual((row["cost in US dollars"], row["calls unpriced"]), ("0.000656", "0"))
        self.assertAlmostEqual(int(row["median ms"]), 1500, delta=150)
        self.assertAlmostEqual(int(row["first token 95 % ms"]), 200, delta=20)
        self.assertNotIn("person", row)


DAYS = [datetime.date(2026, 11, day) for day in range(1, 31)]


class ChartTests(TestCase):
    def bars(self, values, **more):
        return charts.bars(DAYS[: len(values)], [Series("calls", "is-first", values)], str, "", whole=True, **more)

    def test_the_axis_is_round_and_above_everything(self):
        tops = {0: "2", 1: "2", 2: "2", 3: "4", 7: "8", 9: "10", 11: "20", 23: "40", 100: "100", 101: "200", 650: "800"}
        self.assertEqual({most: self.bars([most, 0]).axis[0].removesuffix(".0") for most in tops}, tops)

    def test_what_is_not_nothing_can_be_seen(self):
        chart = self.bars([1, 100_000])
        self.assertGreaterEqual(chart.columns[0].segments[0].height, 1)
        self.assertEqual(self.bars([0, 5]).columns[0].segments, [])

    def test_bars_stand_on_each_other(self):
        series = [Series("a", "is-first", [6]), Series("b", "is-bad", [4])]
        low, high = charts.bars(DAYS[:1], series, str, "", whole=True).columns[0].segments
        self.assertAlmostEqual(low.y, high.y + high.height, places=1)
        self.assertAlmostEqual(low.y + low.height, charts.HEIGHT, places=1)
        self.assertAlmostEqual(high.y, 0, places=1)

    def test_a_line_breaks_where_there_is_nothing(self):
        series = [Series("median", "is-first", [1.0, 2.0, None, 3.0])]
        chart = charts.curves(DAYS[:4], series, str, "", axis=str)
        self.assertEqual((len(chart.points), len(chart.strokes)), (3, 1))

    def test_a_few_days_are_named(self):
        for days in (1, 2, 7, 30):
            self.assertLessEqual(len(self.bars([1] * days).labels), 5)
        self.assertEqual(self.bars([1]).labels[0].words, "1 Nov")

    def test_numbers_are_short_on_an_axis(self):
        told = {950: "950", 9_999: "9,999", 12_340: "12.3k", 400_000: "400k", 1_845_000: "1.84M", 2e9: "2,000M"}
        self.assertEqual({value: panels._count(value) for value in told}, told)


class AddressTests(TestCase):
    def test_what_was_chosen_stands_in_the_address_and_nothing_else(self):
        self.assertEqual(Filters().query(), "")
        self.assertEqual(Filters(model="a b&c").query(range="7"), "range=7&model=a+b%26c")
        since = datetime.date(2026, 1, 2)
        again = FilterForm({"range": "own", "since": "2026-01-02", "until": "2026-02-01"}).filters()
        self.assertEqual(again.since, since)
        self.assertEqual(again.query(), "range=own&since=2026-01-02&until=2026-02-01")


class TotalTests(Case):
    def test_a_deleted_person_stays_in_everybodys_sums(self):
        used(self.ann, self.openai)
        self.ann.delete()
        self.assertEqual(self.figures(self.boss).whole.total.calls, 1)
        self.assertEqual(self.figures(self.boss).people, [])
        self.assertEqual(UsageDay.objects.by_person().count(), 0)
