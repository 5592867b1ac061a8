"""Takes keys out of text: of log lines, of what providers say, of anything that is stored or shown.

Two nets. What is alive: every `Secret` registers itself here, weakly, and its exact value goes, plain, URL-encoded
and in base64. What looks like a key: the shapes below, for keys that this process does not hold.
"""

import base64
import re
import weakref
from collections.abc import Iterator
from typing import Protocol
from urllib.parse import quote, quote_plus

HIDDEN = "…[hidden]"
SHORTEST = 8  # characters; below that a "key" such as EMPTY or none is a word, and taking it out would spoil texts

_SHAPES = re.compile(
    r"""
      (?P<openai>   (?<![A-Za-z0-9]) (?:sk|sess|pk) - [A-Za-z0-9_*\-.…]{8,} )
    | (?P<header>   (?: x-api-key | api[-_ ]?key | ocp-apim-subscription-key | authorization ) ["']? \s* [:=] \s* ["']?
                    (?: (?:bearer|basic) \s+ )? ) (?P<header_value> (?! bearer\b | basic\b ) [^\s"',;<>\[\]]{6,} )
    | (?P<bearer>   (?<![A-Za-z]) bearer \s+ ) (?P<bearer_value> (?=\S*\d | \S{20}) [A-Za-z0-9._~+/=\-]{6,} )
    | (?P<fernet>   gAAAA [A-Za-z0-9_\-]{8,} ={0,2} )
    | (?P<jwt>      (?<![A-Za-z0-9]) eyJ [A-Za-z0-9_\-]{8,} (?: \. [A-Za-z0-9_\-]* ){1,2} )
    | (?P<azure>    (?<![A-Za-z0-9_\-]) (?: [0-9a-fA-F]{32} | [A-Za-z0-9]{84} ) (?![A-Za-z0-9_\-]) )
    """,
    re.VERBOSE | re.IGNORECASE,
)


class Revealing(Protocol):
    """What can be registered: something that knows its own plain text."""

    def reveal(self) -> str: ...


_alive: weakref.WeakSet[Revealing] = weakref.WeakSet()


def register(secret: Revealing) -> None:
    """From now on, and as long as it lives, `secret` is taken out of every text."""
    _alive.add(secret)


def mask(text: str) -> str:
    """`text` without keys; what stood there reads `…[hidden]`."""
    for spelling in sorted(_spellings(), key=len, reverse=True):
        text = text.replace(spelling, HIDDEN)
    return _SHAPES.sub(_hide, text)


def _hide(match: re.Match[str]) -> str:
    if match["openai"]:
        return match["openai"].partition("-")[0] + "-" + HIDDEN
    return (match["header"] or match["bearer"] or "") + HIDDEN


def _spellings() -> Iterator[str]:
    for secret in list(_alive):
        value = secret.reveal()
        if len(value) < SHORTEST:
            continue
        yield value
        yield quote(value, safe="")
        yield quote_plus(value)
        yield base64.b64encode(value.encode()).decode().rstrip("=")
        yield base64.urlsafe_b64encode(value.encode()).decode().rstrip("=")
