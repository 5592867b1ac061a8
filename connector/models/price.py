"""A price that an administrator entered: what one kind costs of a model, from a day on."""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone

from connector.catalogue import prices


def name_of_price(value: object) -> None:
    """Raises `ValidationError` unless `value` is a name that the catalogue gives to prices."""
    if not isinstance(value, str) or not prices.is_kind(value):
        raise ValidationError(f"This is no kind of price; there are {', '.join(prices.UNITS)}.")


def today() -> Any:  # a date
    """In UTC, by which days of usage are counted."""
    return timezone.now().date()


class Price(models.Model):
    class Per(models.IntegerChoices):
        MILLION = 1_000_000, "million"
        THOUSAND = 1_000, "thousand"
        ONE = 1, "one (a picture, minute, request)"

    configuration = models.ForeignKey(
        "connector.Configuration",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="prices",
        help_text="Empty: for all configurations that have no price of their own.",
    )
    model = models.CharField(
        max_length=200, help_text="As it is asked for, or the catalogue's name of the family behind it."
    )
    kind = models.CharField(
        max_length=60,
        validators=[name_of_price],
        help_text=(
            "input, cached_input, cache_write, output, reasoning, or of what is read and written: text_input, "
            "image_input, audio_output …; characters, minute, request, image. With a tier in front where it differs: "
            "flex input; of long prompts: long input; of pictures by quality and size: image hd 1024x1792."
        ),
    )
    amount = models.DecimalField(
        "US dollars", max_digits=14, decimal_places=6, validators=[MinValueValidator(Decimal(0))]
    )
    per = models.PositiveIntegerField(choices=Per, default=Per.MILLION, help_text="How many tokens or characters.")
    valid_from = models.DateField(default=today, help_text="The first day (UTC) it holds, until a later one.")
    note = models.CharField(max_length=300, blank=True, help_text="Where it comes from: a page, a contract.")

    class Meta:
        ordering = ["model", "kind", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["configuration", "model", "kind", "valid_from"],
                name="price_once",
                violation_error_message="There is a price of this kind from this day on already.",
            ),
            models.UniqueConstraint(
                fields=["model", "kind", "valid_from"],
                condition=models.Q(configuration=None),
                name="price_for_all_once",
                violation_error_message="There is a price of this kind from this day on already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model}: {self.kind}"

    def clean(self) -> None:
        """Only what there are many of is sold by the thousand."""
        super().clean()
        if not self._is_by_million and self.per != self.Per.ONE:
            raise ValidationError({"per": f"{self.kind} is priced one by one."})

    @property
    def _is_by_million(self) -> bool:
        return prices.UNITS.get(self.kind.rpartition(" ")[2]) == prices.MILLION

    @property
    def in_catalogue_units(self) -> Decimal:
        """US dollars for as many as the catalogue's prices are for."""
        return self.amount * prices.MILLION / self.per if self._is_by_million else self.amount
