"""What came, or went, as text that may be kept: bounded, without the files in it, packed while it grows.

Most of a long answer is the frame around its tokens, so a piece of it is compressed as soon as it is worth it: hundreds
of streams at once then cost little memory. A file in base64 (a picture) is replaced on the way by what it is:
`…[image/png, 48211 bytes, sha256 0123…]`, which leaves JSON as readable as it was.
"""

import base64
import binascii
import hashlib
import re
import zlib
from collections import deque
from dataclasses import dataclass

from connector.client import media
from connector.client.limits import MB

MOST = 2 * MB  # bytes of an answer that are kept
END = 64_000  # of those, what its end gets where the middle is left out: the usage stands there
FILE = 20_000  # characters of base64 in a row that are a file; the longest vectors have 16,384
PIECE = 1_000  # likewise, in a stream of events: a piece of a picture or of sound
SAMPLE = 64  # characters
FOLD = 16_000  # bytes

_ALPHABET = re.compile(rb"[A-Za-z0-9+/_-]*+={0,2}")
_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-"
_TEXT = re.compile(
    r"text/|application/(?:[\w.+-]*(?:json|xml|javascript|x-www-form-urlencoded|x-ndjson))", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of a body."""

    text: str
    size: int  # bytes, of the whole
    cut: int = 0  # bytes that were left out of the middle of `text`
    files: int = 0  # in base64, that were replaced
    sha256: str = ""  # of the whole, where it is no text
    media_type: str = ""  # likewise

    @property
    def notes(self) -> dict[str, object]:
        """What is not as it was."""
        told = {"cut": self.cut, "files": self.files, "sha256": self.sha256, "media_type": self.media_type}
        return {name: value for name, value in told.items() if value}


class Transcript:
    """Takes a body piece by piece. One that is no text is not kept, only measured."""

    def __init__(self, content_type: str = "", most: int = MOST) -> None:
        self.size = 0
        self._is_typed = bool(content_type)
        self._most = most
        self._least = PIECE if content_type.startswith("text/event-stream") else FILE
        self._pieces: list[bytes] = []
        self._held = 0  # bytes in them
        self._packed: list[bytes] = []
        self._kept = 0  # bytes in those, before they were packed
        self._end: deque[bytes] = deque()
        self._in_end = 0
        self._cut = self._files = 0
        self._file: _File | None = None
        self._hash = None if is_text(content_type) else hashlib.sha256()
        self._beginning = b""

    def feed(self, piece: bytes) -> None:
        self.size += len(piece)
        if self._hash is not None:
            self._beginning = self._beginning or piece[:16]
            self._hash.update(piece)
            return
        self._pieces.append(piece)
        self._held += len(piece)
        if self._held >= FOLD:
            self._fold()

    def kept(self) -> Kept:
        """All of it; nothing may come afterwards."""
        if self._hash is not None:
            return self._measured(self._hash.hexdigest())
        last = self._fold(last=True)
        content, end = b"".join([*map(zlib.decompress, self._packed), last]), b"".join(self._end)
        gap = f"\n…[{self._cut} bytes left out]…\n" if self._cut else ""
        try:
            text = content.decode() + gap + end.decode()
        except UnicodeDecodeError:
            if not self._is_typed and not self._cut:
                self._beginning = content[:16]
                return self._measured(hashlib.sha256(content + end).hexdigest())
            text = content.decode("utf-8", "replace") + gap + end.decode("utf-8", "replace")
        return Kept(text, self.size, self._cut, self._files)

    def _measured(self, sha256: str) -> Kept:
        return Kept("", self.size, sha256=sha256, media_type=media.type_of(self._beginning))

    def _fold(self, last: bool = False) -> bytes:
        """Pack what is there, without files; what may become one waits for more.

        At the `last` time nothing waits, and what is within bounds is returned instead of being packed.
        """
        content = b"".join(self._pieces)
        self._pieces, self._held = [], 0
        plain: list[bytes] = []
        while content:
            if self._file:
                content = content[self._file.feed(content) :]
                if content:
                    plain.append(self._file_ends())
            elif (begin := _begin_of_file(content, self._least)) is not None:
                plain.append(content[:begin])
                content = content[begin:]
                self._file = _File()
            else:
                waits = 0 if last else len(content) - _begin_of_run(content, len(content))
                plain.append(content[: len(content) - waits])
                if waits:
                    self._pieces, self._held = [content[-waits:]], waits
                break
        if self._file and last:
            plain.append(self._file_ends())
        return self._bounded(b"".join(plain), pack=not last)

    def _file_ends(self) -> bytes:
        assert self._file  # noqa: S101  # the callers saw it
        described, self._file = self._file.described(), None
        self._files += 1
        return described

    def _bounded(self, content: bytes, pack: bool) -> bytes:
        begin = content[: max(self._most - END - self._kept, 0)]
        self._kept += len(begin)
        if rest := content[len(begin) :]:
            self._end.append(rest)
            self._in_end += len(rest)
        while (over := self._in_end - END) > 0:
            first = self._end.popleft()
            self._in_end -= len(first)
            self._cut += min(over, len(first))
            if over < len(first):
                self._end.appendleft(first[over:])
                self._in_end += len(first) - over
        if pack and begin:
            self._packed.append(zlib.compress(begin, 1))
        return begin


class _File:
    """A file in base64 that goes by."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._size = 0
        self._beginning = b""
        self._left = b""  # fewer than the four characters that stand for three bytes

    def feed(self, content: bytes) -> int:
        """How many bytes of `content` belong to it."""
        found = _ALPHABET.match(content)
        taken = found.end() if found else 0
        letters = self._left + content[:taken]
        whole = len(letters) // 4 * 4
        self._left = letters[whole:]
        self._take(letters[:whole])
        return taken

    def described(self) -> bytes:
        if self._left:
            self._take(self._left + b"=" * (-len(self._left) % 4))
        kind = media.type_of(self._beginning) or "a file"
        return f"…[{kind}, {self._size} bytes, sha256 {self._hash.hexdigest()}]".encode()

    def _take(self, letters: bytes) -> None:
        try:
            content = base64.b64decode(letters.replace(b"-", b"+").replace(b"_", b"/"))
        except binascii.Error:
            content = letters
        self._beginning = self._beginning or content[:16]
        self._hash.update(content)
        self._size += len(content)


def of(content: bytes, content_type: str = "", most: int = MOST) -> Kept:
    """A body that is there as a whole."""
    transcript = Transcript(content_type, most)
    transcript.feed(content)
    return transcript.kept()


def is_text(content_type: str) -> bool:
    """Whether a body of that type is text; one without a type may be."""
    return not content_type or bool(_TEXT.match(content_type.strip()))


def _begin_of_file(content: bytes, least: int) -> int | None:
    """Where base64 of at least so many letters begins. Looked for only where a sample is made of them."""
    at = least // 2
    while at < len(content):
        if not content[at : at + SAMPLE].translate(None, _LETTERS):
            begin, run = _begin_of_run(content, at), _ALPHABET.match(content, at)
            end = run.end() if run else at
            if end - begin >= least:
                return begin
            at = end
        at += least // 2 - SAMPLE
    return None


def _begin_of_run(content: bytes, end: int) -> int:
    """Where the letters of base64 begin that stand before `end`."""
    begin = end
    while begin and not content[max(0, begin - SAMPLE) : begin].translate(None, _LETTERS):
        begin = max(0, begin - SAMPLE)
    while begin and content[begin - 1] in _LETTERS:
        begin -= 1
    return begin
