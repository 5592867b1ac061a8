"""What is asked, with the fifteen inputs of Prismatic's raw request, and what comes back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connector.client import refusal, wire
from connector.client.multipart import File

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
RESPONSE_TYPES = ("json", "text", "binary")

type Pairs = Mapping[str, str] | Sequence[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Request:
    """The connection is the client's. Times in milliseconds; None means the configuration's own."""

    path: str = "/v1/models"
    method: str = "GET"
    data: bytes | str | Sequence[Any] | Mapping[str, Any] | None = None  # a text is sent as it stands
    form: Mapping[str, Any] = field(default_factory=dict)  # multipart fields
    files: Mapping[str, File | bytes] = field(default_factory=dict)  # multipart files
    file_names: Mapping[str, str] = field(default_factory=dict)  # what the files are called, by the keys of `files`
    query: Pairs = ()
    headers: Pairs = ()
    response_type: str = "json"  # json | text | binary
    timeout_ms: int | None = None
    debug: bool = False  # log the request, without its key
    retry_delay_ms: int = 0  # unless `exponential_backoff`
    retry_on_all_errors: bool = False  # also on refusals that are no 5xx
    max_retries: int = 0
    exponential_backoff: bool = False


@dataclass(frozen=True)
class Response:
    """A good answer; `json` is set for the type json only, and None when nothing came."""

    status: int
    headers: Mapping[str, str]  # without cookies
    content: bytes
    json: Any = None
    request_id: str = ""
    retries: int = 0

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def text(self) -> str:
        """By the charset the server names, else UTF-8; what is no text becomes replacement characters."""
        named = self.headers.get("content-type", "").lower().partition("charset=")[2].partition(";")[0].strip("\"' ")
        try:
            return self.content.decode(named or "utf-8", "replace")
        except LookupError:
            return self.content.decode("utf-8", "replace")


def parsed(content: bytes) -> Any:
    """The JSON of an answer; None when it is empty. Raises `errors.BadAnswer` when it is something else."""
    return wire.parse(content) if content.strip() else None


def shown(text: str) -> str:
    """For a log: without keys, cut."""
    return refusal.clean(text, 2000)
