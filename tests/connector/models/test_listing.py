import asyncio
import datetime

from django.test import TestCase, TransactionTestCase
from django.utils import timezone

from connector import testing
from connector.models import Configuration, DeployedModel, listing
from connector.operations.models import Model
from connector.runs import lists, threads
from tests.builders import a_configuration, an_openai


class FillTests(TestCase):
    def setUp(self):
        self.configuration = an_openai()

    def fill(self, *names, **dates):
        models = [Model(id=name) for name in names]
        models += [Model(id=name, shutdown_date=day) for name, day in dates.items()]
        return listing.fill(self.configuration, models)

    def names(self):
        return [row.name for row in self.configuration.deployed_models.all()]

    def test_dates_are_kept_and_brought_up_to_date(self):
        day = datetime.date(2026, 12, 11)
        self.fill(m=day)
        self.assertEqual(self.configuration.deployed_models.get().shutdown_date, day)
        self.fill(m=None)
        self.assertIsNone(self.configuration.deployed_models.get().shutdown_date)

    def test_what_is_gone_goes_what_is_new_comes(self):
        self.fill("a", "b")
        loaded = self.fill("b", "c")
        self.assertEqual((loaded.new, loaded.gone, loaded.total), (1, 1, 2))
        self.assertEqual(self.names(), ["b", "c"])

    def test_what_administrators_made_stays_as_it_is(self):
        day = datetime.date(2027, 1, 1)
        for name in ("mine", "listed"):
            DeployedModel.objects.create(
                configuration=self.configuration, name=name, serves=["embeddings"], enabled=False, shutdown_date=day
            )
        self.fill("listed", "new")
        self.assertEqual(self.names(), ["listed", "mine", "new"])
        listed = self.configuration.deployed_models.get(name="listed")
        self.assertEqual((listed.serves, listed.enabled, listed.shutdown_date), (["embeddings"], False, day))

    def test_an_empty_list_takes_nothing_away(self):
        self.fill("a")
        self.fill()
        self.assertEqual(self.names(), ["a"])

    def test_names_from_another_machine_are_bounded_and_cleaned(self):
        self.fill("a\x00b", "x" * 1_000_000, "\u202e\u200b", "<img src=x>", "  ", "ok\r\nX: y", "dup", "dup")
        self.assertEqual(self.names(), ["<img src=x>", "ab", "dup", "okX: y", "x" * 200])

    def test_ten_thousand_are_five_hundred(self):
        loaded = self.fill(*(f"m{number:05}" for number in range(10_000)))
        self.assertEqual((loaded.total, loaded.left_out), (500, 9_500))
        self.assertEqual(len(self.names()), 500)

    def test_over_the_bound_loading_again_takes_nothing_away(self):
        self.fill("zzz")
        self.fill("zzz", *(f"m{number:03}" for number in range(600)))
        self.assertIn("zzz", self.names())


class StaleTests(TestCase):
    def stale(self):
        return set(listing.stale().values_list("display_name", flat=True))

    def test_which_lists_are_asked_for_again(self):
        now = timezone.now()
        days, hours = (datetime.timedelta(days=2), datetime.timedelta(hours=2))
        server = {"api_type": "openai_compatible", "endpoint": "https://models.example/v1"}
        a_configuration(display_name="old", **server, models_refreshed_at=now - days, models_tried_at=now - days)
        a_configuration(display_name="tried", **server, models_refreshed_at=now - days, models_tried_at=now)
        a_configuration(display_name="fresh", **server, models_refreshed_at=now - hours)
        a_configuration(display_name="off", **server, models_refreshed_at=now - days, enabled=False)
        a_configuration(display_name="never", **server)
        a_configuration(display_name="typed", **server).deployed_models.create(name="m")
        an_openai(display_name="openai, never")
        an_openai(display_name="openai, old", models_refreshed_at=now - days)
        a_configuration(display_name="sandbox", models_refreshed_at=now - days)
        self.assertEqual(self.stale(), {"old", "never", "openai, old"})

    def test_one_asks_at_a_time(self):
        configuration = an_openai(models_refreshed_at=timezone.now() - datetime.timedelta(days=2))
        self.assertEqual((listing.claim(configuration), listing.claim(configuration)), (True, False))


class RefreshTests(TransactionTestCase):
    def setUp(self):
        Configuration.objects.all().delete()
        self.configuration = an_openai(key="sk-" + "a" * 30, models_refreshed_at=timezone.now() - 2 * listing.OLD)

    def tearDown(self):
        asyncio.run(threads.close())

    def refresh(self):
        asyncio.run(lists.refresh())
        self.configuration.refresh_from_db()
        return self.configuration

    def test_an_old_list_is_brought_up_to_date(self):
        with testing.recorded(self.configuration, [{"data": [{"id": "m", "shutdown_date": "2027-01-14"}]}]):
            found = self.refresh()
        self.assertEqual(found.deployed_models.get().shutdown_date, datetime.date(2027, 1, 14))
        self.assertLess(timezone.now() - found.models_refreshed_at, listing.PAUSE)
        self.assertEqual(found.models_trouble, "")

    def test_what_fails_is_remembered_and_left_alone(self):
        self.configuration.remove_key()
        found = self.refresh()
        self.assertEqual(found.models_trouble, "key_missing")
        self.assertEqual(list(listing.stale()), [])
        self.assertGreater(timezone.now() - found.models_refreshed_at, listing.OLD)
