"""What a provider says of one of its models (`GET /models/{id}`), remembered for a while: no page waits for it."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core.cache import cache
from django.utils import timezone

from connector import activities
from connector.client import errors
from connector.models import Call, Configuration

FRESH = timedelta(hours=1)
KEPT = timedelta(days=7)
LONGEST = 200  # characters of what a provider says


@dataclass(frozen=True)
class Said:
    """`what` and `todo`: why nothing was said."""

    at: datetime
    owner: str = ""
    created: datetime | None = None
    shutdown: date | None = None
    what: str = ""
    todo: str = ""

    @property
    def is_fresh(self) -> bool:
        return timezone.now() - self.at < FRESH


def known(configuration: Configuration, model: str) -> Said | None:
    """What was said last."""
    kept = cache.get(_key(configuration, model))
    return _read(kept) if kept else None


def ask(user: User, configuration: Configuration, model: str) -> Said:
    """Ask the provider for `user`, and remember what it says. Takes as long as that takes."""
    at = {"at": timezone.now().timestamp()}
    try:
        with activities.on_behalf_of(user, source=Call.Source.PAGE):
            found = activities.get_model(configuration, model)
    except errors.ConnectorError as error:
        kept: dict[str, Any] = at | {"what": error.what, "todo": error.todo}
    else:
        day = found.shutdown_date.isoformat() if found.shutdown_date else ""
        kept = at | {"owner": found.owned_by[:LONGEST], "created": found.created, "shutdown": day}
    cache.set(_key(configuration, model), kept, KEPT.total_seconds())
    return _read(kept)


def _read(kept: dict[str, Any]) -> Said:
    return Said(
        at=datetime.fromtimestamp(kept["at"], UTC),
        owner=kept.get("owner", ""),
        created=_moment(kept.get("created") or 0),
        shutdown=date.fromisoformat(kept["shutdown"]) if kept.get("shutdown") else None,
        what=kept.get("what", ""),
        todo=kept.get("todo", ""),
    )


def _moment(seconds: int) -> datetime | None:
    """A server may say anything."""
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds > 0 else None
    except (OverflowError, OSError, ValueError):
        return None


def _key(configuration: Configuration, model: str) -> str:
    digest = hashlib.blake2b(model.encode(errors="surrogatepass"), digest_size=16).hexdigest()
    return f"model:{configuration.uuid}:{digest}"
