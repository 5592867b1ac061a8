"""What a provider lists → the deployed models of a configuration, and when it is time to ask again.

What administrators entered or touched stays as it is. Names come from another machine: bounded and cleaned here.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from django.db import models, transaction
from django.db.models.functions import Now
from django.utils import timezone

from connector.client import errors
from connector.models.configuration import ApiType, Configuration, ConfigurationQuerySet
from connector.models.deployed_model import DeployedModel

OLD = datetime.timedelta(days=1)  # when a list is asked for again
PAUSE = datetime.timedelta(hours=1)  # after a try, whatever came of it: a server that is down is left alone
LISTS = (ApiType.OPENAI, ApiType.OPENAI_COMPATIBLE)  # Azure lists what its region has, the sandbox what is in the code
MOST = 500
LONGEST = 200  # characters of a name


class Listed(Protocol):
    """A model as a provider lists it."""

    @property
    def id(self) -> str: ...
    @property
    def shutdown_date(self) -> datetime.date | None: ...


@dataclass(frozen=True)
class Loaded:
    new: int
    gone: int
    total: int
    left_out: int  # over the bound


def fill(configuration: Configuration, listed: Iterable[Listed]) -> Loaded:
    """Bring the rows that were loaded earlier to what is listed now. An empty list changes nothing."""
    ends = {name: model.shutdown_date for model in listed if (name := cleaned(model.id))}
    kept = dict(sorted(ends.items())[:MOST])
    with transaction.atomic():
        rows = {row.name: row for row in configuration.deployed_models.all()}
        new = [_row(configuration, name, day) for name, day in kept.items() if name not in rows]
        DeployedModel.objects.bulk_create(new, ignore_conflicts=True)  # two people may press the button
        for name, day in kept.items():
            row = rows.get(name)
            if row and row.source == DeployedModel.Source.PROVIDER and row.shutdown_date != day:
                row.shutdown_date = day
                row.save(update_fields=["shutdown_date"])
        gone = _forget(configuration, set(rows) - set(ends)) if kept else 0
        configuration.models_refreshed_at = configuration.models_tried_at = timezone.now()
        configuration.models_trouble = ""
        configuration.save(update_fields=["models_refreshed_at", "models_tried_at", "models_trouble"])
    return Loaded(new=len(new), gone=gone, total=len(kept), left_out=len(ends) - len(kept))


def stale() -> ConfigurationQuerySet:
    """The configurations whose list is old, and that were not asked for it lately.

    Of those that were never asked only servers without any model: for OpenAI the catalogue's names are a better
    choice than a hundred snapshots, until somebody wants them.
    """
    theirs = Configuration.objects.filter(enabled=True, api_type__in=LISTS)
    unknown = {"api_type": ApiType.OPENAI_COMPATIBLE, "models_refreshed_at": None, "deployed_models": None}
    old = models.Q(models_refreshed_at__lt=Now() - OLD) | models.Q(**unknown)
    return theirs.filter(old).filter(models.Q(models_tried_at=None) | models.Q(models_tried_at__lt=Now() - PAUSE))


def claim(configuration: Configuration) -> bool:
    """Whether it is ours to ask now; of several processes one is told so."""
    return stale().filter(pk=configuration.pk).update(models_tried_at=Now()) == 1


def remember_failure(configuration: Configuration, error: errors.ConnectorError) -> None:
    """So that pages can say since when the list is old, and why."""
    configuration.models_tried_at, configuration.models_trouble = timezone.now(), error.code
    configuration.save(update_fields=["models_tried_at", "models_trouble"])


def cleaned(name: str) -> str:
    """Without characters that do not print (control and right-to-left marks among them), cut to what a row holds."""
    return "".join(character for character in name[: 5 * LONGEST] if character.isprintable()).strip()[:LONGEST]


def _row(configuration: Configuration, name: str, day: datetime.date | None) -> DeployedModel:
    source = DeployedModel.Source.PROVIDER
    return DeployedModel(configuration=configuration, name=name, shutdown_date=day, source=source)


def _forget(configuration: Configuration, names: set[str]) -> int:
    loaded = configuration.deployed_models.filter(source=DeployedModel.Source.PROVIDER, name__in=names)
    return loaded.delete()[0]
