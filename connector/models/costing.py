"""What calls and runs cost: the price that an administrator entered for that day, else what the catalogue knows.

For each kind of price, the first that there is: dated prices for the configuration, dated prices for all, the `price`
of its deployed model, and the catalogue's, which are list prices of OpenAI and Azure: other servers have their own.
The sandbox costs nothing.
"""

import dataclasses
import datetime
import logging
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils import timezone

from connector import catalogue
from connector.catalogue import Bill, Family
from connector.catalogue.prices import Part
from connector.client import errors
from connector.models.configuration import ApiType, Configuration
from connector.models.deployed_model import DeployedModel
from connector.models.prepared import Prepared, given
from connector.models.price import Price
from connector.models.run import Run
from connector.models.usage import Used, pictures

LISTED = (ApiType.OPENAI, ApiType.AZURE_OPENAI)
FREE = Bill((Part("request", Decimal(1), Decimal(0)),))
FREE_OPERATIONS = ("models",)
MOST = 100_000  # US dollars that one answer can cost
NANO = Decimal("1e-9")  # of a dollar: what a row of a call or run keeps

logger = logging.getLogger(__name__)


def _codes(*kinds: type[errors.ConnectorError]) -> set[str]:
    """The codes of these errors and of all below them."""
    return {kind.code for kind in kinds} | {code for kind in kinds for code in _codes(*kind.__subclasses__())}


NOT_BILLED = _codes(errors.NotSent, errors.Refused)


_prices = Prepared(lambda: Price.objects.order_by("valid_from"))
_entered = Prepared(
    lambda: DeployedModel.objects.filter(
        configuration=given("configuration"), name=given("name", DeployedModel, "name")
    ).values_list("family", "overrides")
)
_api_type = Prepared(lambda: Configuration.objects.filter(pk=given("pk")).values_list("api_type"))


class Tariffs:
    """Prices, looked up once for many calls: one query for what was entered, and one for each model."""

    def __init__(self) -> None:
        self._dated: dict[str, list[Price]] | None = None
        self._deployed: dict[tuple[int, str], tuple[str, dict[str, Any]]] = {}

    def know(self, configuration: Configuration, model: str, family: str, price: Mapping[str, Any]) -> None:
        """What stands at a deployed model that was fetched already: nobody has to look."""
        self._deployed[configuration.pk, model] = (family, dict(price))

    def family(self, configuration: Configuration, model: str, day: datetime.date, answered: str = "") -> Family:
        """The family of `model` with the prices that `configuration` pays on `day`.

        What the provider says has `answered` is nearer the truth than a name that was asked for.
        """
        entered, own = self._entry(configuration, model)
        known = next(filter(None, map(catalogue.find, (entered, answered, model))), None)
        names = [known.name, model] if known and known.name != model else [model]
        price = dict(known.price) if known and configuration.api_type in LISTED else {}
        price |= own
        for whose in (None, configuration.pk):
            for name in names:
                price |= self._on(day, whose, name)
        return dataclasses.replace(known or Family(model), price=price)

    def _entry(self, configuration: Configuration, model: str) -> tuple[str, dict[str, Any]]:
        """What stands at the deployed model: its family, and prices."""
        key = (configuration.pk, model)
        if key not in self._deployed:
            family, overrides = _entered.first(configuration=configuration.pk, name=model) or ("", {})
            self._deployed[key] = family, overrides.get("price") or {}
        return self._deployed[key]

    def _on(self, day: datetime.date, configuration: int | None, model: str) -> dict[str, Any]:
        """Kind → the newest price that holds on `day`."""
        if self._dated is None:
            self._dated = {}
            for price in _prices.all():
                self._dated.setdefault(price.model, []).append(price)
        return {
            price.kind: price.in_catalogue_units
            for price in self._dated.get(model, ())
            if price.configuration_id == configuration and price.valid_from <= day
        }


def cost_of(
    configuration: Configuration | None,
    model: str,
    operation: str,
    usage: Mapping[str, Any],
    body: Mapping[str, Any] | None = None,
    at: datetime.datetime | None = None,
    *,
    answered: str = "",
    tier: str = "",
    pictures: int = 0,
    seconds: float | None = None,
    tariffs: Tariffs | None = None,
) -> Bill:
    """What `usage` of a request to `model` cost at the time `at` (now): its parts, and their total in US dollars.

    `answered`: the model that the provider says has answered. `tier`, `pictures` and `seconds`: as `catalogue.bill`.
    """
    if configuration is None:
        return Bill()
    if configuration.api_type == ApiType.SANDBOX or operation in FREE_OPERATIONS:
        return FREE
    day = (at or timezone.now()).astimezone(datetime.UTC).date()
    family = (tariffs or Tariffs()).family(configuration, model, day, answered)
    return catalogue.bill(family, usage, body, pictures, tier=tier, seconds=seconds)


def priced(configuration: Configuration, model: str) -> Family:
    """The family of `model` with the prices that `configuration` pays today, for what is said before it is asked."""
    return Tariffs().family(configuration, model, timezone.now().date())


def costs_of_runs(ends: Mapping[int, Mapping[str, Any]]) -> dict[int, Decimal | None]:
    """Run → what it costs, of runs that come to their end with these fields. A few queries for all of them."""
    tariffs = Tariffs()
    runs = Run.objects.filter(pk__in=ends).select_related("configuration")
    return {run.pk: _cost_of_run(run, ends[run.pk], tariffs) for run in runs}


def _cost_of_run(run: Run, ended: Mapping[str, Any], tariffs: Tariffs) -> Decimal | None:
    usage, answer = ended.get("usage") or {}, ended.get("answer") or {}
    if not usage and (ended.get("error") or {}).get("code") in NOT_BILLED:
        return Decimal(0)
    found = cost_of(
        run.configuration,
        run.model,
        run.operation,
        usage,
        run.request,
        run.created,
        answered=str(answer.get("model") or ""),
        tier=str(answer.get("service_tier") or ""),
        pictures=run.images.filter(state="kept").count() if run.kind == Run.Kind.IMAGE else 0,
        seconds=answer.get("duration"),
        tariffs=tariffs,
    )
    return rounded(found.total)


def price_calls(used: Sequence[Used]) -> None:
    """Write into these calls what they cost. A few queries for all of them; a mistake in a price leaves it unpriced."""
    tariffs = Tariffs()
    configurations = {pk: _payer(pk) for pk in {each.call.configuration_id for each in used} if pk}
    for each in used:
        try:
            each.call.cost = _cost_of_call(each, configurations.get(each.call.configuration_id or 0), tariffs)
        except ArithmeticError:
            logger.exception("What a call of %s costs could not be worked out.", each.call.model)
            each.call.cost = None


def _payer(pk: int) -> Configuration | None:
    """As much of a configuration as prices depend on."""
    found = _api_type.first(pk=pk)
    return Configuration(pk=pk, api_type=found[0]) if found else None


def _cost_of_call(used: Used, configuration: Configuration | None, tariffs: Tariffs) -> Decimal | None:
    call = used.call
    if not call.asks_a_model or (not call.usage and call.error_code in NOT_BILLED):
        return Decimal(0)
    if not call.is_ok and not call.usage:
        return None  # it may have been billed; nobody knows how much
    found = cost_of(
        configuration,
        call.model,
        call.operation,
        call.usage,
        used.body,
        call.started,
        answered=call.model_answered,
        tier=used.tier,
        pictures=pictures(used.body),
        seconds=used.seconds,
        tariffs=tariffs,
    )
    return rounded(found.total)


def rounded(cost: Decimal | None) -> Decimal | None:
    """As a row keeps it; None for what a server's nonsense would cost."""
    return None if cost is None or cost > MOST else cost.quantize(NANO)
