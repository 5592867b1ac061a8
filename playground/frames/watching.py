"""Who may go on watching: asked again and again while a stream is open."""

from collections.abc import Collection

from django.contrib.auth import HASH_SESSION_KEY, get_user_model
from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import SessionBase
from django.db.models import Q
from django.utils.crypto import constant_time_compare

from connector.models import Configuration, Run


def watchable(run_ids: Collection[int], user: User, session: SessionBase | None) -> set[int]:
    """Those of the runs that `user` may see: none once they are signed out or not active any more, and not those of
    a configuration that they may no longer use. Two or three queries."""
    fresh = get_user_model()._default_manager.filter(pk=user.pk, is_active=True).first()
    if fresh is None or (session is not None and not _is_alive(session, fresh)):
        return set()
    usable = Q(configuration=None) | Q(configuration__in=Configuration.objects.for_user(fresh).values("pk"))
    return set(Run.objects.for_user(fresh).filter(usable, pk__in=run_ids).order_by().values_list("pk", flat=True))


def _is_alive(session: SessionBase, user: User) -> bool:
    """Whether the session exists, has not expired, and was begun (or renewed) with the present password."""
    stored = type(session)(session.session_key).load()
    return constant_time_compare(str(stored.get(HASH_SESSION_KEY, "")), user.get_session_auth_hash())
