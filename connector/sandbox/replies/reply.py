"""What goes into the sandbox and what comes out, whichever door it uses."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field

from connector.sandbox.replies.pace import Pace


@dataclass(frozen=True, slots=True)
class Asked:
    """One HTTP request. `path` is without the door's prefix, as in `/v1/models`; header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    query: Mapping[str, str] = field(default_factory=dict)
    pace: Pace | None = None  # of the door; None: each model has its own
    root: str = "https://sandbox.invalid"  # what stands before the path, for addresses in answers

    @property
    def azure(self) -> bool:
        """Whether it was asked in Azure's spelling, which is also answered in Azure's way."""
        return self.path.startswith("/openai/")


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP response. A body that is not bytes is sent piece by piece as it comes, without a length."""

    status: int
    headers: dict[str, str]
    body: bytes | AsyncGenerator[bytes]


class Unreachable(Exception):
    """The request never arrived: `cause` is what the operating system says then."""

    def __init__(self, cause: OSError) -> None:
        self.cause = cause
        super().__init__(str(cause))


class Dropped(Exception):
    """The connection breaks here: before the answer when raised instead of a reply, else in the middle of its body."""
