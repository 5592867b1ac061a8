"""Django's sessions in the database, found by a query that is put together once: each request of a person asks it."""

from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from connector.models.prepared import Prepared, given

_alive = Prepared(
    lambda: Session.objects.filter(
        session_key=given("key", Session, "session_key"), expire_date__gt=given("now", Session, "expire_date")
    )
)


class SessionStore(db.SessionStore):
    def _get_session_from_db(self) -> Any:
        found = _alive.first(key=self.session_key, now=timezone.now())
        if found is None:
            self._session_key = None  # as Django: a key that is not there is not taken over
        return found
