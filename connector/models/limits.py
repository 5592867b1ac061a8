"""What one person may do at once, in a minute and in a day, so that nobody's loop spends everybody's money or disk.

`reliability.md` section 4. Settings: `CONNECTOR_SENDS_A_MINUTE`, `CONNECTOR_ANSWERS_AT_ONCE`,
`CONNECTOR_COLUMNS_AT_ONCE`, `CONNECTOR_CALLS_A_MINUTE`, `CONNECTOR_TEXTS_A_MINUTE`, `CONNECTOR_UPLOADS_AN_HOUR`,
`CONNECTOR_IMAGES_A_MINUTE`, `CONNECTOR_IMAGES_A_DAY`, `CONNECTOR_BYTES_STORED`; 0 means no limit. What an administrator
enters for a person (`UserLimits`) goes first.
"""

import datetime
import functools
from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.cache import caches
from django.db import models, router
from django.db.models.functions import Now
from django.utils import timezone

from connector import conf
from connector.client import errors
from connector.client.limits import readable
from connector.models.prepared import Prepared, given
from connector.models.run import Run, RunQuerySet
from connector.models.user_limits import UserLimits

type Moment = tuple[datetime.datetime]

REQUESTS = (Run.Kind.CALL, Run.Kind.SPEECH, Run.Kind.TRANSCRIPTION)  # kinds of runs that are counted as requests
MINUTE = datetime.timedelta(minutes=1)
LOOKUPS_A_MINUTE = 10  # the pages ask no more than once for a model in an hour
TEXTS = "texts"  # in `Run.about`: how many a request has
HOUR = datetime.timedelta(hours=1)
DAY = datetime.timedelta(days=1)
ANSWERS = (Run.Kind.CHAT, Run.Kind.PROMPT)  # kinds of runs that a model writes an answer in
USUAL = {"images_a_minute": 10, "images_a_day": 100, "bytes_stored": 2_000_000_000}


_alive = Prepared(lambda: _answers_of(given("user", Run, "user")).alive().values_list("pk", "session__comparison"))


def sends_a_minute() -> int:
    return int(getattr(settings, "CONNECTOR_SENDS_A_MINUTE", 20))


def answers_at_once() -> int:
    return int(getattr(settings, "CONNECTOR_ANSWERS_AT_ONCE", 3))


def columns_at_once() -> int:
    return int(getattr(settings, "CONNECTOR_COLUMNS_AT_ONCE", 6))


def calls_a_minute() -> int:
    return int(getattr(settings, "CONNECTOR_CALLS_A_MINUTE", 30))


def texts_a_minute() -> int:
    return int(getattr(settings, "CONNECTOR_TEXTS_A_MINUTE", 2_000))


def uploads_an_hour() -> int:
    return int(getattr(settings, "CONNECTOR_UPLOADS_AN_HOUR", 20))


def everyones() -> dict[str, int]:
    """What everyone may draw and keep, without limits of their own."""
    return {name: int(getattr(settings, f"CONNECTOR_{name.upper()}", usual)) for name, usual in USUAL.items()}


def of_pictures(user: Any) -> dict[str, int]:
    """What `user` may draw and keep: images_a_minute, images_a_day, bytes_stored; 0 means no limit."""
    own = UserLimits.objects.filter(user=user).values(*USUAL).first() or {}
    return everyones() | {name: most for name, most in own.items() if most is not None}


def used_storage(user: Any) -> int:
    """Bytes of all pictures and uploads of `user`, those included whose deletion can still be undone. One query."""
    images, files = (
        _rows(name).filter(user=user).order_by().values("user").annotate(total=models.Sum("bytes")).values("total")
        for name in ("GeneratedImage", "StoredFile")
    )
    both = images.union(files, all=True).order_by()
    return sum(int(row["total"] or 0) for row in both)


def check(user: Any, count: int = 1) -> None:
    """Raise `errors.LimitReached` when `user` has to wait before the next run, or the next `count` of a comparison.

    Each column of a comparison counts as a message, for it is paid for as one; all of them together as one answer at
    once, for they are asked and watched as one. Call it where asks are one by one.
    """
    if (at_once := answers_at_once()) and _asked_for(_alive.all(_database(), user=user.pk)) >= at_once:
        raise errors.LimitReached(limit=_of(at_once, "answer", "at once"))
    if a_minute := sends_a_minute():
        limit = _of(a_minute, "message", "a minute")
        if count > a_minute:
            raise errors.MoreThanTheLimit(limit=limit, count=count, most=a_minute)
        sent = _nth_message(a_minute - count + 1).first(_database(), user=user.pk)
        _check_room(sent, MINUTE, limit)


def _asked_for(runs: "Iterable[tuple[int, int | None]]") -> int:
    """How many things `runs` are, each with its comparison: the columns of one are one thing."""
    return len({comparison or -run for run, comparison in runs})


def check_calls(user: Any, operation: str) -> None:
    """As `check`, for a single request of `operation`: each operation has its own minute."""
    theirs = Run.objects.filter(user=user, kind__in=REQUESTS)
    if (at_once := answers_at_once()) and theirs.alive().count() >= at_once:
        raise errors.LimitReached(limit=_of(at_once, "request", "at once"))
    if a_minute := calls_a_minute():
        _check_rate(theirs.filter(operation=operation), 1, a_minute, MINUTE, _of(a_minute, "request", "a minute"))


def check_texts(user: Any, count: int) -> None:
    """Raise `errors.LimitReached` when `user` may not have `count` more texts turned into vectors now."""
    most = texts_a_minute()
    if not (count and most):
        return
    limit = _of(most, "text", "a minute")
    if count > most:
        raise errors.MoreThanTheLimit(limit=limit, count=count, most=most)
    asked = Run.objects.filter(user=user, kind=Run.Kind.CALL, operation="embeddings", created__gt=Now() - MINUTE)
    room = most - count
    for created, texts in asked.order_by("-pk").values_list("created", f"about__{TEXTS}"):
        room -= texts or 0
        if room < 0:  # there is room again when this one is a minute old
            seconds = (created + MINUTE - timezone.now()).total_seconds()
            raise errors.LimitReached(limit=limit, seconds=max(1, round(seconds)))


def check_uploads(user: Any) -> None:
    """Raise `errors.LimitReached` when `user` may not upload another recording now."""
    theirs = _rows("StoredFile").filter(user=user, purpose="audio")
    if an_hour := uploads_an_hour():
        _check_rate(theirs, 1, an_hour, HOUR, _of(an_hour, "upload", "an hour"))


def check_lookups(user: Any) -> None:
    """Raise `errors.LimitReached` when `user` has asked providers too often for what costs nothing: lists of models."""
    cache, name = caches[conf.limits_cache()], f"connector.lookups.{user.pk}"
    cache.add(name, 0, MINUTE.seconds)
    try:
        count = cache.incr(name)
    except ValueError:  # it expired between the two
        return
    if count > LOOKUPS_A_MINUTE:
        raise errors.LimitReached(limit=_of(LOOKUPS_A_MINUTE, "look", "a minute"), seconds=MINUTE.seconds)


def check_pictures(user: Any, count: int) -> None:
    """Raise `errors.LimitReached` or `errors.StorageFull` when `user` may not have `count` more pictures drawn now.

    Pictures that failed count as well: most were paid for. Call it where asks are one by one.
    """
    most = of_pictures(user)
    drawn = _rows("GeneratedImage").filter(user=user)
    if a_minute := most["images_a_minute"]:
        _check_rate(drawn, count, a_minute, MINUTE, _of(a_minute, "picture", "a minute"))
    if a_day := most["images_a_day"]:
        _check_rate(drawn, count, a_day, DAY, _of(a_day, "picture", "a day"))
    check_storage(user)


def check_storage(user: Any, more: int = 0) -> None:
    """Raise `errors.StorageFull` when `user` has no room for `more` bytes."""
    most = of_pictures(user)["bytes_stored"] if user else 0
    if most and (used := used_storage(user)) + max(more, 1) > most:
        raise errors.StorageFull(used=readable(used), limit=readable(most))


def _check_rate(rows: "models.QuerySet[Any]", count: int, most: int, span: datetime.timedelta, limit: str) -> None:
    """Whether `count` more `rows` may be `created` when there are at most `most` in `span`."""
    if count > most:
        raise errors.MoreThanTheLimit(limit=limit, count=count, most=most)
    _check_room(_nth(rows, most - count + 1, span).first(), span, limit)


def _nth(rows: "models.QuerySet[Any]", number: int, span: datetime.timedelta) -> "models.QuerySet[Any, Moment]":
    """When the last but `number` of `rows` was made, if that was in the `span` until now: the row that must be older.

    Found by the index, however many there are.
    """
    last = rows.order_by("-pk")[number - 1 : number]
    return rows.filter(pk__in=last.values("pk"), created__gt=Now() - span).values_list("created")


@functools.cache
def _nth_message(number: int) -> "Prepared[Moment]":
    return Prepared(lambda: _nth(_answers_of(given("user", Run, "user")), number, MINUTE))


def _check_room(made: "Moment | None", span: datetime.timedelta, limit: str) -> None:
    """There is room again when what was `made` is as old as `span`."""
    if made:
        seconds = (made[0] + span - timezone.now()).total_seconds()
        raise errors.LimitReached(limit=limit, seconds=max(1, round(seconds)))


def _answers_of(user: Any) -> RunQuerySet:
    return Run.objects.filter(user=user, kind__in=ANSWERS)


def _database() -> str:
    return router.db_for_write(Run)


def _of(number: int, thing: str, when: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'} {when}"


def _rows(model: str) -> "models.QuerySet[Any]":
    """Of models that are above this module: they ask it."""
    manager: models.QuerySet[Any] = apps.get_model("connector", model)._default_manager.all()
    return manager
