import io
import json

from cryptography.fernet import Fernet
from django.core import serializers
from django.core.exceptions import FieldError, ValidationError
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Case, F, Value, When
from django.forms import model_to_dict, modelform_factory
from django.test import TestCase, override_settings
from django.test.utils import CaptureQueriesContext

from connector import encryption
from connector.client.secret import Secret
from connector.models import ApiKey
from connector.models.fields import UNREADABLE, Envelope
from tests.builders import CANARY_KEY, an_openai

OTHER_KEY = Fernet.generate_key().decode()


def stored(pk):
    """The column as it is in the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT value FROM connector_apikey WHERE configuration_id = %s", [pk])
        return cursor.fetchone()[0]


class EnvelopeFieldTests(TestCase):
    def setUp(self):
        self.configuration = an_openai(key=CANARY_KEY)
        self.row = ApiKey.objects.get(pk=self.configuration.pk)

    def test_what_is_stored_is_a_ciphertext_of_an_envelope(self):
        ciphertext = stored(self.row.pk)
        self.assertNotIn("CANARY", ciphertext)
        self.assertEqual(
            json.loads(encryption.decrypt(ciphertext)),
            {
                "v": 1,
                "key": CANARY_KEY,
                "origin": "https://api.openai.com:443",
                "config": str(self.configuration.uuid),
            },
        )

    def test_reading_gives_an_envelope_that_does_not_print_its_key(self):
        envelope = ApiKey.objects.get().value
        self.assertEqual(envelope.key.reveal(), CANARY_KEY)
        self.assertNotIn("CANARY", f"{envelope!r} {envelope} {list(ApiKey.objects.values())}")

    def test_the_value_is_not_loaded_with_the_row(self):
        self.assertIn("value", self.row.get_deferred_fields())
        self.assertIn("value", self.configuration.api_key.get_deferred_fields())

    def test_under_another_encryption_key_it_is_unreadable_and_never_the_ciphertext(self):
        with override_settings(FIELD_ENCRYPTION_KEY=OTHER_KEY):
            self.assertIs(ApiKey.objects.get().value, UNREADABLE)

    def test_under_another_encryption_key_nothing_writes_it(self):
        before = stored(self.row.pk)
        with override_settings(FIELD_ENCRYPTION_KEY=OTHER_KEY):
            row = ApiKey.objects.get()
            row.save()
            with self.assertRaises(TypeError), transaction.atomic():
                ApiKey.objects.defer(None).get().save()
            self.configuration.display_name = "Renamed"
            self.configuration.save()
        self.assertEqual(stored(self.row.pk), before)
        self.assertEqual(self.configuration.secret().reveal(), CANARY_KEY)

    def test_something_else_than_an_envelope_inside_is_unreadable(self):
        for inside in ("sk-plain", "[]", '{"v": 2, "key": "k", "origin": "o", "config": "c"}', '{"v": 1}'):
            with connection.cursor() as cursor:
                cursor.execute("UPDATE connector_apikey SET value = %s", [encryption.encrypt(inside)])
            self.assertIs(ApiKey.objects.get().value, UNREADABLE, inside)

    def test_a_text_is_not_written(self):
        for text in ("sk-plain", stored(self.row.pk)):
            with self.assertRaises(TypeError), transaction.atomic():
                ApiKey.objects.filter(pk=self.row.pk).update(value=text)

    def test_expressions_are_refused_before_any_sql(self):
        envelope = Envelope(Secret(CANARY_KEY), origin="o", config="c")
        for expression in (F("kid"), Value("x"), Case(When(pk=1, then=Value("x")))):
            with self.assertRaises(TypeError), transaction.atomic(), CaptureQueriesContext(connection) as queries:
                ApiKey.objects.filter(pk=self.row.pk).update(value=expression)
            self.assertNotIn("UPDATE", str(queries.captured_queries))
        with self.assertNumQueries(0), self.assertRaises(TypeError):
            self.row.value = envelope
            ApiKey.objects.bulk_update([self.row], ["value"])
        self.assertEqual(self.configuration.secret().reveal(), CANARY_KEY)

    def test_other_columns_may_be_updated_in_bulk(self):
        self.row.ending = "zzzz"
        ApiKey.objects.bulk_update([self.row], ["ending"])
        self.assertEqual(ApiKey.objects.get().ending, "zzzz")
        self.assertEqual(self.configuration.secret().reveal(), CANARY_KEY)

    def test_it_cannot_be_searched(self):
        for lookup in ("value", "value__contains", "value__startswith", "value__in"):
            with self.assertNumQueries(0), self.assertRaises(FieldError):
                ApiKey.objects.filter(**{lookup: [CANARY_KEY]}).exists()
        self.assertTrue(ApiKey.objects.filter(value__isnull=False).exists())

    def test_cleaning_a_ciphertext_does_not_decrypt_it(self):
        with self.assertRaises(ValidationError):
            ApiKey._meta.get_field("value").to_python(stored(self.row.pk))

    def test_no_form_has_it(self):
        self.assertNotIn("value", modelform_factory(ApiKey, fields="__all__").base_fields)
        self.assertNotIn("CANARY", str(model_to_dict(ApiKey.objects.get())))

    def test_a_dump_has_neither_key_nor_ciphertext(self):
        out = io.StringIO()
        call_command("dumpdata", "connector", stdout=out)
        self.assertIn(str(self.configuration.uuid), out.getvalue())
        for text in ("CANARY", "gAAAA"):
            self.assertNotIn(text, out.getvalue())

    def test_a_restored_dump_has_configurations_whose_key_is_missing(self):
        dump = serializers.serialize("json", [self.configuration, self.row])
        self.configuration.delete()
        for row in serializers.deserialize("json", dump):
            row.save()
        self.assertIsNone(ApiKey.objects.get().value)

    def test_a_fixture_with_a_ciphertext_is_refused(self):
        dump = serializers.serialize("json", [self.row]).replace('"value": ""', f'"value": "{stored(self.row.pk)}"')
        with self.assertRaises(serializers.base.DeserializationError):
            list(serializers.deserialize("json", dump))
