"""What a provider lists → the deployed models of a configuration.

What administrators entered or touched stays as it is. Names come from another machine: bounded and cleaned here.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from django.db import transaction
from django.utils import timezone

from connector.models import Configuration, DeployedModel

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
        configuration.models_refreshed_at = timezone.now()
        configuration.save(update_fields=["models_refreshed_at"])
    return Loaded(new=len(new), gone=gone, total=len(kept), left_out=len(ends) - len(kept))


def cleaned(name: str) -> str:
    """Without characters that do not print (control and right-to-left marks among them), cut to what a row holds."""
    return "".join(character for character in name[: 5 * LONGEST] if character.isprintable()).strip()[:LONGEST]


def _row(configuration: Configuration, name: str, day: datetime.date | None) -> DeployedModel:
    source = DeployedModel.Source.PROVIDER
    return DeployedModel(configuration=configuration, name=name, shutdown_date=day, source=source)


def _forget(configuration: Configuration, names: set[str]) -> int:
    loaded = configuration.deployed_models.filter(source=DeployedModel.Source.PROVIDER, name__in=names)
    return loaded.delete()[0]
