"""Which model answers (checklist K40, K41), the same way for every operation."""

from django.test import TestCase

from connector.client import errors
from connector.models import ApiType, choosing
from connector.models.configuration import DEFAULTS
from tests.builders import a_configuration, an_openai

PASTED = "https://res.openai.azure.com/openai/deployments/pasted/chat/completions?api-version=2024-10-21"


def an_azure(**fields):
    azure = {"endpoint": "https://res.openai.azure.com", "api_version": "2024-10-21"} | fields
    return an_openai(api_type=ApiType.AZURE_OPENAI, **azure)


class ModelTests(TestCase):
    def test_the_one_named_wins_over_the_default(self):
        configuration = a_configuration(**{f"model_default_{name}": "usual" for name in DEFAULTS.values()})
        for operation in DEFAULTS:
            with self.subTest(operation):
                self.assertEqual(choosing.model_for(configuration, operation, "named"), "named")
                self.assertEqual(choosing.model_for(configuration, operation), "usual")

    def test_without_either_the_error_names_the_field_that_an_administrator_fills(self):
        bare = an_openai(display_name="Bare")
        for operation, field in DEFAULTS.items():
            with self.subTest(operation), self.assertRaises(errors.NoModel) as caught:
                choosing.model_for(bare, operation)
            label = bare._meta.get_field(f"model_default_{field}").verbose_name
            self.assertEqual(caught.exception.what, f"No model is chosen for {label}.")
            self.assertIn(f"a default model for {label} in the configuration Bare", caught.exception.todo)

    def test_moderation_needs_none(self):
        self.assertEqual(choosing.model_for(an_openai(), "moderations"), "")


class AzureTests(TestCase):
    def test_the_deployment_decides_wherever_it_stands(self):
        for azure, deployment in (
            (an_azure(deployment_name="entered"), "entered"),
            (an_azure(endpoint=PASTED), "pasted"),
        ):
            for operation in DEFAULTS:
                for model in ("", "gpt-5.2"):
                    with self.subTest(deployment=deployment, operation=operation, model=model):
                        self.assertEqual(choosing.model_for(azure, operation, model), deployment)

    def test_another_deployment_can_be_named_while_it_is_enabled(self):
        azure = an_azure(endpoint=PASTED)
        azure.deployed_models.create(name="other")
        azure.deployed_models.create(name="off", enabled=False)
        named = [choosing.model_for(azure, "chat_completions", name) for name in ("other", "off", "pasted")]
        self.assertEqual(named, ["other", "pasted", "pasted"])

    def test_an_operation_may_have_a_deployment_of_its_own(self):
        azure = an_azure(deployment_name="entered", model_default_chat="talks", model_default_images="draws")
        for operation, expected in (("chat_completions", "talks"), ("image_edits", "draws"), ("speech", "entered")):
            with self.subTest(operation):
                self.assertEqual(choosing.model_for(azure, operation), expected)
                self.assertEqual(choosing.model_for(azure, operation, "gpt-5.2"), expected)
                self.assertEqual(choosing.model_for(azure, operation, "entered"), "entered")

    def test_without_a_deployment_any_name_is_taken(self):
        self.assertEqual(choosing.model_for(an_azure(), "chat_completions", "gpt-5.2"), "gpt-5.2")
        with self.assertRaises(errors.NoModel):
            choosing.model_for(an_azure(), "chat_completions")


class KnownTests(TestCase):
    def test_what_was_entered_and_nothing_for_others(self):
        configuration = a_configuration()
        configuration.deployed_models.create(name="ours", family="gpt-5", overrides={"refuses": {"seed": "no"}})
        self.assertEqual(choosing.known_of(configuration, "ours"), ("gpt-5", {"refuses": {"seed": "no"}}))
        self.assertEqual(choosing.known_of(configuration, "theirs"), ("", None))
