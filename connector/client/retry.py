"""Whether a request is sent again, and after how long. Pure decisions; `transport` carries them out.

What decides is how far the request got (reliability.md 2): nothing was sent (A), sent without an answer (B), answered
with an error status (C). Once an answer has begun (D) nothing is ever sent again.
"""

import email.utils
import random
import re
import time
from collections.abc import Callable, Mapping

from connector.client import errors
from connector.client.operation import Operation

FIRST_WAIT = 0.5  # seconds, doubled each time, up to …
LONGEST_WAIT = 8.0
RETRIED = frozenset({408, 409, 429, 500, 502, 503, 504, 529})
NOT_BEGUN = frozenset({429, 503, 529})  # the provider said no before it did any work

_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m(?!s))?(?:([\d.]+)s)?(?:([\d.]+)ms)?")


def attempts(error: errors.ConnectorError, operation: Operation, most: int, *, reused: bool = False) -> int:
    """How many attempts in all the kind of `error` deserves, the first one included; 1: it is not sent again.

    `reused`: the request went over a kept connection, which the other side may have closed at that very moment.
    """
    match error:
        case errors.NameNotFound():
            return min(2, most)
        case errors.TLSFailed():
            return most if error.facts.get("cut") else 1
        case errors.ConnectionRefused() | errors.ConnectTimedOut() | errors.Unreachable():
            return most
        case errors.ConnectionReset() if reused:
            return min(2, most)
        case errors.NoAnswer():
            return 1 if operation.costly else min(2, most)
        case errors.RateLimited() | errors.ProviderTrouble() if error.status in RETRIED:
            if not operation.heavy:
                return most
            return min(2, most) if error.status in NOT_BEGUN else 1
    return 1


def backoff(attempt: int, chance: Callable[[], float] = random.random) -> float:
    """Seconds before the attempt after `attempt` (from 1): doubling, with full jitter so that a crowd spreads out."""
    return min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** (attempt - 1)) * chance()


def asked_to_wait(headers: Mapping[str, str], now: Callable[[], float] = time.time) -> float | None:
    """The seconds the provider wants us to wait: `retry-after-ms`, or `retry-after` in seconds or as a date.

    A date is read against the answer's own `date`, so that a wrong clock on either side does not matter.
    """
    for name in ("retry-after-ms", "x-ms-retry-after-ms"):
        if (value := _number(headers.get(name))) is not None:
            return value / 1000
    text = headers.get("retry-after", "")
    if (value := _number(text)) is not None:
        return value
    if (until := _date(text)) is None:
        return None
    since = _date(headers.get("date", ""))
    return max(0.0, until - (now() if since is None else since))


def forbidden(headers: Mapping[str, str]) -> bool:
    """The provider says that trying again makes no sense."""
    return headers.get("x-should-retry", "").lower() == "false"


def exhausted(headers: Mapping[str, str]) -> float:
    """On a good answer: the seconds until the rate limit lets the next request in; 0 when something is left."""
    waits = [
        duration(headers.get(f"x-ratelimit-reset-{what}", "")) or 0.0
        for what in ("requests", "tokens")
        if _number(headers.get(f"x-ratelimit-remaining-{what}")) == 0
    ]
    return max(waits, default=0.0)


def duration(text: str) -> float | None:
    """`6m0s`, `1s`, `20ms`, or plain seconds; None for anything else."""
    if (value := _number(text)) is not None:
        return value
    match = _DURATION.fullmatch(text.strip())
    if not match or not any(match.groups()):
        return None
    try:
        hours, minutes, seconds, milliseconds = (float(part or 0) for part in match.groups())
    except ValueError:
        return None
    return hours * 3600 + minutes * 60 + seconds + milliseconds / 1000


def _number(text: str | None) -> float | None:
    """A finite number that is not negative."""
    if text and re.fullmatch(r"\s*\d{1,12}(\.\d{1,9})?\s*", text):
        return float(text)
    return None


def _date(text: str) -> float | None:
    try:
        return email.utils.parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError):
        return None
