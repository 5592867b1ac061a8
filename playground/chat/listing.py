"""The list of sessions: pinned ones first, then by the day they were last used, a page at a time.

Pages go on after the last row of the one before (a key, not an offset), so that the ten-thousandth session costs
what the first one does and nothing is skipped when the list moves in between.
"""

import datetime
from dataclasses import dataclass
from itertools import groupby

from django.contrib.auth.models import User
from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format

from connector.models import ChatCompletionsSession
from playground import keys

AT_ONCE = 40
MAX_SEARCH = 200  # characters


PINNED, TODAY = "Pinned", "Today"


@dataclass(frozen=True, slots=True)
class Group:
    label: str  # "" when the page before ended in the same group
    sessions: list[ChatCompletionsSession]
    id: str = ""  # of the two that a chat goes to the top of when something is asked in it


@dataclass(frozen=True, slots=True)
class Page:
    groups: list[Group]
    after: str  # the key of the next page; "" at the end
    search: str = ""
    archived: bool = False

    @property
    def is_empty(self) -> bool:
        return not any(group.sessions for group in self.groups)


@dataclass(frozen=True, slots=True)
class Key:
    """Where a row stands in the list."""

    pinned: bool
    touched: datetime.datetime
    pk: int

    @classmethod
    def of(cls, session: ChatCompletionsSession) -> "Key":
        return cls(session.pinned, session.touched, session.pk)

    @classmethod
    def parse(cls, text: str) -> "Key | None":
        pinned, _, rest = text.partition("_")
        touched, _, pk = rest.partition("_")
        try:
            moment = parse_datetime(touched)
        except ValueError:
            return None
        number = keys.parse(pk)
        if moment is None or timezone.is_naive(moment) or number is None:
            return None
        return cls(pinned == "1", moment, number)

    def __str__(self) -> str:
        return f"{int(self.pinned)}_{self.touched.isoformat()}_{self.pk}"

    def behind(self) -> Q:
        """The rows after this one, in the list's order: pinned, touched and pk, each downwards."""
        older = Q(touched__lt=self.touched) | Q(touched=self.touched, pk__lt=self.pk)
        return Q(pinned=self.pinned) & older | (Q(pinned=False) if self.pinned else Q(pk__in=[]))


def page(user: User, search: str = "", archived: bool = False, after: str = "") -> Page:
    search = search.strip()[:MAX_SEARCH]
    sessions = ChatCompletionsSession.objects.for_user(user).chats()
    sessions = (sessions.archived() if archived else sessions.current()).search(search)
    key = Key.parse(after)
    if key:
        sessions = sessions.filter(key.behind())
    fields = ("pk", "title", "pinned", "archived", "touched")
    rows = list(sessions.order_by("-pinned", "-touched", "-pk").only(*fields)[: AT_ONCE + 1])
    more = len(rows) > AT_ONCE
    return Page(
        groups=_groups(rows[:AT_ONCE], key) if key or search else _with_tops(_groups(rows[:AT_ONCE], key)),
        after=str(Key.of(rows[AT_ONCE - 1])) if more else "",
        search=search,
        archived=archived,
    )


def _groups(rows: list[ChatCompletionsSession], key: Key | None) -> list[Group]:
    groups = [Group(name, list(found)) for name, found in groupby(rows, lambda s: label(s.pinned, s.touched))]
    if key and groups and groups[0].label == label(key.pinned, key.touched):
        groups[0] = Group("", groups[0].sessions)
    return groups


def _with_tops(groups: list[Group]) -> list[Group]:
    """The first page has the groups that chats move to, also while nothing is in them."""
    found = {group.label: group.sessions for group in groups}
    tops = [Group(PINNED, found.pop(PINNED, []), "pinned"), Group(TODAY, found.pop(TODAY, []), "today")]
    return [*tops, *(Group(label, sessions) for label, sessions in found.items())]


def label(pinned: bool, touched: datetime.datetime) -> str:
    """The heading under which a session stands: days for a week, then months."""
    if pinned:
        return PINNED
    day, today = timezone.localdate(touched), timezone.localdate()
    match (today - day).days:
        case days if days <= 0:
            return TODAY
        case 1:
            return "Yesterday"
        case days if days < 7:
            return date_format(day, "l")
        case _:
            return date_format(day, "F" if day.year == today.year else "F Y")
