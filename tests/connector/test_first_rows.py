from django.core.management import call_command
from django.test import TestCase

from connector.models import ApiType, Canary, Configuration
from tests.builders import a_user


class FirstRowsTests(TestCase):
    def test_a_fresh_database_has_a_canary_and_a_sandbox_for_everyone(self):
        self.assertTrue(Canary.objects.get().is_alive)
        sandbox = Configuration.objects.for_user(a_user()).get()
        self.assertEqual((sandbox.display_name, sandbox.api_type), ("Sandbox", ApiType.SANDBOX))
        sandbox.full_clean()

    def test_a_deleted_sandbox_does_not_come_back(self):
        Configuration.objects.all().delete()
        call_command("migrate", verbosity=0)
        self.assertFalse(Configuration.objects.exists())

    def test_migrating_again_leaves_the_canary_alone(self):
        before = Canary.objects.values_list("kid").get()
        call_command("migrate", verbosity=0)
        self.assertEqual(Canary.objects.values_list("kid").get(), before)
