"""Prices in the admin: entered, corrected, and the next one made of the last."""

from decimal import Decimal

from django.test import TestCase
from django.urls import reverse

from connector.models import Price
from tests.builders import a_superuser, an_openai

ADD = reverse("admin:connector_price_add")
TYPED = {"model": "gpt-4o", "kind": "input", "amount": "2.5", "per": "1000000", "valid_from": "2026-11-28", "note": ""}


class PriceTests(TestCase):
    def setUp(self):
        self.client.force_login(a_superuser())

    def test_a_price_is_entered_for_one_configuration(self):
        configuration = an_openai()
        self.client.post(ADD, TYPED | {"configuration": configuration.pk})
        price = Price.objects.get()
        self.assertEqual((price.amount, price.configuration), (Decimal("2.5"), configuration))
        listed = self.client.get(reverse("admin:connector_price_changelist"))
        self.assertContains(listed, "gpt-4o")

    def test_what_is_wrong_is_said_at_its_field(self):
        page = self.client.post(ADD, TYPED | {"kind": "tokens"})
        self.assertContains(page, "This is no kind of price")
        page = self.client.post(ADD, TYPED | {"kind": "image"})
        self.assertContains(page, "image is priced one by one.")
        self.assertEqual(Price.objects.count(), 0)

    def test_a_second_one_from_the_same_day_on_is_refused(self):
        for _ in range(2):
            page = self.client.post(ADD, TYPED)
        self.assertContains(page, "from this day on already")

    def test_the_next_price_is_the_last_one_with_another_day(self):
        self.client.post(ADD, TYPED)
        change = reverse("admin:connector_price_change", args=[Price.objects.get().pk])
        self.client.post(change, TYPED | {"amount": "3", "valid_from": "2027-01-01", "_saveasnew": "1"})
        self.assertEqual(
            list(Price.objects.order_by("valid_from").values_list("amount", flat=True)), [Decimal("2.5"), Decimal(3)]
        )
