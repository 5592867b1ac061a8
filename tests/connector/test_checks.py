import datetime

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.test import SimpleTestCase, TestCase, override_settings
from django.utils import timezone

from connector import checks, encryption
from connector.models import Canary, DeployedModel
from tests.builders import an_openai

OTHER_KEY = Fernet.generate_key().decode()


class EncryptionKeyCheckTests(SimpleTestCase):
    def test_wrong_keys_are_named_without_their_value(self):
        for value, words in {
            "": "not set",
            "c2hvcnQ=": "5 bytes",
            "!!not base64 at all": "base64",
            ("c2hvcnQ=", OTHER_KEY): "Key 1",
        }.items():
            key = list(value) if isinstance(value, tuple) else value
            with self.subTest(words), override_settings(FIELD_ENCRYPTION_KEY=key):
                [message] = checks.encryption_keys()
                self.assertEqual(message.id, "connector.E001")
                self.assertIn("FIELD_ENCRYPTION_KEY", message.msg)
                self.assertIn(words, message.msg)
                self.assertTrue(message.hint)
                for part in ("c2hvcnQ", "not base64 at all", OTHER_KEY):
                    self.assertNotIn(part, message.msg)

    def test_the_signing_key_is_not_taken_for_it(self):
        with override_settings(SECRET_KEY=OTHER_KEY, FIELD_ENCRYPTION_KEY=OTHER_KEY):
            self.assertEqual([message.id for message in checks.encryption_keys()], ["connector.E002"])

    def test_good_keys_pass_one_or_several(self):
        self.assertEqual(checks.encryption_keys(), [])
        with override_settings(FIELD_ENCRYPTION_KEY=[OTHER_KEY, settings.FIELD_ENCRYPTION_KEY[0]]):
            self.assertEqual(checks.encryption_keys(), [])

    def test_a_key_id_says_nothing_about_the_key(self):
        self.assertEqual(len(encryption.key_id(OTHER_KEY)), 8)
        self.assertNotIn(encryption.key_id(OTHER_KEY), OTHER_KEY)


class CanaryCheckTests(TestCase):
    def test_all_is_well(self):
        self.assertIsNone(checks.encryption_key_problem())

    def test_another_encryption_key_is_a_problem_that_check_exits_with(self):
        kid = Canary.objects.get().kid
        with override_settings(FIELD_ENCRYPTION_KEY=OTHER_KEY):
            problem = checks.encryption_key_problem()
            with self.assertRaises(SystemCheckError) as caught:
                call_command("check")
        self.assertIn(kid, problem)
        self.assertIn(encryption.key_id(OTHER_KEY), problem)
        self.assertIn("connector.E003", str(caught.exception))
        self.assertNotIn(OTHER_KEY, str(caught.exception))

    def test_the_old_key_in_second_place_is_enough(self):
        with override_settings(FIELD_ENCRYPTION_KEY=[OTHER_KEY, *encryption.configured()]):
            self.assertIsNone(checks.encryption_key_problem())


class DefaultModelCheckTests(TestCase):
    def ids(self):
        return [message.id for message in checks.default_models()]

    def test_past_and_near_shutdown_dates_are_warned_of(self):
        configuration = an_openai(model_default_chat="old")
        row = DeployedModel.objects.create(configuration=configuration, name="old")
        for days, expected in ((-1, ["connector.W001"]), (30, ["connector.W002"]), (300, []), (None, [])):
            row.shutdown_date = timezone.localdate() + datetime.timedelta(days=days) if days else None
            row.save()
            self.assertEqual(self.ids(), expected, days)

    def test_the_catalogue_knows_dates_too(self):
        an_openai(model_default_chat="gpt-3.5-turbo")
        self.assertEqual(self.ids(), ["connector.W001"])

    def test_a_configuration_that_is_switched_off_is_left_alone(self):
        an_openai(model_default_chat="gpt-3.5-turbo", enabled=False)
        self.assertEqual(self.ids(), [])
