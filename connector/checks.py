"""System checks: what would fail later is said at the start, with what to do about it.

The canary is read from the database, in every `check` and not only in those that ask for databases: a server that
cannot read its keys looks healthy otherwise. A database that is not there yet is no problem of ours.
"""

import datetime
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core import checks
from django.db import DatabaseError
from django.utils import timezone

from connector import encryption

SOON = datetime.timedelta(days=60)


def register() -> None:
    for check in (encryption_keys, canary, default_models):
        checks.register(check, "connector")


def encryption_key_problem() -> str | None:
    """What keeps the stored keys from being read, in one sentence; None when all is well. Asks the database once."""
    return encryption.settings_problem() or _canary_problem()


def _canary_problem() -> str | None:
    from connector.models import Canary

    try:
        canary = Canary.objects.defer(None).first()
    except DatabaseError:
        return None  # not migrated, or no database: others say so
    if canary is None or canary.value is None or canary.is_alive:
        return None
    present = ", ".join(encryption.key_ids())
    return (
        "The stored keys cannot be read with the current encryption key "
        f"(stored with key id {canary.kid}, present: {present})."
    )


def encryption_keys(**options: Any) -> list[checks.CheckMessage]:
    problem = encryption.settings_problem()
    if problem:
        return [checks.Critical(problem, hint=encryption.HOW_TO_MAKE_ONE, id="connector.E001")]
    if settings.SECRET_KEY in encryption.configured():
        return [
            checks.Error(
                "FIELD_ENCRYPTION_KEY is the same as SECRET_KEY.",
                hint="Use one of its own, so that a leak of one does not open the other.",
                id="connector.E002",
            )
        ]
    return []


def canary(**options: Any) -> list[checks.CheckMessage]:
    problem = None if encryption.settings_problem() else _canary_problem()
    if not problem:
        return []
    hint = (
        "Start with the encryption key that the keys were stored with; it may stand second in FIELD_ENCRYPTION_KEY. "
        "If it is lost for good: manage.py rotate_keys --forget-unreadable, then enter the keys again."
    )
    return [checks.Critical(problem, hint=hint, id="connector.E003")]


def default_models(**options: Any) -> list[checks.CheckMessage]:
    try:
        return list(_default_model_warnings(timezone.localdate()))
    except DatabaseError:
        return []


def _default_model_warnings(today: datetime.date) -> Iterator[checks.CheckMessage]:
    from connector.models import Configuration

    for configuration in Configuration.objects.filter(enabled=True).prefetch_related("deployed_models"):
        for model, day in configuration.default_model_ends().items():
            if day <= today:
                yield checks.Warning(
                    f"{configuration}: the default model {model} was shut down on {day}.",
                    hint="Choose another default model in the configuration.",
                    id="connector.W001",
                )
            elif day <= today + SOON:
                yield checks.Warning(
                    f"{configuration}: the default model {model} will be shut down on {day}.",
                    hint="Choose another default model in the configuration before that day.",
                    id="connector.W002",
                )
