from django.contrib.admin.models import LogEntry
from django.test import TestCase
from django.urls import reverse

from connector.models import ApiKey, Configuration
from tests.builders import CANARY_KEY, an_editor, an_openai


class KeyPageTests(TestCase):
    def setUp(self):
        self.editor = an_editor(username="rosa")
        self.client.force_login(self.editor)
        self.configuration = an_openai()
        self.url = reverse("admin:connector_configuration_key", args=[self.configuration.pk])
        self.change_url = reverse("admin:connector_configuration_change", args=[self.configuration.pk])

    def history(self):
        return [str(entry) for entry in LogEntry.objects.order_by("pk")]

    def test_setting_it(self):
        response = self.client.post(self.url, {"key": f" {CANARY_KEY} "})
        self.assertRedirects(response, self.change_url)
        self.assertEqual(self.configuration.secret().reveal(), CANARY_KEY)
        self.assertEqual(ApiKey.objects.get().changed_by, self.editor)
        page = self.client.get(self.change_url)
        self.assertContains(page, "set · ends in cdef")
        self.assertContains(page, "by rosa")
        self.assertContains(page, "api.openai.com:443")

    def test_the_history_says_who_and_from_where_and_no_value(self):
        self.client.post(self.url, {"key": CANARY_KEY}, REMOTE_ADDR="192.0.2.7")
        self.client.post(self.url, {"remove": "1"}, REMOTE_ADDR="192.0.2.8")
        said = " ".join(self.history())
        self.assertIn("Key changed (from 192.0.2.7).", said)
        self.assertIn("Key removed (from 192.0.2.8).", said)
        self.assertNotIn("cdef", said)

    def test_a_bad_one_is_refused_and_not_shown_again(self):
        response = self.client.post(self.url, {"key": "Bearer sk-CANARY"})
        self.assertContains(response, "Bearer", status_code=422)
        self.assertNotContains(response, "sk-CANARY", status_code=422)
        self.assertFalse(ApiKey.objects.exists())

    def test_the_input_is_one_that_browsers_do_not_fill_in(self):
        self.assertContains(self.client.get(self.url), 'type="password" name="key" autocomplete="new-password"')

    def test_an_empty_one_keeps_the_stored_one(self):
        self.configuration.set_key(CANARY_KEY)
        self.assertEqual(self.client.post(self.url, {"key": ""}).status_code, 422)
        self.assertEqual(self.configuration.secret().reveal(), CANARY_KEY)

    def test_removing_it(self):
        self.configuration.set_key(CANARY_KEY)
        self.client.post(self.url, {"remove": "1"})
        self.assertFalse(ApiKey.objects.exists())
        self.assertContains(self.client.get(self.url), "missing")

    def test_removing_what_is_not_there_is_no_entry_in_the_history(self):
        self.client.post(self.url, {"remove": "1"})
        self.assertEqual(self.history(), [])

    def test_the_sandbox_has_no_form(self):
        sandbox = Configuration.objects.get(display_name="Sandbox")
        url = reverse("admin:connector_configuration_key", args=[sandbox.pk])
        self.assertNotContains(self.client.get(url), "password")
        self.client.post(url, {"key": CANARY_KEY})
        self.assertFalse(ApiKey.objects.exists())

    def test_a_broken_endpoint_is_said_instead_of_failing(self):
        Configuration.objects.filter(pk=self.configuration.pk).update(endpoint="nonsense")
        self.assertContains(self.client.get(self.url), "Key of")
        self.assertContains(self.client.post(self.url, {"key": CANARY_KEY}), "corrected first", status_code=422)

    def test_ids_that_are_none(self):
        for odd in ("0", "999999", "x", "9" * 30, "-1", "1 OR 1"):
            url = reverse("admin:connector_configuration_key", args=[odd])
            self.assertEqual(self.client.get(url).status_code, 404, odd)

    def test_a_crash_report_has_no_key_in_it(self):
        request = self.client.post(self.url, {"key": CANARY_KEY}).wsgi_request
        self.assertEqual(request.sensitive_post_parameters, ("key",))
        add = reverse("admin:connector_configuration_add")
        self.assertEqual(self.client.post(add, {}).wsgi_request.sensitive_post_parameters, ("new_key",))
