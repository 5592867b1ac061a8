"""A transcript line by line, and the words of each line at their times.

Models tell words apart from the text: without signs, and not always as often as they stand there. So each word of the
text is looked for among the next few that were heard, and one that is not found has no time of its own.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from connector.models import Transcription

AHEAD = 6  # words that are looked at to find the next one
MOST_WORDS = 6000  # of which each gets an element; a longer transcript has its lines only

_SIGNS = re.compile(r"[^\w]+")


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    start: float | None = None  # seconds
    end: float | None = None


@dataclass(frozen=True, slots=True)
class Line:
    start: float | None  # seconds; None where nothing is known of times
    end: float | None
    speaker: str  # "" where they are not told apart, or it is still the one of the line before
    pieces: list[Piece] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join(piece.text for piece in self.pieces)


def lines(heard: Transcription) -> list[Line]:
    """What is shown of a transcript: segments where there are some, else one line with all of it."""
    words = heard.words if len(heard.words) <= MOST_WORDS else []
    segments = heard.segments or ([{"start": None, "end": None, "text": heard.text}] if words else [])
    spoken = _Spoken(words)
    found, last = [], ""
    for segment in segments:
        speaker = str(segment.get("speaker") or "")
        pieces = list(spoken.pieces(segment["text"])) if words else [Piece(segment["text"])]
        found.append(Line(segment["start"], segment["end"], speaker if speaker != last else "", pieces))
        last = speaker
    return found


class _Spoken:
    """The words that were heard, one after the other."""

    def __init__(self, words: Sequence[dict[str, Any]]) -> None:
        self.words = words
        self.at = 0

    def pieces(self, text: str) -> Iterator[Piece]:
        for word in text.split():
            yield self._timed(word)

    def _timed(self, word: str) -> Piece:
        wanted = _bare(word)
        for place in range(self.at, min(self.at + AHEAD, len(self.words))):
            heard = self.words[place]
            if wanted and _bare(str(heard["word"])) == wanted:
                self.at = place + 1
                return Piece(word, heard["start"], heard["end"])
        return Piece(word)


def _bare(word: str) -> str:
    return _SIGNS.sub("", word).casefold()
