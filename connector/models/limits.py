"""What one person may do at once and in a minute, so that nobody's loop spends everybody's money.

`reliability.md` section 4. Settings: `CONNECTOR_SENDS_A_MINUTE`, `CONNECTOR_ANSWERS_AT_ONCE`; 0 means no limit.
"""

import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, Q
from django.db.models.functions import Now

from connector.client import errors
from connector.models.run import STALE_AFTER, Run

MINUTE = datetime.timedelta(minutes=1)


def sends_a_minute() -> int:
    return int(getattr(settings, "CONNECTOR_SENDS_A_MINUTE", 20))


def answers_at_once() -> int:
    return int(getattr(settings, "CONNECTOR_ANSWERS_AT_ONCE", 3))


def check(user: Any) -> None:
    """Raise `errors.LimitReached` when `user` has to wait before the next run. Call it where asks are one by one."""
    counted = Run.objects.filter(user=user, kind=Run.Kind.CHAT).aggregate(
        sent=Count("pk", filter=Q(created__gt=Now() - MINUTE)),
        going=Count("pk", filter=Q(state__in=Run.State.going(), heartbeat__gte=Now() - STALE_AFTER)),
    )
    if 0 < answers_at_once() <= counted["going"]:
        raise errors.LimitReached(limit=f"{answers_at_once()} answers at once")
    if 0 < sends_a_minute() <= counted["sent"]:
        raise errors.LimitReached(limit=f"{sends_a_minute()} messages a minute", seconds=60)
