"""What one person may do at once and in a minute, so that nobody's loop spends everybody's money.

`reliability.md` section 4. Settings: `CONNECTOR_SENDS_A_MINUTE`, `CONNECTOR_ANSWERS_AT_ONCE`; 0 means no limit.
"""

import datetime
from typing import Any

from django.conf import settings
from django.db.models.functions import Now
from django.utils import timezone

from connector.client import errors
from connector.models.run import Run

MINUTE = datetime.timedelta(minutes=1)


def sends_a_minute() -> int:
    return int(getattr(settings, "CONNECTOR_SENDS_A_MINUTE", 20))


def answers_at_once() -> int:
    return int(getattr(settings, "CONNECTOR_ANSWERS_AT_ONCE", 3))


def check(user: Any) -> None:
    """Raise `errors.LimitReached` when `user` has to wait before the next run. Call it where asks are one by one."""
    theirs = Run.objects.filter(user=user, kind=Run.Kind.CHAT)
    if (at_once := answers_at_once()) and theirs.alive().count() >= at_once:
        raise errors.LimitReached(limit=f"{at_once} answers at once")
    if a_minute := sends_a_minute():
        # The run that must be a minute old: found by the index, however many there are.
        last = theirs.order_by("-pk")[a_minute - 1 : a_minute]
        if begun := Run.objects.filter(pk__in=last.values("pk"), created__gt=Now() - MINUTE).first():
            seconds = (begun.created + MINUTE - timezone.now()).total_seconds()
            raise errors.LimitReached(limit=f"{a_minute} messages a minute", seconds=max(1, round(seconds)))
