import io

from django.core.management import CommandError, call_command
from django.test import TestCase

from connector.models import Configuration
from tests.builders import a_configuration


class AskCommandTests(TestCase):
    def setUp(self):
        Configuration.objects.all().delete()
        a_configuration(display_name="Ours", model_default_chat="sandbox-fast")

    def ask(self, *args, **options):
        out = io.StringIO()
        call_command("ask", *args, stdout=out, **options)
        return out.getvalue()

    def test_writes_the_answer(self):
        self.assertIn("Why is the sky blue?", self.ask("Why is the sky blue?"))

    def test_a_system_prompt_may_stand_alone(self):
        self.assertIn("Be brief.", self.ask(system="Be brief."))

    def test_takes_the_configuration_and_the_model_that_are_named(self):
        a_configuration(display_name="Other")
        self.assertIn("`sandbox-fast`", self.ask("Why?", configuration="Other", model="sandbox-fast"))

    def test_asks_which_configuration_when_there_are_several(self):
        a_configuration(display_name="Other")
        with self.assertRaisesMessage(CommandError, "There are: Other, Ours."):
            self.ask("Why?")

    def test_an_error_says_what_happened_and_what_to_do(self):
        with self.assertRaisesMessage(CommandError, "The provider refused the key of this configuration."):
            self.ask("Why?", model="sandbox-401")

    def test_nothing_to_ask_is_an_error(self):
        with self.assertRaisesMessage(CommandError, "there is nothing to ask"):
            self.ask()
