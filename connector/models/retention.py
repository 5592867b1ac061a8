"""How long the record of calls is kept: as long as each configuration says, then it goes, a few hundred rows at a time.

Where a configuration keeps no bodies (any more), those that are there go at the next occasion; the facts of a call go
with their days. So do requests that were sent by hand, with the files that came: they are a record, and nothing else.
"""

import datetime
from collections.abc import Iterator
from typing import Any

from django.db import models, router, transaction
from django.utils import timezone

from connector import conf
from connector.models.call import Call, CallContent
from connector.models.configuration import Configuration
from connector.models.requesting import RAW
from connector.models.run import Run

BATCH = 500  # rows in one transaction
MOST = 20_000  # rows at one time where others wait, so that a first time does not take minutes


def prune(most: int | None = None, days: int | None = None) -> int:
    """Delete what is past its time; how many calls went, and bodies that went alone. At most `most` of them.

    `days` stands in for what the configurations and the settings say.
    """
    gone = 0
    for rows in (*_bodies_not_wanted(), *_past(days)):
        while left := BATCH if most is None else min(BATCH, most - gone):
            pks = list(rows[:left])
            if not pks:
                break
            _delete(rows.model, pks)
            gone += len(pks)
    return gone


def _past(days: int | None) -> Iterator["models.QuerySet[Any, Any]"]:
    """Of each configuration what is too old, calls and requests by hand, and of those that are gone."""
    for configuration, kept in _days():
        if kept_days := kept if days is None else days:
            end = timezone.now() - datetime.timedelta(days=kept_days)
            old = Call.objects.filter(configuration=configuration, started__lt=end)
            yield old.order_by("started").values_list("pk", flat=True)
            by_hand = Run.objects.filter(kind=Run.Kind.CALL, operation=RAW, configuration=configuration)
            yield by_hand.filter(created__lt=end).order_by("pk").values_list("pk", flat=True)


def _days() -> Iterator[tuple[int | None, int]]:
    for configuration in Configuration.objects.only("record_days"):
        yield configuration.pk, configuration.days_recorded()
    yield None, conf.record_days()


def _bodies_not_wanted() -> Iterator["models.QuerySet[Any, Any]"]:
    for configuration in Configuration.objects.only("record_calls"):
        if configuration.recorded() != Configuration.Record.ALL:
            bodies = CallContent.objects.filter(call__configuration=configuration.pk)
            yield bodies.order_by().values_list("pk", flat=True)


def _delete(model: "type[models.Model]", pks: list[int]) -> None:
    with transaction.atomic(using=router.db_for_write(Call)):
        if model is not Run:
            CallContent.objects.filter(pk__in=pks).delete()
        if model is not CallContent:
            model._default_manager.filter(pk__in=pks).delete()
