"""What the inspector offers: by model, what an administrator entered about it, and the API behind the endpoint."""

from django.http import QueryDict
from django.test import TestCase

from connector.models import ApiType
from playground.chat.settings import SettingsForm
from tests.builders import a_configuration, a_session, a_user, an_openai


class Case(TestCase):
    def setUp(self):
        self.user = a_user()

    def form(self, configuration, model="", session=None, **data):
        """The form as it is posted."""
        posted = QueryDict(mutable=True)
        posted.update({"configuration": str(configuration.pk), "model": model} | data)
        return SettingsForm(self.user, session or a_session(self.user, configuration=configuration), posted)

    def offered(self, configuration, model):
        return {control.parameter.name for control in self.form(configuration, model).parameters}


class ApiTests(Case):
    def azure(self, **fields):
        azure = {"endpoint": "https://res.openai.azure.com", "deployment_name": "gpt-4o", "open_to_everyone": True}
        return an_openai(api_type=ApiType.AZURE_OPENAI, **azure | fields)

    def test_a_dated_version_of_azure_has_a_form_of_its_own(self):
        v1, stable = self.azure(), self.azure(api_version="2024-10-21")
        self.assertLessEqual({"store", "prediction"}, self.offered(v1, "gpt-4o"))
        self.assertEqual(
            self.offered(v1, "gpt-4o") - self.offered(stable, "gpt-4o"), {"store", "prediction", "metadata"}
        )
        self.assertLessEqual(
            {"store", "prediction"}, self.offered(self.azure(api_version="2025-04-01-preview"), "gpt-4o")
        )

    def test_what_the_api_does_not_take_is_kept_for_the_next_one(self):
        form = self.form(self.azure(api_version="2024-10-21"), "gpt-4o", p_store="true")
        self.assertTrue(form.is_valid(), form.errors)
        self.assertEqual([control.parameter.name for control in form.waiting], ["store"])
        self.assertEqual(form.values()["parameters"], {"store": True})

    def test_an_endpoint_that_is_wrong_does_not_break_the_form(self):
        wrong = self.azure(endpoint="https://res.openai.azure.com/no/such/path?x=1#y", api_version="2024-10-21")
        self.assertIn("temperature", self.offered(wrong, "gpt-4o"))
        self.assertTrue(self.form(wrong, "gpt-4o").is_valid())


class EnteredTests(Case):
    def setUp(self):
        super().setUp()
        self.configuration = a_configuration()

    def test_what_an_administrator_entered_about_a_model_counts(self):
        overrides = {"refuses": {"temperature": "no"}, "parameters": {"top_p": {"maximum": 0.5}}}
        self.configuration.deployed_models.create(name="ours", overrides=overrides)
        self.assertNotIn("temperature", self.offered(self.configuration, "ours"))
        self.assertIn("temperature", self.offered(self.configuration, "theirs"))
        self.assertEqual(list(self.form(self.configuration, "ours", p_top_p="0.7").errors), ["p_top_p"])
        self.assertTrue(self.form(self.configuration, "other:", other_model="theirs", p_top_p="0.7").is_valid())

    def test_so_does_its_family(self):
        self.configuration.deployed_models.create(name="ours", family="gpt-5")
        self.assertIn("reasoning_effort", self.offered(self.configuration, "ours"))
        self.assertNotIn("temperature", self.offered(self.configuration, "ours"))


class AnotherConfigurationTests(Case):
    def setUp(self):
        super().setUp()
        self.before = a_configuration(model_default_chat="usual")
        self.after = a_configuration(model_default_chat="theirs")
        for name in ("chosen", "usual"):
            self.after.deployed_models.create(name=name)

    def model(self, model, **data):
        form = self.form(self.after, model, before=str(self.before.pk), **data)
        self.assertTrue(form.is_valid(), form.errors)
        self.assertEqual(form.values()["configuration"], self.after)
        return form.values()["model"]

    def test_what_was_chosen_goes_along_when_it_is_served_there(self):
        self.assertEqual(self.model("chosen"), "chosen")
        self.assertEqual(self.model("other:", other_model="chosen"), "chosen")

    def test_what_is_not_served_there_makes_room_for_the_default(self):
        self.assertEqual(self.model("only-before"), "theirs")
        self.assertEqual(self.model("other:", other_model="typed"), "theirs")
        self.after.deployed_models.filter(name="chosen").update(enabled=False)
        self.assertEqual(self.model("chosen"), "theirs")

    def test_a_default_was_not_chosen_and_stays(self):
        self.assertEqual(self.model("usual"), "theirs")
        self.before.model_default_chat = ""
        self.before.save()
        self.before.deployed_models.create(name="chosen")  # now the first there is
        self.assertEqual(self.model("chosen"), "theirs")
        self.assertEqual(self.model("usual"), "usual")

    def test_one_that_may_not_be_used_any_more_has_no_default(self):
        self.before.enabled = False
        self.before.save()
        self.assertEqual(self.model("usual"), "usual")

    def test_in_the_same_configuration_any_model_can_be_named(self):
        form = self.form(self.after, "other:", before=str(self.after.pk), other_model="typed")
        self.assertEqual(form.model_name, "typed")
