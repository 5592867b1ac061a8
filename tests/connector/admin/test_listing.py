import datetime

from django.test import TestCase

from connector.admin import listing
from connector.models import DeployedModel
from connector.operations.models import Model
from tests.builders import an_openai


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
