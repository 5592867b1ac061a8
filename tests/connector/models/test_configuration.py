import base64
import datetime
import json

from cryptography.fernet import Fernet
from django.contrib.auth.models import AnonymousUser, Group
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import TestCase, override_settings
from django.utils import timezone

from connector import catalogue
from connector.admin import status
from connector.client import errors
from connector.models import ApiKey, ApiType, Configuration, DeployedModel
from connector.operations import chat_completions
from tests.builders import CANARY_KEY, a_user, an_openai


class ForUserTests(TestCase):
    def test_nobody_may_use_a_new_one(self):
        Configuration.objects.all().delete()
        an_openai(open_to_everyone=False)
        self.assertFalse(Configuration.objects.for_user(a_user()).exists())

    def test_everyone_or_a_group_or_nobody(self):
        Configuration.objects.all().delete()
        user, group = a_user(), Group.objects.create(name="Design")
        everyone, theirs, _other = an_openai(), an_openai(open_to_everyone=False), an_openai(open_to_everyone=False)
        theirs.groups.add(group, Group.objects.create(name="Support"))
        user.groups.add(*Group.objects.all())
        self.assertQuerySetEqual(Configuration.objects.for_user(user), [everyone, theirs], ordered=False)
        self.assertFalse(Configuration.objects.for_user(AnonymousUser()).exists())

    def test_one_that_is_switched_off_is_for_nobody_and_a_dead_account_has_none(self):
        Configuration.objects.all().delete()
        an_openai(enabled=False)
        self.assertFalse(Configuration.objects.for_user(a_user()).exists())
        an_openai()
        self.assertFalse(Configuration.objects.for_user(a_user(is_active=False)).exists())


class EndpointTests(TestCase):
    def test_empty_is_openai(self):
        self.assertEqual(an_openai().parsed_endpoint().base, "https://api.openai.com/v1")

    def test_nonsense_is_refused_at_its_field_and_says_why(self):
        for endpoint in ("javascript:alert(1)", "ftp://x.y", "http://api.openai.com", "https://169.254.169.254/", "x"):
            with self.subTest(endpoint), self.assertRaises(ValidationError) as caught:
                Configuration(display_name="c", endpoint=endpoint).full_clean()
            self.assertEqual(list(caught.exception.message_dict), ["endpoint"])
        with self.assertRaises(ValidationError) as caught:
            Configuration(display_name="c", organization="ö").full_clean()
        self.assertEqual(list(caught.exception.message_dict), ["organization"])

    def test_where_there_is_no_usual_address_one_is_asked_for(self):
        for api_type in ("azure_openai", "openai_compatible"):
            with self.assertRaisesMessage(ValidationError, "Enter the endpoint."):
                Configuration(display_name="c", api_type=api_type).full_clean()

    def test_private_hosts_only_where_the_settings_allow_them(self):
        local = Configuration(display_name="c", api_type="openai_compatible", endpoint="http://127.0.0.1:8000/v1")
        with override_settings(CONNECTOR_ALLOW_PRIVATE_HOSTS=False), self.assertRaises(ValidationError):
            local.full_clean()
        with override_settings(CONNECTOR_ALLOW_PRIVATE_HOSTS=True):
            local.full_clean()

    def test_another_host_needs_the_key_again(self):
        configuration = an_openai(key=CANARY_KEY)
        configuration.endpoint = "https://evil.example.com/v1"
        configuration.api_type = ApiType.OPENAI_COMPATIBLE
        with self.assertRaises(ValidationError) as caught:
            configuration.full_clean()
        self.assertEqual(caught.exception.error_dict["endpoint"][0].code, "origin")

    def test_another_path_on_the_same_host_does_not(self):
        configuration = an_openai(key=CANARY_KEY)
        configuration.endpoint = "https://api.openai.com/v2"
        configuration.full_clean()

    def test_without_a_key_any_host_will_do(self):
        configuration = an_openai()
        configuration.endpoint = "https://llm.example.com/v1"
        configuration.full_clean()


class KeyTests(TestCase):
    def test_it_comes_back_as_a_secret(self):
        configuration = an_openai(key=f"  {CANARY_KEY}\n")
        self.assertEqual(configuration.secret().reveal(), CANARY_KEY)
        self.assertNotIn("CANARY", str(configuration.secret()))

    def test_it_does_not_stay_on_the_configuration(self):
        configuration = an_openai(key=CANARY_KEY)
        configuration.secret()
        self.assertNotIn("api_key", configuration._state.fields_cache)

    def test_ending_is_kept_only_of_long_keys(self):
        self.assertEqual(an_openai(key="k" * 16 + "a1b2").key_row().ending, "a1b2")
        self.assertEqual(an_openai(key="k" * 15 + "a1b2").key_row().ending, "")

    def test_what_cannot_be_a_key_is_refused(self):
        ciphertext = Fernet.generate_key()
        bad = [
            "",
            " \n",
            "sk-a b",
            "sk-a\tb",
            "sk-a\nb",
            "sk-a\u00a0b",
            "sk-ä",
            "sk-\u200bzero",
            "sk-\x00",
            "sk-\x7f",
            "sk-\ud800",
            "Bearer sk-abc",
            "bearer  sk-abc",
            "https://api.openai.com/v1",
            "HTTPS://x",
            "k" * 501,
            Fernet(ciphertext).encrypt(b"sk-x").decode(),
            "gAAAAABl",
            "sk-\u202eabc",
            "ключ",
        ]
        configuration = an_openai()
        for typed in bad:
            with self.subTest(ascii(typed[:20])), self.assertRaises(ValidationError):
                configuration.set_key(typed)
        self.assertFalse(ApiKey.objects.exists())

    def test_an_entra_token_may_be_long(self):
        azure = an_openai(
            api_type=ApiType.AZURE_OPENAI, endpoint="https://r.openai.azure.com", azure_key_type="entra_token"
        )
        azure.set_key("e" * 3000)
        self.assertEqual(len(azure.secret().reveal()), 3000)

    def test_a_token_that_says_when_it_ends_is_watched(self):
        azure = an_openai(
            api_type=ApiType.AZURE_OPENAI, endpoint="https://r.openai.azure.com", azure_key_type="entra_token"
        )
        for minutes, words in ((30, "ends in"), (-30, "ended")):
            ends = timezone.now() + datetime.timedelta(minutes=minutes)
            said = base64.urlsafe_b64encode(json.dumps({"exp": int(ends.timestamp())}).encode()).decode()
            azure.set_key(f"e30.{said}.signature")
            line = status.key(Configuration.objects.get(pk=azure.pk), may_change=True)
            self.assertIn(words, line.text)
            self.assertIn("secret of an application", line.more)

    def test_the_secret_of_an_application_needs_to_know_whose(self):
        azure = an_openai(
            api_type=ApiType.AZURE_OPENAI, endpoint="https://r.openai.azure.com", azure_key_type="client_secret"
        )
        with self.assertRaises(ValidationError) as caught:
            azure.clean()
        self.assertIn("entra_tenant", caught.exception.message_dict)
        azure.entra_tenant, azure.entra_client = "example.com", "11111111-2222-3333-4444-555555555555"
        azure.clean()
        self.assertEqual(azure.parsed_endpoint().auth, "bearer")
        self.assertEqual(azure.application().tenant, "example.com")

    def test_a_secret_is_shown_to_microsoft_alone_and_a_key_never_to_it(self):
        entra = {"entra_tenant": "example.com", "entra_client": "11111111-2222-3333-4444-555555555555"}
        place = {"api_type": ApiType.AZURE_OPENAI, "endpoint": "https://r.openai.azure.com", **entra}
        for entered, changes in (
            ("client_secret", {"azure_key_type": "api_key"}),
            ("client_secret", {"azure_key_type": "entra_token"}),
            ("api_key", {"azure_key_type": "client_secret"}),
        ):
            with self.subTest(entered, **changes):
                azure = an_openai(key=CANARY_KEY, azure_key_type=entered, **place)
                azure.clean()
                self.assertEqual(azure.secret().reveal(), CANARY_KEY)
                for name, value in changes.items():
                    setattr(azure, name, value)
                with self.assertRaises(ValidationError):
                    azure.clean()
                with self.assertRaises(errors.KeyMismatch):  # however it came to be saved
                    azure.secret()

    def test_replacing_and_removing(self):
        user, configuration = a_user(), an_openai(key=CANARY_KEY)
        configuration.mark_key_refused()
        configuration.set_key("sk-another-key-of-more-than-20", by=user)
        row = ApiKey.objects.get()
        self.assertEqual((row.ending, row.changed_by), ("n-20", user))
        self.assertIsNone(Configuration.objects.get(pk=configuration.pk).key_refused_at)
        configuration.remove_key(by=user)
        self.assertFalse(ApiKey.objects.exists())

    def test_deleting_a_configuration_deletes_its_key(self):
        an_openai(key=CANARY_KEY).delete()
        self.assertFalse(ApiKey.objects.exists())

    def test_missing_where_one_is_needed(self):
        with self.assertRaises(errors.KeyMissing):
            an_openai().secret()
        server = an_openai(api_type=ApiType.OPENAI_COMPATIBLE, endpoint="https://llm.example.com/v1")
        self.assertIsNone(server.secret())
        self.assertIsNone(an_openai(api_type=ApiType.SANDBOX).secret())

    def test_the_sandbox_takes_none(self):
        with self.assertRaises(ValidationError):
            an_openai(api_type=ApiType.SANDBOX).set_key(CANARY_KEY)

    def test_a_ciphertext_copied_to_another_configuration_is_refused(self):
        mine, theirs = an_openai(key=CANARY_KEY), an_openai(key="sk-another")
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE connector_apikey SET value = (SELECT value FROM connector_apikey WHERE configuration_id = %s)"
                " WHERE configuration_id = %s",
                [mine.pk, theirs.pk],
            )
        with self.assertLogs("connector", "CRITICAL") as logs, self.assertRaises(errors.KeyMismatch) as caught:
            theirs.secret()
        self.assertNotIn("CANARY", f"{logs.output} {caught.exception.as_dict()}")

    def test_an_endpoint_changed_behind_our_back_is_refused(self):
        configuration = an_openai(key=CANARY_KEY)
        Configuration.objects.filter(pk=configuration.pk).update(endpoint="https://evil.example.com/v1")
        with self.assertLogs("connector", "CRITICAL"), self.assertRaises(errors.KeyMismatch):
            Configuration.objects.get(pk=configuration.pk).secret()

    def test_under_another_encryption_key_it_is_named_and_not_sent(self):
        configuration = an_openai(key=CANARY_KEY)
        kid = configuration.key_row().kid
        with (
            override_settings(FIELD_ENCRYPTION_KEY=Fernet.generate_key().decode()),
            self.assertLogs("connector", "CRITICAL"),
            self.assertRaises(errors.KeyUnreadable) as caught,
        ):
            configuration.secret()
        self.assertIn(kid, caught.exception.what)
        self.assertEqual(configuration.secret().reveal(), CANARY_KEY)

    def test_nothing_about_it_is_logged(self):
        with self.assertLogs("connector", "DEBUG") as logs:
            configuration = an_openai(key=CANARY_KEY)
            configuration.remove_key()
        self.assertNotIn("CANARY", str(logs.output))

    def test_a_copy_has_no_key_and_is_switched_off(self):
        original = an_openai(key=CANARY_KEY, model_default_chat="m")
        original.groups.add(Group.objects.create(name="Design"))
        DeployedModel.objects.create(configuration=original, name="m")
        copies = [original.duplicate(), original.duplicate()]
        self.assertEqual(len({original.uuid, *(copy.uuid for copy in copies)}), 3)
        for copy in copies:
            self.assertIsNone(copy.key_row())
            self.assertFalse(copy.enabled)
            self.assertEqual([row.name for row in copy.deployed_models.all()], ["m"])
            self.assertEqual(copy.groups.count(), 1)
        self.assertEqual(original.deployed_models.count(), 1)
        self.assertEqual(original.secret().reveal(), CANARY_KEY)


class LimitsTests(TestCase):
    def test_own_milliseconds_replace_the_operations_seconds(self):
        limits = an_openai(first_byte_ms=1500).limits_for(chat_completions.OPERATION)
        self.assertEqual(limits.first_byte, 1.5)
        self.assertEqual(limits.total, chat_completions.OPERATION.limits.total)

    def test_out_of_range_is_refused(self):
        for milliseconds in (0, 99, 3_600_001):
            with self.assertRaises(ValidationError):
                Configuration(display_name="c", total_ms=milliseconds).full_clean()


class ModelsTests(TestCase):
    def names(self, configuration, operation="chat_completions"):
        return [model.name for model in configuration.model_names(operation)]

    def test_default_of_each_operation(self):
        configuration = an_openai(model_default_chat="a", model_default_images="b")
        defaults = [configuration.default_model(name) for name in ("chat_completions", "image_edits", "speech", "odd")]
        self.assertEqual(defaults, ["a", "b", "", ""])

    def test_on_azure_the_deployment_decides_where_no_default_is_set(self):
        azure = an_openai(api_type=ApiType.AZURE_OPENAI, deployment_name="eu")
        self.assertEqual(azure.default_model("chat_completions"), "eu")
        self.assertEqual(self.names(azure), ["eu"])

    def test_a_deployment_that_stands_in_the_endpoint_only_decides_too(self):
        pasted = "https://r.openai.azure.com/openai/deployments/eu/chat/completions?api-version=2024-10-21"
        for endpoint, name in ((pasted, "eu"), ("https://r.openai.azure.com", ""), ("no address", "")):
            azure = an_openai(api_type=ApiType.AZURE_OPENAI, endpoint=endpoint)
            self.assertEqual(azure.default_model("chat_completions"), name)

    def test_openai_without_rows_offers_what_the_catalogue_suggests(self):
        suggested = catalogue.suggested("chat_completions", datetime.date.today())
        self.assertTrue(suggested)
        self.assertEqual(self.names(an_openai()), suggested)

    def test_rows_that_serve_it_and_live_are_offered_the_default_first(self):
        configuration = an_openai(model_default_chat="z")
        past = datetime.date(2020, 1, 1)
        for name, fields in {
            "a": {"serves": ["chat_completions"]},
            "b": {"serves": ["embeddings"]},
            "c": {"enabled": False},
            "d": {"shutdown_date": past},
            "unknown-to-the-catalogue": {},
            "z": {},
        }.items():
            DeployedModel.objects.create(configuration=configuration, name=name, **fields)
        self.assertEqual(self.names(configuration), ["z", "a", "unknown-to-the-catalogue"])

    def test_sandbox_offers_its_own(self):
        names = self.names(Configuration.objects.get(api_type=ApiType.SANDBOX))
        self.assertEqual(names[0], "sandbox")
        self.assertIn("sandbox-cut", names)

    def test_serves_takes_operations_only(self):
        for wrong in (["cooking"], "chat_completions", {"a": 1}):
            with self.assertRaises(ValidationError):
                DeployedModel(configuration=an_openai(), name="m", serves=wrong).full_clean()

    def test_overrides_are_checked_where_they_are_on_the_form(self):
        row = DeployedModel(configuration=an_openai(), name="m", overrides={"refuses": {"seed": "it has none"}})
        row.full_clean()
        row.overrides = {"prices": {}}
        with self.assertRaises(ValidationError) as caught:
            row.full_clean()
        said = caught.exception.message_dict["overrides"]
        self.assertEqual(said, ["prices is not an entry; there are refuses, renames, parameters, accepts, price."])
        row.full_clean(exclude=["overrides"])
