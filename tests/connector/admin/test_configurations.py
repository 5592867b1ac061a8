import datetime

from cryptography.fernet import Fernet
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.test import TestCase, override_settings
from django.urls import reverse
from django.utils import timezone

from connector.models import ApiKey, Configuration, DeployedModel
from tests.builders import CANARY_KEY, an_editor, an_openai

LIST = "/admin/connector/configuration/"


def a_form(configuration=None, rows=(), **fields):
    """What the browser posts for `configuration`, or for a new one."""
    data = {"display_name": "New", "api_type": "openai", "azure_key_type": "api_key", "enabled": "on"}
    data |= {"raw_requests": "changers"}
    if configuration:
        data |= {name: getattr(configuration, name) for name in ("display_name", "api_type", "endpoint")}
    data |= {"deployed_models-TOTAL_FORMS": len(rows), "deployed_models-INITIAL_FORMS": 0}
    for number, row in enumerate(rows):
        data |= {f"deployed_models-{number}-{name}": value for name, value in row.items()}
    return data | fields


class Case(TestCase):
    def setUp(self):
        self.client.force_login(an_editor(username="rosa"))

    def change(self, configuration, **fields):
        url = reverse("admin:connector_configuration_change", args=[configuration.pk])
        return self.client.post(url, a_form(configuration, **fields))


class AddingTests(Case):
    def add(self, **fields):
        return self.client.post(f"{LIST}add/", a_form(**fields))

    def test_with_its_key_it_goes_on_to_its_page(self):
        response = self.add(new_key=CANARY_KEY)
        new = Configuration.objects.get(display_name="New")
        self.assertRedirects(response, f"{LIST}{new.pk}/change/")
        self.assertEqual(new.secret().reveal(), CANARY_KEY)
        self.assertFalse(new.open_to_everyone)

    def test_without_a_key_it_goes_on_to_the_key(self):
        self.add()
        response = self.client.get(f"{LIST}{Configuration.objects.get(display_name='New').pk}/change/")
        self.assertContains(response, "Set the key")

    def test_a_bad_key_saves_nothing_and_is_not_shown_again(self):
        response = self.add(new_key="sk CANARY")
        self.assertContains(response, "space or a line break inside")
        self.assertNotContains(response, "CANARY")
        self.assertFalse(Configuration.objects.filter(display_name="New").exists())

    def test_azure_from_a_target_uri(self):
        uri = "https://r.openai.azure.com/openai/deployments/eu/chat/completions?api-version=2024-10-21"
        self.add(api_type="azure_openai", endpoint=uri, new_key="a" * 32)
        new = Configuration.objects.get(display_name="New")
        page = self.client.get(f"{LIST}{new.pk}/change/")
        self.assertContains(page, "Azure OpenAI at r.openai.azure.com")
        self.assertContains(page, "deployment eu")
        self.assertContains(page, "2024-10-21")

    def test_an_endpoint_that_is_none_says_why(self):
        for endpoint in (
            "javascript:alert(1)",
            "https://user:pw@x.example.com/",
            "https://169.254.169.254/",
            "ftp://x",
        ):
            response = self.add(endpoint=endpoint)
            self.assertContains(response, 'id="id_endpoint_error"')
        self.assertFalse(Configuration.objects.filter(display_name="New").exists())

    def test_a_name_is_taken_once(self):
        self.add()
        self.assertContains(self.add(), "already exists")


class ChangingTests(Case):
    def test_another_host_without_the_key_is_refused_and_nothing_changes(self):
        configuration = an_openai(key=CANARY_KEY)
        response = self.change(
            configuration, api_type="openai_compatible", endpoint="https://evil.example.com/v1", display_name="Moved"
        )
        self.assertContains(response, "Enter the key again for the new host")
        unchanged = Configuration.objects.get(pk=configuration.pk)
        self.assertEqual((unchanged.endpoint, unchanged.api_type), ("", "openai"))

    def test_another_host_with_its_key_is_accepted(self):
        configuration = an_openai(key=CANARY_KEY)
        self.change(
            configuration, api_type="openai_compatible", endpoint="https://llm.example.com/v1", new_key="sk-new"
        )
        moved = Configuration.objects.get(pk=configuration.pk)
        self.assertEqual(moved.secret().reveal(), "sk-new")
        self.assertEqual(moved.key_origin(), "https://llm.example.com:443")

    def test_another_host_with_a_bad_key_is_refused(self):
        configuration = an_openai(key=CANARY_KEY)
        self.change(configuration, api_type="openai_compatible", endpoint="https://llm.example.com/v1", new_key="a b")
        self.assertEqual(configuration.secret().reveal(), CANARY_KEY)

    def test_another_path_on_the_same_host_keeps_the_key(self):
        configuration = an_openai(key=CANARY_KEY)
        self.change(configuration, endpoint="https://api.openai.com/v1/")
        self.assertEqual(Configuration.objects.get(pk=configuration.pk).secret().reveal(), CANARY_KEY)

    def test_a_new_endpoint_is_in_the_history_without_its_value(self):
        configuration = an_openai()
        self.change(configuration, endpoint="https://llm.example.com/v1", api_type="openai_compatible")
        said = " ".join(str(entry) for entry in LogEntry.objects.all())
        self.assertIn("Endpoint changed (from 127.0.0.1).", said)
        self.assertNotIn("llm.example.com", said)

    def test_renaming_under_another_encryption_key_leaves_the_key_alone(self):
        configuration = an_openai(key=CANARY_KEY)
        with override_settings(FIELD_ENCRYPTION_KEY=Fernet.generate_key().decode()):
            self.change(configuration, display_name="Renamed")
            page = self.client.get(LIST)
        self.assertEqual(Configuration.objects.get(display_name="Renamed").secret().reveal(), CANARY_KEY)
        self.assertContains(page, "unreadable")
        self.assertContains(page, "cannot be read with the current encryption key")
        self.assertContains(page, ApiKey.objects.get().kid)

    def test_out_of_range_times_are_refused_at_their_field(self):
        self.assertContains(self.change(an_openai(), total_ms="99"), 'id="id_total_ms_error"')

    def test_groups_are_ticked(self):
        configuration, group = an_openai(open_to_everyone=False), Group.objects.create(name="Design")
        self.change(configuration, groups=[group.pk])
        self.assertContains(self.client.get(LIST), "Design")

    def test_hostile_texts_are_shown_as_text(self):
        configuration = an_openai(display_name='"><svg onload=x>', deployment_name="<img src=x onerror=1>")
        Configuration.objects.filter(pk=configuration.pk).update(
            endpoint="javascript:alert(1)",
            test_text="<script>x</script>",
            test_code="not_json",
            tested_at=timezone.now(),
        )
        DeployedModel.objects.create(configuration=configuration, name="<img src=x onerror=1>")
        for url in (LIST, f"{LIST}{configuration.pk}/change/", "/admin/connector/deployedmodel/"):
            page = self.client.get(url).text
            self.assertNotRegex(page, r"<img src=x|<svg onload|<script>x|href=.javascript:")


class DeployedModelsTests(Case):
    def test_rows_are_saved_with_what_they_serve(self):
        configuration = an_openai()
        row = {
            "name": "eu",
            "serves": ["chat_completions", "responses"],
            "enabled": "on",
            "shutdown_date": "2027-04-01",
        }
        self.change(configuration, rows=[row | {"configuration": configuration.pk}])
        saved = configuration.deployed_models.get()
        self.assertEqual(saved.serves, ["chat_completions", "responses"])
        self.assertEqual((saved.enabled, saved.shutdown_date), (True, datetime.date(2027, 4, 1)))

    def test_five_hundred_are_fifty_on_the_form_and_can_be_saved(self):
        configuration = an_openai()
        DeployedModel.objects.bulk_create(
            DeployedModel(configuration=configuration, name=f"m{number:03}", source="provider") for number in range(500)
        )
        DeployedModel.objects.create(configuration=configuration, name="zz-mine")
        url = f"{LIST}{configuration.pk}/change/"
        page = self.client.get(url)
        formset = page.context["inline_admin_formsets"][0].formset
        self.assertEqual(len(formset.forms), 50)
        self.assertEqual(formset.forms[0].instance.name, "zz-mine")
        self.assertContains(page, "All 501")
        data = a_form(configuration) | {"deployed_models-TOTAL_FORMS": 50, "deployed_models-INITIAL_FORMS": 50}
        for number, form in enumerate(formset.forms):
            prefix = f"deployed_models-{number}-"
            data |= {f"{prefix}id": form.instance.pk, f"{prefix}configuration": configuration.pk}
            data |= {f"{prefix}name": form.instance.name, f"{prefix}enabled": "on" if number else ""}
        self.assertRedirects(self.client.post(url, data), LIST)
        self.assertEqual(configuration.deployed_models.count(), 501)
        self.assertFalse(configuration.deployed_models.get(name="zz-mine").enabled)

    def test_what_a_person_touched_is_theirs(self):
        configuration = an_openai()
        row = DeployedModel.objects.create(configuration=configuration, name="m", source="provider")
        url = f"/admin/connector/deployedmodel/{row.pk}/change/"
        self.client.post(url, {"configuration": configuration.pk, "name": "m", "serves": ["embeddings"]})
        row.refresh_from_db()
        self.assertEqual(row.source, "administrator")


class ListTests(Case):
    def test_it_tells_what_an_administrator_asks(self):
        configuration = an_openai(key=CANARY_KEY, open_to_everyone=False, model_default_chat="gpt-x")
        configuration.remember_test("not_found", "Not there.")
        page = self.client.get(LIST)
        for text in ("api.openai.com", "set · ends in cdef", "nobody yet", "failed", "gpt-x", "in this process"):
            self.assertContains(page, text)

    def test_a_refused_key_is_shown(self):
        configuration = an_openai(key=CANARY_KEY)
        configuration.mark_key_refused()
        self.assertContains(self.client.get(LIST), "refused")

    def test_its_queries_do_not_grow_with_it(self):
        for more in (1, 10):
            for _ in range(more):
                an_openai().set_key(CANARY_KEY, by=an_editor())
            with self.assertNumQueries(10):
                self.client.get(LIST)

    def test_duplicates_have_no_key(self):
        configuration = an_openai(key=CANARY_KEY, display_name="Original")
        self.client.post(LIST, {"action": "duplicate", "_selected_action": [configuration.pk]})
        copy = Configuration.objects.get(display_name="Original (copy)")
        self.assertIsNone(copy.key_row())
        self.assertEqual(ApiKey.objects.count(), 1)
