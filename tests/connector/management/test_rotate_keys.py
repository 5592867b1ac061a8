import io

from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import TestCase, override_settings

from connector import encryption
from connector.checks import encryption_key_problem
from connector.models import ApiKey, Canary
from tests.builders import CANARY_KEY, an_openai

NEW_KEY = Fernet.generate_key().decode()


def rotate(*options):
    out, err = io.StringIO(), io.StringIO()
    call_command("rotate_keys", *options, stdout=out, stderr=err)
    return out.getvalue().strip().splitlines(), err.getvalue()


def ciphertexts():
    with connection.cursor() as cursor:
        cursor.execute("SELECT value FROM connector_apikey UNION ALL SELECT value FROM connector_canary")
        return [row[0] for row in cursor.fetchall()]


class RotateKeysTests(TestCase):
    def setUp(self):
        self.configurations = [an_openai(key=f"{CANARY_KEY}{number}") for number in range(3)]
        self.both = [NEW_KEY, *encryption.configured()]

    def test_everything_ends_on_the_new_key(self):
        with override_settings(FIELD_ENCRYPTION_KEY=self.both):
            lines, err = rotate()
            self.assertEqual(lines[-1], "0 rows use the old key - you may remove it")
        self.assertEqual(err, "")
        with override_settings(FIELD_ENCRYPTION_KEY=NEW_KEY):
            self.assertIsNone(encryption_key_problem())
            for number, configuration in enumerate(self.configurations):
                self.assertEqual(configuration.secret().reveal(), f"{CANARY_KEY}{number}")
            self.assertEqual({row.kid for row in ApiKey.objects.all()}, {encryption.key_id(NEW_KEY)})

    def test_what_it_says_has_no_key_in_it(self):
        with override_settings(FIELD_ENCRYPTION_KEY=self.both):
            said = str(rotate())
        for text in ("CANARY", NEW_KEY, "gAAAA"):
            self.assertNotIn(text, said)

    def test_twice_changes_nothing_the_second_time(self):
        with override_settings(FIELD_ENCRYPTION_KEY=self.both):
            rotate()
            before = ciphertexts()
            rotate()
        self.assertEqual(ciphertexts(), before)

    def test_a_dry_run_changes_nothing_and_counts(self):
        before = ciphertexts()
        with override_settings(FIELD_ENCRYPTION_KEY=self.both):
            lines, _ = rotate("--dry-run")
        self.assertEqual(ciphertexts(), before)
        self.assertEqual(lines[-1], "4 rows use the old key")

    def test_half_done_it_can_be_run_again(self):
        with override_settings(FIELD_ENCRYPTION_KEY=self.both):
            row = ApiKey.objects.get(pk=self.configurations[0].pk)
            row.seal(row.value)
            row.save(update_fields=["value", "kid"])
            self.assertEqual(rotate()[0][-1], "0 rows use the old key - you may remove it")

    def test_an_unreadable_row_is_named_and_skipped(self):
        stranger = ApiKey.objects.get(pk=self.configurations[1].pk)
        with override_settings(FIELD_ENCRYPTION_KEY=Fernet.generate_key().decode()):
            lost = an_openai(key=CANARY_KEY)
        self.assertTrue(stranger.is_readable)
        with override_settings(FIELD_ENCRYPTION_KEY=self.both), self.assertRaises(CommandError) as caught:
            rotate()
        self.assertEqual(caught.exception.returncode, 2)
        kids = dict(ApiKey.objects.values_list("pk", "kid"))
        self.assertNotEqual(kids.pop(lost.pk), encryption.key_id(NEW_KEY))
        self.assertEqual(set(kids.values()), {encryption.key_id(NEW_KEY)})

    def test_a_lost_encryption_key_can_be_given_up(self):
        with override_settings(FIELD_ENCRYPTION_KEY=NEW_KEY):
            with self.assertRaises(CommandError):
                rotate()
            self.assertIsNotNone(encryption_key_problem())
            rotate("--forget-unreadable")
            self.assertIsNone(encryption_key_problem())
        self.assertFalse(ApiKey.objects.exists())
        self.assertEqual(Canary.objects.count(), 1)

    def test_a_wrong_setting_is_refused_by_name(self):
        with (
            override_settings(FIELD_ENCRYPTION_KEY="short"),
            self.assertRaisesMessage(CommandError, "FIELD_ENCRYPTION_KEY"),
        ):
            rotate()
