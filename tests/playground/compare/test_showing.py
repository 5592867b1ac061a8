"""A comparison as it is shown: figures, winner, hidden names, history, export."""

import json

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connector.models import ChatCompletionsMessage, Comparison, Run
from connector.runs import Waiting, turns
from playground.compare import listing, showing
from playground.frames import words
from tests.builders import a_comparison, a_configuration, a_user, an_openai
from tests.playground.compare.test_asking import HTMX, CompareCase, url


class PageTests(CompareCase):
    def test_each_column_has_its_answer_and_its_figures(self):
        priced = an_openai(open_to_everyone=True)
        comparison = a_comparison(
            self.user, "One **bold** answer", "Another", run={"cost": "0.00123", "configuration": priced}
        )
        answer = self.client.get(url("comparison", comparison.pk))
        self.assertContains(answer, "<strong>bold</strong>")
        for run in Run.objects.all():
            for key, text in (("first", "0.12 s"), ("speed", "30"), ("written", "30"), ("cost", "$0.0012")):
                self.assertContains(answer, f'id="run-{run.pk}-{key}">{text}</dd>')
        self.assertNotContains(answer, "hx-sse:connect")

    def test_the_form_is_as_it_was_asked(self):
        comparison = a_comparison(self.user, system_prompt="Be brief.", models=("sandbox-fast", "sandbox"))
        answer = self.client.get(url("comparison", comparison.pk))
        self.assertContains(answer, "Be brief.</textarea>")
        self.assertContains(answer, "Why is the sky blue?</textarea>")

    def test_while_columns_are_answered_the_page_watches_them(self):
        comparison = a_comparison(self.user)
        Run.objects.filter(pk=Run.objects.first().pk).update(state=Run.State.STREAMING, heartbeat=timezone.now())
        answer = self.client.get(url("comparison", comparison.pk))
        self.assertContains(answer, f'hx-sse:connect="{url("comparison_events", comparison.pk)}"', count=1)
        self.assertContains(answer, '<span id="left">1</span> of 2 still answering')
        self.assertContains(answer, "Stop all")
        self.assertContains(answer, 'http-equiv="refresh"')

    def test_a_column_that_failed_says_why_and_the_others_are_there(self):
        comparison = a_comparison(self.user, "Good", "")
        failed = {"state": "failed", "error": {"code": "trouble", "what": "Trouble.", "todo": "Wait."}, "usage": {}}
        Run.objects.filter(session__place=1).update(**failed)
        answer = self.client.get(url("comparison", comparison.pk))
        self.assertContains(answer, "Trouble.")
        self.assertContains(answer, "<p>Good</p>")
        self.assertContains(answer, "Try again")

    def test_queries_do_not_grow_with_the_columns(self):
        pages = [a_comparison(self.user, *["Because."] * count).pk for count in (2, 6)]
        counts = [self.queries(pk) for pk in pages]
        self.assertEqual(*counts)
        self.assertLessEqual(counts[0], 13)

    def queries(self, pk):
        with CaptureQueriesContext(connection) as queries:
            self.client.get(url("comparison", pk))
        return len(queries)

    def test_each_answer_leads_to_its_request_and_back(self):
        comparison = a_comparison(self.user)
        run = Run.objects.first()
        record = url("record", run.pk)
        self.assertContains(self.client.get(url("comparison", comparison.pk)), f'href="{record}"')
        self.assertContains(self.client.get(record), f'href="{url("comparison", comparison.pk)}#run-{run.pk}"')

    def test_columns_of_the_same_model_are_told_apart(self):
        comparison = a_comparison(self.user, "One", "Two", "Three", models=("twin", "other", "twin"))
        names = [column.name for column in showing.shown(comparison).columns]
        self.assertEqual(names, ["twin (1)", "other", "twin (2)"])
        last = showing.column(comparison, Run.objects.get(session__place=2))
        self.assertEqual((last.name, last.answer.message.content), ("twin (2)", "Three"))

    def test_an_answer_that_only_calls_a_tool_can_win_and_none_cannot(self):
        comparison = a_comparison(self.user, "", "")
        calls = [{"type": "function", "function": {"name": "look", "arguments": "{}"}}]
        ChatCompletionsMessage.objects.filter(role="assistant", session__place=0).update(tool_calls=calls)
        page = self.client.get(url("comparison", comparison.pk))
        self.assertContains(page, 'aria-label="Best: ', count=1)

    def test_a_column_that_waits_for_its_turn_says_so(self):
        waiting = Waiting(attempt=1, of=6, seconds=0, reason=turns.TURN)
        self.assertIn("Waits for its turn: 6 columns are answered at a time.", words.waiting(waiting))


class WinnerTests(CompareCase):
    def setUp(self):
        super().setUp()
        self.comparison = a_comparison(self.user, models=("model-a", "model-b"))
        self.second = self.comparison.columns.get(place=1)

    def choose(self, column, **headers):
        return self.client.post(url("comparison_winner", self.comparison.pk), {"column": column}, headers=headers)

    def test_it_is_kept_and_shown_in_the_history(self):
        self.choose(self.second.pk)
        page = self.client.get(url("compare"))
        self.assertContains(page, 'badge good">')
        self.assertEqual(listing.page(self.user).rows[0].winner, "model-b")

    def test_the_page_shows_it_at_once(self):
        answer = self.choose(self.second.pk, **HTMX)
        self.assertContains(answer, "<strong>model-b</strong> won.")
        self.assertContains(answer, f'hx-target="#comparison-row-{self.comparison.pk}"')

    def test_it_can_be_taken_back(self):
        self.choose(self.second.pk)
        self.choose("")
        self.comparison.refresh_from_db()
        self.assertIsNone(self.comparison.winner)

    def test_only_a_column_of_its_own_can_win(self):
        other = a_comparison(self.user).columns.first()
        for column in (other.pk, "x", "9" * 30):
            self.assertEqual(self.choose(column).status_code, 404)


class BlindTests(CompareCase):
    def setUp(self):
        super().setUp()
        models = ("model-a", "model-b")
        self.comparison = a_comparison(self.user, blind=True, models=models)
        error = {"code": "x", "what": "model-b is broken.", "todo": "Wait.", "details": {"model": "model-b"}}
        Run.objects.filter(session__place=1).update(state="interrupted", error=error)

    def result(self):
        page = self.client.get(url("comparison", self.comparison.pk)).content.decode()
        return page[page.index('id="comparison"') : page.index('id="history"')]

    def test_nothing_tells_who_answered(self):
        result = self.result()
        for told in ("model-a", "model-b", "Sandbox", "tokens", "0.12 s", "broken"):
            self.assertNotIn(told, result)
        self.assertIn("Answer A", result)
        self.assertIn("There is no whole answer.", result)

    def test_the_export_does_not_tell_either(self):
        for name in ("comparison_json", "comparison_markdown"):
            text = self.client.get(url(name, self.comparison.pk)).content.decode()
            for told in ("model-a", "model-b", "Sandbox", "120", "broken"):
                self.assertNotIn(told, text)

    def test_a_winner_tells_all(self):
        self.client.post(url("comparison_winner", self.comparison.pk), {"column": self.comparison.columns.first().pk})
        result = self.result()
        for told in ("model-a", "model-b", "0.12 s", "broken"):
            self.assertIn(told, result)

    def test_the_names_can_be_told_without_one(self):
        self.client.post(url("comparison_winner", self.comparison.pk), {"column": ""})
        self.assertIn("model-a", self.result())


class FigureTests(TestCase):
    def shown(self, *runs):
        a_configuration()
        comparison = a_comparison(a_user(), *["Because."] * len(runs))
        for place, fields in enumerate(runs):
            Run.objects.filter(session__place=place).update(**fields)
        return showing.shown(comparison)

    def best(self, shown):
        return [[figure.key for figure in figures if figure.is_best] for _, figures in shown.table]

    def test_the_best_of_each_is_marked(self):
        quick = {"first_token_ms": 50, "duration_ms": 550, "cost": "0.002"}
        cheap = {"first_token_ms": 100, "duration_ms": 1100, "cost": "0.001"}
        self.assertEqual(self.best(self.shown(quick, cheap)), [["first", "speed", "took"], ["cost"]])

    def test_none_is_where_all_are_alike_or_nothing_is_known(self):
        self.assertEqual(self.best(self.shown({}, {})), [[], []])

    def test_a_broken_answer_is_not_the_quickest(self):
        self.assertNotIn("took", self.best(self.shown({"duration_ms": 10, "state": "failed"}, {}))[0])

    def test_an_unknown_price_is_not_zero(self):
        a_configuration()
        run = Run(state="done", configuration=None, usage={})
        self.assertEqual(showing.figures(run)[-1].text, "unpriced")

    def test_what_the_sandbox_makes_up_is_free(self):
        (_, figures), *_ = self.shown({}, {}).table
        self.assertEqual(figures[-1].text, "free")


class HistoryTests(CompareCase):
    def test_pages_go_on_after_the_last_row(self):
        made = [a_comparison(self.user, prompt=f"Prompt {number}").pk for number in range(listing.AT_ONCE + 3)]
        first = listing.page(self.user)
        second = listing.page(self.user, after=first.after)
        found = [row.comparison.pk for page in (first, second) for row in page.rows]
        self.assertEqual((found, second.after), (made[::-1], ""))
        answer = self.client.get(url("comparisons"), {"after": first.after}, headers=HTMX)
        self.assertContains(answer, "Prompt 2")
        self.assertNotContains(answer, "Prompt 5<")

    def test_it_can_be_searched_with_and_without_a_script(self):
        a_comparison(self.user, prompt="About lighthouses")
        a_comparison(self.user, prompt="About the sea")
        for headers in ({}, HTMX):
            answer = self.client.get(url("comparisons"), {"q": "LIGHT"}, headers=headers)
            self.assertContains(answer, "About lighthouses")
            self.assertNotContains(answer, "About the sea")
        self.assertContains(self.client.get(url("comparisons"), {"q": "whale"}), "No prompt has")

    def test_what_is_deleted_can_be_brought_back(self):
        pk = a_comparison(self.user, prompt="About lighthouses").pk
        page = self.client.post(url("comparison_delete", pk), follow=True)
        self.assertContains(page, "“About lighthouses” was deleted.")
        self.assertContains(page, url("comparison_restore", pk))
        self.assertRedirects(self.client.post(url("comparison_restore", pk)), url("comparison", pk))
        self.assertTrue(Comparison.objects.for_user(self.user).exists())


class ExportTests(CompareCase):
    def setUp(self):
        super().setUp()
        self.comparison = a_comparison(self.user, "One | two", "Three", models=("model-a", "model-b"))
        self.comparison.choose(self.comparison.columns.get(place=0))

    def test_json_has_everything(self):
        answer = self.client.get(url("comparison_json", self.comparison.pk))
        data = json.loads(answer.content)
        self.assertEqual((data["format"], data["prompt"]), ("promptyard-comparison-1", "Why is the sky blue?"))
        first = data["columns"][0]
        self.assertEqual((first["model"], first["content"], first["winner"]), ("model-a", "One | two", True))
        self.assertEqual(first["usage"]["completion_tokens"], 30)
        self.assertIn("attachment", answer["Content-Disposition"])

    def test_markdown_has_a_table_and_the_answers(self):
        text = self.client.get(url("comparison_markdown", self.comparison.pk)).content.decode()
        self.assertIn("> Why is the sky blue?", text)
        self.assertIn("| Column | First token | Tokens/s |", text)
        self.assertIn("## model-a (Sandbox) (winner)\n\nOne | two", text)
