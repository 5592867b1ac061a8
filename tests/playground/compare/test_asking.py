"""The form of a comparison: its columns come and go, all of them are asked or none, and what was typed stays."""

import re

from django.test import TestCase, override_settings
from django.urls import reverse

from connector.models import Comparison, Configuration, Run
from tests.builders import a_comparison, a_configuration, a_user

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


def url(name, *args):
    return reverse(f"playground:{name}", args=args)


def chosen(answer):
    """The model that is chosen in each column of the form."""
    selects = re.findall(r'<select [^>]*name="c\d-model".*?</select>', answer.content.decode(), re.DOTALL)
    return [re.search(r"<option selected>([^<]*)", select)[1] for select in selects]


class CompareCase(TestCase):
    def setUp(self):
        self.user, self.configuration = a_user(), a_configuration()
        self.client.force_login(self.user)

    def typed(self, *models, **more):
        """What the form sends with these models in its columns; `c1_p_temperature` is a field of the first one."""
        data = {"columns": str(len(models)), "prompt": "Why is the sky blue?"}
        for number, model in enumerate(models, 1):
            data[f"c{number}-configuration"] = data[f"c{number}-before"] = str(self.configuration.pk)
            data[f"c{number}-model"] = model
        return data | {re.sub(r"^(c\d)_", r"\1-", name): value for name, value in more.items()}

    def post(self, name, *models, headers=None, **more):
        return self.client.post(url(name), self.typed(*models, **more), headers=headers or {})


class OpeningTests(CompareCase):
    def test_two_models_of_the_first_configuration_are_there(self):
        self.assertEqual(chosen(self.client.get(url("compare"))), ["sandbox", "sandbox-fast"])

    def test_the_columns_of_last_time_are_remembered(self):
        self.post("compare_ask", "sandbox-fast", "sandbox-reasoning", "sandbox", c1_p_temperature="0.25")
        answer = self.client.get(url("compare"))
        self.assertEqual(chosen(answer), ["sandbox-fast", "sandbox-reasoning", "sandbox"])
        self.assertContains(answer, 'name="c1-p_temperature" value="0.25"')
        self.assertNotContains(answer, "Why is the sky blue?</textarea>")

    def test_a_configuration_that_may_not_be_used_any_more_is_not_gone_back_to(self):
        self.post("compare_ask", "sandbox-fast", "sandbox-fast")
        self.configuration.enabled = False
        self.configuration.save()
        answer = self.client.get(url("compare"))
        self.assertContains(answer, "selected>Sandbox</option>", count=2)
        self.assertNotContains(answer, f'<option value="{self.configuration.pk}"')

    def test_without_a_configuration_it_says_what_to_do(self):
        Configuration.objects.all().delete()
        answer = self.client.get(url("compare"))
        self.assertContains(answer, "No configuration yet")
        self.assertNotContains(answer, 'id="setup"')

    def test_an_example_can_be_pressed(self):
        answer = self.client.get(url("compare"))
        self.assertContains(answer, 'class="example" form="comparing"', count=3)
        self.post("compare_ask", "sandbox", "sandbox-fast", example="Tell me", prompt="")
        self.assertEqual(Comparison.objects.get().prompt, "Tell me")


class ColumnTests(CompareCase):
    def test_one_can_be_added_and_is_another_model(self):
        answer = self.post("compare_form", "sandbox", "sandbox-fast", change="add")
        self.assertEqual(len(chosen(answer)), 3)
        self.assertEqual(len(set(chosen(answer))), 3)
        self.assertContains(answer, 'name="columns" value="3"')

    def test_one_can_be_copied_with_its_parameters(self):
        answer = self.post("compare_form", "sandbox", "sandbox-fast", c1_p_temperature="0.25", change="copy-1")
        self.assertEqual(chosen(answer), ["sandbox", "sandbox", "sandbox-fast"])
        self.assertContains(answer, 'name="c2-p_temperature" value="0.25"')

    def test_one_can_be_removed_and_the_others_keep_what_was_typed(self):
        more = {"c3_p_temperature": "0.25", "change": "remove-2"}
        answer = self.post("compare_form", "sandbox", "sandbox-500", "sandbox-fast", **more)
        self.assertEqual(chosen(answer), ["sandbox", "sandbox-fast"])
        self.assertContains(answer, 'name="c2-p_temperature" value="0.25"')
        self.assertContains(answer, "Why is the sky blue?</textarea>")

    def test_there_are_two_to_six_of_them(self):
        six = ["sandbox"] * 6
        self.assertEqual(len(chosen(self.post("compare_form", *six, change="add"))), 6)
        self.assertEqual(len(chosen(self.post("compare_form", *six, change="copy-1"))), 6)
        self.assertEqual(len(chosen(self.post("compare_form", *six[:2], change="remove-1"))), 2)
        self.assertNotContains(self.post("compare_form", *six), 'value="add"')

    def test_nonsense_changes_nothing(self):
        for change in ("remove-9", "copy-0", "copy--1", "add-2", "x", "remove-"):
            with self.subTest(change):
                expected = 3 if change == "add-2" else 2
                answer = self.post("compare_form", "sandbox", "sandbox-fast", change=change)
                self.assertEqual((answer.status_code, len(chosen(answer))), (200, expected))

    def test_another_model_brings_what_it_takes_to_its_column_alone(self):
        more = {"headers": HTMX, "column": "2"}
        answer = self.post("compare_form", "sandbox", "sandbox-reasoning", c2_p_temperature="1", **more)
        self.assertContains(answer, 'name="c2-p_reasoning_effort"')
        self.assertContains(answer, "Temperature (1) is not taken by sandbox-reasoning")
        self.assertNotContains(answer, 'id="column-1"')
        self.assertNotContains(answer, "<html")

    def test_a_column_that_is_not_there_is_not_found(self):
        answer = self.post("compare_form", "sandbox", "sandbox-fast", headers=HTMX, column="5")
        self.assertEqual(answer.status_code, 404)

    def test_a_column_has_one_answer(self):
        self.assertNotContains(self.client.get(url("compare")), '-p_n"')
        self.post("compare_ask", "sandbox", "sandbox-fast", c1_p_n="4")
        self.assertEqual([column.parameters for column in Comparison.objects.get().columns.all()], [{}, {}])


class AskTests(CompareCase):
    def test_all_columns_are_asked_with_what_is_theirs(self):
        more = {"c2_p_temperature": "0.5", "system_prompt": "Be brief."}
        answer = self.post("compare_ask", "sandbox", "sandbox-fast", **more)
        made = Comparison.objects.get()
        self.assertRedirects(answer, f"{url('comparison', made.pk)}#comparison", fetch_redirect_response=False)
        asked = made.columns.order_by("place").values_list("model", "parameters", "system_prompt")
        self.assertEqual(
            list(asked), [("sandbox", {}, "Be brief."), ("sandbox-fast", {"temperature": 0.5}, "Be brief.")]
        )

    def test_the_page_goes_on_with_it_without_being_loaded_again(self):
        answer = self.post("compare_ask", "sandbox", "sandbox-fast", headers=HTMX)
        made = Comparison.objects.get()
        self.assertEqual(answer["HX-Push-Url"], url("comparison", made.pk))
        self.assertNotContains(answer, "<html")
        self.assertContains(answer, f'id="comparison-row-{made.pk}"')

    def test_a_wrong_parameter_is_said_at_its_column_and_nothing_is_asked(self):
        more = {"c2_p_temperature": "9", "c1_p_top_p": "0.5"}
        for headers in ({}, HTMX):
            with self.subTest(headers):
                answer = self.post("compare_ask", "sandbox", "sandbox-fast", headers=headers, **more)
                self.assertContains(answer, "A column needs another look. Nothing was sent.", status_code=422)
                self.assertContains(answer, "Column 2: ", status_code=422)
                self.assertContains(answer, 'id="parameters-2" open', status_code=422)
                self.assertContains(answer, 'name="c2-p_temperature" value="9"', status_code=422)
                self.assertContains(answer, 'name="c1-p_top_p" value="0.5"', status_code=422)
        self.assertFalse(Run.objects.exists() or Comparison.objects.exists())

    def test_an_empty_prompt_is_refused_where_it_is_typed(self):
        answer = self.post("compare_ask", "sandbox", "sandbox-fast", prompt=" ", headers=HTMX)
        self.assertContains(answer, "Write what to ask first.", status_code=422)
        self.assertFalse(Comparison.objects.exists())

    @override_settings(CONNECTOR_SENDS_A_MINUTE=3, CONNECTOR_ANSWERS_AT_ONCE=0)
    def test_a_limit_says_when_there_is_room_again_and_keeps_what_was_typed(self):
        self.post("compare_ask", "sandbox", "sandbox-fast")
        for headers in ({}, HTMX):
            with self.subTest(headers):
                answer = self.post("compare_ask", "sandbox", "sandbox-fast", headers=headers)
                self.assertContains(answer, "The limit of 3 messages a minute is reached.", status_code=429)
                self.assertIn("Retry-After", answer)
        self.assertEqual(Comparison.objects.count(), 1)

    def test_a_form_that_comes_twice_makes_one_comparison(self):
        answers = [self.post("compare_ask", "sandbox", "sandbox-fast", token="t" * 20) for _ in range(3)]
        self.assertEqual(len({answer["Location"] for answer in answers}), 1)
        self.assertEqual(Run.objects.count(), 2)

    def test_another_model_without_a_name_is_said_at_its_column(self):
        answer = self.post("compare_ask", "sandbox", "other:", headers=HTMX)
        self.assertContains(answer, "Column 2: ", status_code=422)

    def test_again_is_another_comparison(self):
        before = a_comparison(self.user)
        answer = self.client.post(url("comparison_again", before.pk), headers=HTMX)
        made = Comparison.objects.order_by("pk").last()
        self.assertEqual(answer["HX-Push-Url"], url("comparison", made.pk))
        self.assertEqual((made.prompt, made.columns.count()), (before.prompt, 2))

    def test_again_with_a_configuration_that_is_gone_says_so(self):
        before = a_comparison(self.user)
        Configuration.objects.exclude(pk=self.configuration.pk).update(enabled=False)
        answer = self.client.post(url("comparison_again", before.pk), headers=HTMX)
        self.assertContains(answer, "may not be used any more", status_code=422)
        self.assertContains(self.client.post(url("comparison_again", before.pk)), "may not be used", status_code=422)

    def test_one_column_can_be_tried_again(self):
        before = a_comparison(
            self.user, run={"state": "failed", "error": {"code": "x", "what": "No.", "todo": "Wait."}}
        )
        failed = Run.objects.order_by("pk").first()
        answer = self.client.post(url("column_again", failed.pk), headers=HTMX)
        self.assertEqual(Run.objects.count(), 3)
        new = Run.objects.order_by("pk").last()
        self.assertContains(answer, f'id="run-{new.pk}"')
        self.assertNotContains(answer, f'id="run-{failed.pk}"')
        self.assertContains(answer, '<span id="left">1</span> of 2 still answering')
        self.assertEqual(Comparison.objects.get(), before)
