"""How much of each limit somebody has used up, and when there is room again, for them to see.

The rules are those of `limits`, which decides; here they are only told.
"""

import datetime
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models
from django.utils import timezone

from connector.client.limits import readable
from connector.models import limits
from connector.models.limits import ANSWERS, DAY, HOUR, MINUTE, REQUESTS, TEXTS
from connector.models.run import Run

MOST_LOOKED_AT = 2_000  # rows for one limit


@dataclass(frozen=True, slots=True)
class Standing:
    limit: str  # messages a minute
    used: int
    most: int
    told: str  # 3 of 20
    seconds: int | None = None  # until more of it is free; None: when something ends or is deleted


def of(user: Any) -> list[Standing]:
    """Where `user` stands with each limit that there is; a query or two for each of them."""
    pictures = limits.of_pictures(user)
    runs, drawn = Run.objects.filter(user=user), _rows("GeneratedImage").filter(user=user)
    messages, requests = runs.filter(kind__in=ANSWERS), runs.filter(kind__in=REQUESTS)
    uploads = _rows("StoredFile").filter(user=user, purpose="audio")
    found = [
        _at_once("answers at once", messages.alive().count() + requests.alive().count(), limits.answers_at_once()),
        _rate("messages a minute", messages, limits.sends_a_minute(), MINUTE),
        _busiest("requests of one kind a minute", requests, limits.calls_a_minute()),
        _texts("texts for vectors a minute", requests.filter(operation="embeddings"), limits.texts_a_minute()),
        _rate("pictures a minute", drawn, pictures["images_a_minute"], MINUTE),
        _rate("pictures a day", drawn, pictures["images_a_day"], DAY),
        _rate("recordings uploaded an hour", uploads, limits.uploads_an_hour(), HOUR),
        _storage("of storage", limits.used_storage(user), pictures["bytes_stored"]),
    ]
    return [each for each in found if each.most]


def _at_once(limit: str, used: int, most: int) -> Standing:
    return Standing(limit, used, most, f"{used} of {most}")


def _storage(limit: str, used: int, most: int) -> Standing:
    return Standing(limit, used, most, f"{readable(used)} of {readable(most)}")


def _rate(limit: str, rows: "models.QuerySet[Any]", most: int, span: datetime.timedelta) -> Standing:
    newest = rows.order_by("-pk").values_list("created", flat=True)
    return _of_moments(limit, list(newest[: min(most, MOST_LOOKED_AT)]), most, span)


def _busiest(limit: str, rows: "models.QuerySet[Any]", most: int) -> Standing:
    """Each operation has its own minute: that of the one which was asked most."""
    newest = list(rows.order_by("-pk").values_list("operation", "created")[: 5 * most])
    since = timezone.now() - MINUTE
    counted = Counter(operation for operation, created in newest if created > since)
    busiest = next((operation for operation, _ in counted.most_common(1)), "")
    return _of_moments(limit, [created for operation, created in newest if operation == busiest], most, MINUTE)


def _texts(limit: str, rows: "models.QuerySet[Any]", most: int) -> Standing:
    since = timezone.now() - MINUTE
    newest = rows.order_by("-pk").values_list("created", f"about__{TEXTS}")[:MOST_LOOKED_AT]
    counted = [(created, texts or 0) for created, texts in newest if created > since]
    used = sum(texts for _, texts in counted)
    return Standing(limit, used, most, f"{used:,} of {most:,}", _seconds([created for created, _ in counted], MINUTE))


def _of_moments(limit: str, moments: list[datetime.datetime], most: int, span: datetime.timedelta) -> Standing:
    since = timezone.now() - span
    recent = [moment for moment in moments if moment > since]
    return Standing(limit, len(recent), most, f"{len(recent)} of {most}", _seconds(recent, span))


def _seconds(recent: list[datetime.datetime], span: datetime.timedelta) -> int | None:
    """Until the oldest of them is as old as `span`."""
    return max(1, round((min(recent) + span - timezone.now()).total_seconds())) if recent else None


def _rows(model: str) -> "models.QuerySet[Any]":
    """Of models that are above this module."""
    manager: models.QuerySet[Any] = apps.get_model("connector", model)._default_manager.all()
    return manager
