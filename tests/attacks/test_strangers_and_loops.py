"""What was taken away, what was never given, and what somebody could do in a loop (T33, T46, T100)."""

from django.test import TestCase
from django.urls import reverse

from connector.client import errors
from connector.models import ChatCompletionsMessage, Configuration, Run
from tests.builders import a_call, a_configuration, a_prompt, a_user

CALLS = [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]


class Case(TestCase):
    def setUp(self):
        Configuration.objects.all().delete()  # the first one of an empty database
        self.user = a_user()
        self.configuration = a_configuration()
        self.client.force_login(self.user)

    def take_away(self):
        self.configuration.open_to_everyone = False
        self.configuration.save()


class TakenAwayTests(Case):
    def test_results_of_tools_do_not_go_to_a_configuration_that_was_taken_away(self):
        answer = a_prompt(self.user, tool_calls=CALLS, configuration=self.configuration).leaf
        self.take_away()
        before = Run.objects.count()
        address = reverse("playground:prompt_results", args=[answer.pk])
        response = self.client.post(address, {"result_0": "12 degrees", "token": "t"})
        self.assertEqual(response.status_code, 422)
        self.assertEqual(Run.objects.count(), before)
        answer = ChatCompletionsMessage.objects.get(pk=answer.pk)
        with self.assertRaises(errors.NoConfiguration):
            answer.session.give_results(answer, {"c1": "12 degrees"})


class NameTests(Case):
    def test_names_of_configurations_that_one_may_not_use_are_not_told(self):
        secret = a_configuration(display_name="Project Nightingale", open_to_everyone=False)
        for name in ("requests", "usage"):
            for headers in ({}, {"HX-Request": "true", "HX-Request-Type": "partial"}):
                address = f"{reverse(f'playground:{name}')}?configuration={secret.pk}"
                self.assertFalse(b"Nightingale" in self.client.get(address, headers=headers).content)

    def test_what_one_used_before_keeps_its_name(self):
        a_call(self.user, configuration=self.configuration)
        self.take_away()
        address = f"{reverse('playground:requests')}?configuration={self.configuration.pk}"
        self.assertContains(self.client.get(address), f"{self.configuration.display_name}</option>")
