"""What a record of calls is told: the request as it was sent, and for each attempt what came back, and when.

No key is in it: of the headers only those are taken that say how a request was meant or how the provider fared. Bodies
are as they were, so whoever keeps them masks them first (`cleaning`).
"""

import itertools
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from connector.client.masking import HIDDEN
from connector.client.transcript import Transcript

_TELLING = re.compile(
    r"content-(type|length|disposition)|date|retry-after(-ms)?|x-should-retry|(x-)?request-id|apim-request-id|cf-ray"
    r"|x-ratelimit-[a-z0-9-]+|ratelimit-[a-z0-9-]+|x-ms-[a-z0-9-]+|azureml-[a-z0-9-]+"
    r"|openai-(processing-ms|version|model)|x-envoy-upstream-service-time|server-timing",
    re.IGNORECASE,
)
_SECRET = re.compile(r"auth|key|token|secret|cookie|passw|credential|signature|session", re.IGNORECASE)
MADE_WITH = {"authorization", "api-key", "openai-organization", "openai-project"}  # a configuration's own
MOST_HEADERS = 60
LONGEST_HEADER = 1000  # characters


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it was sent, the same for all its attempts."""

    operation: str
    method: str
    path: str  # below the endpoint's base, with its query
    model: str
    headers: Mapping[str, str]  # without those that the connection is made with
    body: bytes | None
    call: int  # the same for all attempts of one call
    asked: float = field(default_factory=time.time)  # when the call began; seconds since 1970


@dataclass(slots=True)
class Exchange:
    """One attempt: its request, what came, and when."""

    request: Request
    attempt: int
    started: float = field(default_factory=time.time)  # seconds since 1970
    status: int = 0  # 0: none came
    request_id: str = ""
    reused: bool = False  # over a connection that was open already
    connected_ms: float | None = None  # all four from the start
    first_byte_ms: float | None = None
    first_token_ms: float | None = None  # of a stream
    duration_ms: float = 0.0
    is_stream: bool = False
    answer_bytes: int = 0
    error: str = ""  # the code of ours
    said: str = ""  # the error in a sentence
    headers: Mapping[str, str] = field(default_factory=dict)
    answer: Transcript | None = None


_calls = itertools.count(1)


def new_call() -> int:
    """A number for a call."""
    return next(_calls)


type Record = Callable[[Exchange], None]


def sent_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """What is told of a request's `headers`: not those that the connection is made with, the key first of all. One
    whose name sounds secret is named only."""
    told = {name: value for name, value in headers.items() if name.lower() not in MADE_WITH}
    return {name: HIDDEN if _SECRET.search(name) else value[:LONGEST_HEADER] for name, value in _some(told).items()}


def telling_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers of an answer that are worth keeping: ids, limits, times, types."""
    told = {name.lower(): value for name, value in headers.items() if _TELLING.fullmatch(name)}
    return {name: value[:LONGEST_HEADER] for name, value in _some(told).items()}


def _some(headers: Mapping[str, str]) -> dict[str, str]:
    return dict(list(headers.items())[:MOST_HEADERS])
