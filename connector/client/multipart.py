"""`multipart/form-data`: what requests with files are sent as (RFC 7578; names as browsers write them, WHATWG HTML).

    form = multipart.encode({"model": "gpt-image-2", "n": 2, "image": File("cat.png", content)})
    await client.send(OPERATION, body=form.content, content_type=form.content_type)

Values become text as the official client writes them: `true`, `2`, lists as repeated `name[]`, objects as `name[key]`.
What a file is called matters little and may hurt (security.md T80), so only a harmless base name is passed on; its type
is read from its bytes.
"""

import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from connector.client import errors, media

LONGEST_NAME = 100  # characters of a file's name, its ending included
UNKNOWN = "application/octet-stream"
PARTS = 1000  # in a form that is read; more is no request of this API

_BOUNDARY = re.compile(r'boundary=(?:"([^"\r\n]{1,200})"|([^\s;"]{1,200}))', re.IGNORECASE)
_PARAMETER = re.compile(rb'(?:^|;)[ \t]*(name|filename)="([^"]*)"', re.IGNORECASE)
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)  # files that Windows does not let one make
_WRITTEN = {"\r": "%0D", "\n": "%0A", '"': "%22"}


@dataclass(frozen=True, slots=True)
class File:
    """A file to be sent. `name` is what a person calls it; without a `media_type` the bytes say what it is."""

    name: str
    content: bytes
    media_type: str = ""

    @property
    def type(self) -> str:
        """By the bytes; what somebody says counts only where the bytes say nothing."""
        return media.type_of(self.content) or self.media_type or UNKNOWN

    @property
    def safe_name(self) -> str:
        """The last part of the name without anything that could mean something to whoever stores it.

        It ends as its type does when the bytes say one, since providers look at the ending.
        """
        known = media.suffix(media.type_of(self.content))
        stem, dot, ending = _harmless(self.name).rpartition(".")
        if not dot:
            stem, ending = ending, ""
        if not re.fullmatch(r"[A-Za-z0-9]{1,10}", ending):
            stem, ending = f"{stem}{dot}{ending}", ""
        stem = stem.strip(" .") or "file"
        if _DEVICE.fullmatch(stem.partition(".")[0]):
            stem = f"file-{stem}"
        end = known if known and not _is_another_ending(ending, known) else (f".{ending}" if ending else "")
        return stem[: LONGEST_NAME - len(end)].rstrip(" .") + end


@dataclass(frozen=True, slots=True)
class Form:
    """An encoded form: the body, and the header that says how it is to be read."""

    content: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a form that was read. `filename` is None for a plain value."""

    name: str
    content: bytes
    filename: str | None = None
    media_type: str = ""


def encode(fields: Mapping[str, Any]) -> Form:
    """`fields` as a form, in their order, without those that are None. Values: `File`, text, number, list, object."""
    boundary = f"promptyard-{os.urandom(16).hex()}"  # 128 bits of chance: it is not in any file
    pieces: list[bytes] = []
    for name, value in _flat(fields.items()):
        header = f'--{boundary}\r\nContent-Disposition: form-data; name="{_written(name)}"'
        if isinstance(value, File):
            header += f'; filename="{_written(value.safe_name)}"\r\nContent-Type: {_header(value.type)}'
        pieces += (f"{header}\r\n\r\n".encode(), value.content if isinstance(value, File) else _text(value), b"\r\n")
    pieces.append(f"--{boundary}--\r\n".encode())
    return Form(b"".join(pieces), f"multipart/form-data; boundary={boundary}")


def decode(content: bytes, content_type: str) -> list[Part]:
    """The parts of a form in their order; raises `errors.BadAnswer` when it is none."""
    found = _BOUNDARY.search(content_type)
    if not content_type.lower().startswith("multipart/form-data") or not found:
        raise errors.BadAnswer(reason="it is no multipart form")
    line = b"\r\n--" + (found[1] or found[2]).encode("utf-8", "replace")
    _, *parts = (b"\r\n" + content).split(line, PARTS + 2)
    if not parts or not parts[-1].startswith(b"--") or len(parts) > PARTS + 1:
        raise errors.BadAnswer(reason="the multipart form has no end" if len(parts) <= PARTS else "too many parts")
    return [_part(part) for part in parts[:-1]]


def _part(raw: bytes) -> Part:
    head, blank, content = raw.partition(b"\r\n\r\n")
    if not blank:
        raise errors.BadAnswer(reason="a part of the multipart form has no value")
    headers = {
        name.strip().lower(): value.strip() for name, _, value in (line.partition(b":") for line in head.split(b"\r\n"))
    }
    said = {key.lower(): _read(text) for key, text in _PARAMETER.findall(headers.get(b"content-disposition", b""))}
    if b"name" not in said:
        raise errors.BadAnswer(reason="a part of the multipart form has no name")
    media_type = headers.get(b"content-type", b"").decode("latin-1")
    return Part(said[b"name"], content, said.get(b"filename"), media_type)


def _flat(items: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    for name, value in items:
        match value:
            case None:
                continue
            case list() | tuple():
                yield from _flat((f"{name}[]", item) for item in value)
            case dict():
                yield from _flat((f"{name}[{key}]", item) for key, item in value.items())
            case _:
                yield name, value


def _text(value: Any) -> bytes:
    if isinstance(value, bool):
        return b"true" if value else b"false"
    return str(value).encode("utf-8", "replace")


def _written(name: str) -> str:
    """A name between quotes, as browsers write it."""
    return re.sub(r'[\r\n"]', lambda found: _WRITTEN[found[0]], name.encode("utf-8", "replace").decode())


def _read(written: bytes) -> str:
    text = written.decode("utf-8", "replace")
    for plain, escaped in _WRITTEN.items():
        text = text.replace(escaped, plain)
    return text


def _header(media_type: str) -> str:
    return media_type if re.fullmatch(r"[\w.+-]{1,80}/[\w.+-]{1,80}", media_type, re.ASCII) else UNKNOWN


def _harmless(name: str) -> str:
    """The base name, without control and format characters (the right-to-left override is one) and without quotes."""
    base = re.split(r"[/\\]", name)[-1]
    kept = "".join(letter for letter in base if unicodedata.category(letter)[0] not in "C")
    kept = re.sub(r'[:*?"<>|;%]+', "-", kept[: 10 * LONGEST_NAME])
    return " ".join(kept.split()).strip(" .")


def _is_another_ending(ending: str, known: str) -> bool:
    """Whether `ending` names the same type as `known` in another way (.jpeg, .mpga, .oga)."""
    same = {
        ".jpg": {"jpeg"},
        ".mp3": {"mpga", "mpeg"},
        ".ogg": {"oga", "opus"},
        ".mp4": {"m4a", "mov", "m4v"},
        ".webm": {"mkv"},
    }
    return ending.lower() in same.get(known, set())
