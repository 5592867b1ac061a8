"""What a recording of some length may have said: words with their times, in sentences, by speakers.

The same recording gives the same transcript. Nobody listens to it; the first sentence says so, if there is time.
"""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from connector.sandbox.replies import prose

PACE = 2.5  # words a second
MOST = 3000  # words, however long the recording
COMPRESSED = 16_000  # bytes a second, where the format does not say how long it lasts: 128 kbit/s


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    start: float  # seconds
    end: float


@dataclass(frozen=True, slots=True)
class Segment:
    words: tuple[Word, ...]
    speaker: str

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def start(self) -> float:
        return self.words[0].start

    @property
    def end(self) -> float:
        return self.words[-1].end


def seconds(content: bytes) -> float:
    """How long a recording lasts; exactly for WAV, by its size for others."""
    if content[:4] != b"RIFF" or (at := content.find(b"fmt ", 12)) < 0 or len(content) < at + 24:
        return round(max(len(content) / COMPRESSED, 0.1), 2)
    (rate,) = struct.unpack_from("<I", content, at + 16)
    data = content.find(b"data", at)
    return round(max((len(content) - data - 8) / rate if rate and data > 0 else 0.0, 0.01), 2)


def segments(content: bytes, speakers: Sequence[str] = ()) -> list[Segment]:
    """The recording, sentence by sentence, its speakers taking turns; `speakers` are those that are known by name."""
    lasts = seconds(content)
    texts = _words(zlib.crc32(content), max(1, min(round(lasts * PACE), MOST)), round(lasts))
    letters = sum(len(text) + 1 for text in texts)
    names = [*speakers, *"ABCD"[: max(0, 2 - len(speakers))]]
    found: list[Segment] = []
    sentence: list[Word] = []
    at = 0.0
    for text in texts:
        end = at + lasts * (len(text) + 1) / letters
        sentence.append(Word(text, round(at, 2), round(end, 2)))
        at = end
        if text[-1] in ".?!":
            found.append(Segment(tuple(sentence), names[len(found) % len(names)]))
            sentence = []
    return found


def _words(seed: int, count: int, lasts: int) -> list[str]:
    """So many words; the last one ends a sentence."""
    words = f"Nobody listened to these {lasts} seconds, because the sandbox has no ears.".split()
    sentences = prose.SENTENCES
    while len(words) < count:
        words += sentences[seed % len(sentences)].split()
        seed = seed // 7 + 11
    words = words[:count]
    words[-1] = words[-1].rstrip(",;:.") + "."
    return words
