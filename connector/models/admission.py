"""Who may ask now, and that one form asks once: what asking means for every kind of run."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth import get_user_model
from django.db import IntegrityError, router, transaction
from django.db.models import F

from connector.client import errors
from connector.models.configuration import Configuration
from connector.models.run import Run

TOKEN_LENGTH = 64


def once(user_id: Any, token: str, lock: Callable[[], None], make: Callable[[], Run]) -> Run:
    """What `make` makes, in one transaction; what was made before, when the user sent `token` already.

    `lock` comes first and has to write, so that SQLite and PostgreSQL both let one ask of a user at a time pass. What
    it wrote is taken back where there is nothing to make.

    A used token is nearly always a second click, so it is looked for only when nothing could be made: the token's
    constraint sees to it that nothing is made twice, and a refusal (the first answer is still going, a limit is
    reached) may be the first click's own doing.
    """
    if len(token) > TOKEN_LENGTH:
        raise errors.InvalidParameter(param="token", reason="it is not one of ours")
    try:
        with transaction.atomic(using=router.db_for_write(Run)):
            lock()
            return make()
    except (IntegrityError, errors.NotSent):
        if first := _made_with(user_id, token):
            return first
        raise


def check(user: Any, configuration: Configuration | None) -> None:
    """Whether `user` may ask `configuration`; raises `errors.NoConfiguration`. Without a user, code asks: it may."""
    if configuration is None or not configuration.enabled:
        raise errors.NoConfiguration()
    if user:
        is_open = configuration.open_to_everyone and user.is_active
        if not (is_open or Configuration.objects.for_user(user).filter(pk=configuration.pk).exists()):
            raise errors.NoConfiguration()


def lock(user: Any) -> None:
    """Let one of this user at a time pass until the transaction ends: a row that is written is locked on every
    database. Nobody waits without a user."""
    if user:
        users = get_user_model()._default_manager.filter(pk=user.pk)
        key = get_user_model()._meta.pk.attname
        users.update(**{key: F(key)})


def _made_with(user_id: Any, token: str) -> Run | None:
    runs = Run.objects.select_related("session", "configuration")
    return runs.filter(user=user_id, token=token).first() if token and user_id else None
