"""Who has just asked may watch at once: their page opens its stream a moment after the answer to the question.

Who they are was looked up for the question, and that the run is theirs is known, too. So they get a ticket, kept in
this process and taken once, with the cookie that they asked with. It spares three queries and a trip to a thread, for
which a hundred others would have to wait. It says when its owner was looked up: the stream looks again as soon after
that as it always does, so nobody watches longer than without it.
"""

import copy
import threading
import time
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.utils.crypto import constant_time_compare

from connector.models import Run
from playground.access import UserRequest

LIFE = 4.0  # seconds; as long as a stream lasts until it looks again
MOST = 2_000  # that are not taken yet


@dataclass(frozen=True, slots=True)
class Ticket:
    user: User
    session_key: str
    given: float  # on the monotonic clock, which is the event loop's as well


_lock = threading.Lock()
_tickets: dict[int, Ticket] = {}  # by the run's pk, the oldest first


def give(request: UserRequest, run: Run) -> None:
    """For the person who asked for `run` with `request`."""
    key = request.session.session_key
    if key and run.user_id == request.user.pk:
        user = copy.copy(request.user)  # itself, not what looks it up and would keep the whole request
        with _lock:
            _forget_old()
            _tickets[run.pk] = Ticket(user, key, time.monotonic())


def take(session_key: str | None, run_id: int) -> Ticket | None:
    """The ticket for a run, when there is one for this session; it is used up thereby."""
    with _lock:
        ticket = _tickets.get(run_id)
        if ticket is None or not constant_time_compare(ticket.session_key, session_key or ""):
            return None
        del _tickets[run_id]
    return ticket if time.monotonic() - ticket.given < LIFE else None


def _forget_old() -> None:
    now = time.monotonic()
    while _tickets:
        run_id, oldest = next(iter(_tickets.items()))
        if now - oldest.given < LIFE and len(_tickets) < MOST:
            return
        del _tickets[run_id]
