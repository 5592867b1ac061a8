"""What goes out and what comes in while answers are recorded ones."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from connector.client import errors, media, multipart, wire
from connector.client.multipart import File

DONE = b"data: [DONE]\n\n"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider answers. `body`: what becomes JSON, or bytes, which are sent as they are."""

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else wire.encode(self.body)

    @property
    def all_headers(self) -> dict[str, str]:
        """With the type of the body, unless it is said."""
        kind = "application/json"
        if isinstance(self.body, bytes):
            kind = media.type_of(self.body) or "application/octet-stream"
        return {"content-type": kind} | {name.lower(): value for name, value in self.headers.items()}


def events(chunks: Iterable[Any], *, done: bool = True) -> Answer:
    """A stream of `chunks`, each of which becomes JSON; without `done` it is closed before its end."""
    lines = [b"data: " + wire.encode(chunk) + b"\n\n" for chunk in chunks]
    return Answer(body=b"".join(lines) + (DONE if done else b""), headers={"content-type": "text/event-stream"})


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it went out, without its key."""

    method: str
    url: str
    headers: Mapping[str, str]  # names in lower case
    content: bytes

    @property
    def path(self) -> str:
        """Of the whole address, without what follows the `?`."""
        return "/" + self.url.partition("?")[0].partition("://")[2].partition("/")[2]

    @property
    def json(self) -> Any:
        """The body; None when there is none. Raises `ValueError` when it is no JSON."""
        try:
            return wire.parse(self.content) if self.content else None
        except errors.BadAnswer as error:
            raise ValueError(f"The request is no JSON but {self.headers.get('content-type')}.") from error

    @property
    def form(self) -> dict[str, Any]:
        """The fields of a form: text, a `File`, or a list where a name ends in `[]` or stands there more than once."""
        found: dict[str, Any] = {}
        for part in multipart.decode(self.content, self.headers.get("content-type", "")):
            value: Any = File(part.filename, part.content, part.media_type) if part.filename else part.content.decode()
            name = part.name.removesuffix("[]")
            if name in found and not isinstance(found[name], list):
                found[name] = [found[name]]
            if name in found:
                found[name].append(value)
            else:
                found[name] = [value] if part.name.endswith("[]") else value
        return found

    @property
    def parameters(self) -> dict[str, Any]:
        """The body, JSON or a form."""
        is_form = self.headers.get("content-type", "").startswith("multipart/")
        return self.form if is_form else self.json or {}

    @property
    def is_streamed(self) -> bool:
        return self.parameters.get("stream") in (True, "true")
