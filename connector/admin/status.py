"""What is known of a configuration, for people to read; nothing here decrypts or calls out.

`may_change`: those who may change a configuration see the key's ending and the whole endpoint, others do not.
"""

import datetime
from dataclasses import dataclass
from typing import Literal

from django.utils import timezone
from django.utils.timesince import timesince, timeuntil

from connector import encryption
from connector.client import errors
from connector.models import ApiType, Configuration
from connector.models.api_key import ApiKey

type Mood = Literal["good", "bad", "warn", "plain"]


@dataclass(frozen=True)
class Line:
    """One fact: a few words, a mood for its colour, and more of it where there is room."""

    text: str
    mood: Mood = "plain"
    more: str = ""


def host(configuration: Configuration) -> str:
    """Where it is, without path or anything else; "" when the endpoint stored is not valid."""
    if configuration.api_type == ApiType.SANDBOX:
        return "in this process"
    try:
        return configuration.parsed_endpoint().host
    except errors.InvalidParameter:
        return ""


def endpoint(configuration: Configuration) -> Line:
    try:
        return Line(configuration.parsed_endpoint().understood)
    except errors.InvalidParameter as error:
        return Line("The endpoint is not valid.", "bad", str(error.facts["reason"]))


def key(configuration: Configuration, *, may_change: bool) -> Line:
    if configuration.api_type == ApiType.SANDBOX:
        return Line("not needed")
    row: ApiKey | None = getattr(configuration, "api_key", None)
    if row is None:
        return Line("missing", "bad") if configuration.needs_key else Line("none")
    if not row.is_readable:
        present = ", ".join(encryption.key_ids())
        more = (
            "It cannot be read with the current encryption key "
            f"(stored with key id {row.kid}, present: {present}). It is kept; set it again only if that key is lost."
        )
        return Line("unreadable", "bad", more)
    text, more = _set(row, may_change=may_change)
    if configuration.key_refused_at:
        return Line(f"{text} · refused", "bad", f"The provider refused it {ago(configuration.key_refused_at)}. {more}")
    if row.ends is not None:
        return _of_token(row.ends, text, more)
    return Line(text, "good", more)


def _of_token(ends: datetime.datetime, text: str, more: str) -> Line:
    """A token does not live long, and nobody else will say so before it is too late."""
    better = "With the secret of an application as the key, new tokens are fetched by themselves."
    if ends <= timezone.now():
        return Line(f"{text} · ended", "bad", f"The token ended {ago(ends)}: enter a new one. {better} {more}")
    return Line(f"{text} · ends in {timeuntil(ends, depth=1)}", "warn", f"{better} {more}")


def _set(row: ApiKey, *, may_change: bool) -> tuple[str, str]:
    if not may_change:
        return "set", f"Changed {ago(row.changed)}."
    ending = f"set · ends in {row.ending}" if row.ending else "set"
    by = f" by {row.changed_by}" if row.changed_by else ""
    return ending, f"Changed {timezone.localtime(row.changed):%Y-%m-%d}{by}. Only sent to {row.origin}."


def users(configuration: Configuration) -> Line:
    if not configuration.enabled:
        return Line("nobody: switched off", "warn")
    if configuration.open_to_everyone:
        return Line("everyone who signs in")
    names = sorted(group.name for group in configuration.groups.all())
    return Line(", ".join(names)) if names else Line("nobody yet", "warn")


def test(configuration: Configuration) -> Line:
    if configuration.tested_at is None:
        return Line("not tested yet")
    when = ago(configuration.tested_at)
    works = configuration.test_code == "ok"
    return Line(f"{'works' if works else 'failed'} · {when}", "good" if works else "bad", configuration.test_text)


def ago(moment: datetime.datetime) -> str:
    """`3 days ago`: one unit is enough."""
    if timezone.now() - moment < datetime.timedelta(minutes=1):
        return "just now"
    return f"{timesince(moment, depth=1)} ago"
