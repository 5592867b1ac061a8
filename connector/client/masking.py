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

# How each of the shapes begins, in lower case, and how long before that it may have begun (x-api-key, ocp-apim-…).
# Looking for these is a small part of the work of looking for the shapes.
_BEGINNINGS = (
    *((b"sk-", (0,)), (b"sess-", (0,)), (b"pk-", (0,)), (b"gaaaa", (0,)), (b"bearer", (0,)), (b"authorization", (0,))),
    (b"api", (0, 2, 4)),
)
_TOKEN = b"eyj"
_TOKENS_LETTERS = re.compile(r"[A-Za-z0-9_\-]*+")
_ALIKE = bytes(97 if chr(byte).isascii() and chr(byte).isalnum() else 32 for byte in range(256))
_RUN = b"a" * 32  # letters and digits in a row, each written as an a: the shortest of Azure's keys


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
    return _without_shapes(text)


def _without_shapes(text: str) -> str:
    plain = text.encode("latin-1", "replace").lower()  # a byte for each character
    kept: list[str] = []
    end = 0
    for at in sorted({*_beginnings(plain), *_tokens(plain, text), *_runs(plain)}):
        if at >= end and (found := _SHAPES.match(text, at)):
            kept += (text[end:at], _hide(found))
            end = found.end()
    return "".join([*kept, text[end:]]) if kept else text


def _beginnings(plain: bytes) -> Iterator[int]:
    for beginning, earlier in _BEGINNINGS:
        at = plain.find(beginning)
        while at >= 0:
            yield from (max(0, at - before) for before in earlier)
            at = plain.find(beginning, at + 1)


def _tokens(plain: bytes, text: str) -> Iterator[int]:
    """Where a token may begin; of a row of its letters only the first place, or else a long row takes for ever."""
    at = plain.find(_TOKEN)
    while at >= 0:
        end = at + 1
        if not plain[at - 1 : at].isalnum():
            yield at
            row = _TOKENS_LETTERS.match(text, at)
            end = row.end() if row else end
        at = plain.find(_TOKEN, end)


def _runs(plain: bytes) -> Iterator[int]:
    alike = plain.translate(_ALIKE)
    at = alike.find(_RUN)
    while at >= 0:
        yield at
        end = alike.find(b" ", at)
        at = alike.find(_RUN, end) if end >= 0 else -1


def _hide(match: re.Match[str]) -> str:
    if match["openai"]:
        return match["openai"].partition("-")[0] + "-" + HIDDEN
    return (match["header"] or match["bearer"] or "") + HIDDEN


def _spellings() -> Iterator[str]:
    for value in {secret.reveal() for secret in list(_alive)}:  # many calls at once have the same key
        if len(value) < SHORTEST:
            continue
        yield value
        yield quote(value, safe="")
        yield quote_plus(value)
        yield base64.b64encode(value.encode()).decode().rstrip("=")
        yield base64.urlsafe_b64encode(value.encode()).decode().rstrip("=")
