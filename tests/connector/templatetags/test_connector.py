from django.contrib.auth.models import AnonymousUser
from django.template import Context, Template
from django.test import TestCase

from tests.builders import CANARY_KEY, a_superuser, a_user, an_openai


class ConfigurationsTests(TestCase):
    def shown_to(self, user):
        return Template("{% load connector %}{% configurations user %}").render(Context({"user": user}))

    def test_a_user_sees_what_is_open_to_him_and_nothing_of_where_it_is(self):
        an_openai(key=CANARY_KEY, display_name="<b>Ours</b>", endpoint="https://llm.example.com/v1")
        an_openai(display_name="Theirs", open_to_everyone=False)
        shown = self.shown_to(a_user())
        self.assertIn("&lt;b&gt;Ours&lt;/b&gt;", shown)
        for hidden in ("Theirs", "llm.example.com", "CANARY", "cdef", "/admin/"):
            self.assertNotIn(hidden, shown)

    def test_an_administrator_gets_links(self):
        self.assertIn("/admin/connector/configuration/", self.shown_to(a_superuser()))

    def test_a_stranger_sees_none(self):
        self.assertIn("No configuration is open to you", self.shown_to(AnonymousUser()))
