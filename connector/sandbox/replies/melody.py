"""Speech without a voice: one tone for each word, in a scale in which nothing sounds wrong.

The same text is the same melody. Long words sound longer, a sentence ends on the tonic and with a rest. Tones are made
once and kept, so a long text costs little more than its bytes.
"""

import math
import re
import zlib
from array import array
from collections.abc import Iterator
from functools import lru_cache

RATE = 24_000  # samples a second, 16 bits, one channel: what the API sends as pcm
TONIC = 220.0  # hertz
STEPS = (0, 2, 4, 7, 9, 12, 14, 16)  # half tones of a pentatonic scale
LENGTHS = (0.16, 0.22, 0.32)  # seconds of a word of up to 3, 7 and more letters
REST = 0.28  # seconds after a sentence
LOUDNESS = 9_000  # of 32,767

_WORD = re.compile(r"\w+[^\w\s]*|[^\w\s]+")


def tones(text: str, voice: str, speed: float) -> list[tuple[float, float]]:
    """Pitch (hertz, 0 for silence) and length (seconds) of each tone; never none at all."""
    found = []
    base = TONIC * 2 ** ((zlib.crc32(voice.encode()) % 9 - 4) / 12)
    for word in _WORD.findall(text) or ["…"]:
        letters = sum(letter.isalnum() for letter in word)
        is_end = word[-1] in ".!?:…"
        step = 0 if is_end else STEPS[zlib.crc32(word.lower().encode("utf-8", "replace")) % len(STEPS)]
        found.append((base * 2 ** (step / 12), LENGTHS[(letters > 3) + (letters > 7)] / speed))
        if is_end or word[-1] in ",;":
            found.append((0.0, REST / speed / (1 if is_end else 2)))
    return found


def seconds(text: str, voice: str, speed: float) -> float:
    return sum(_samples(length) for _, length in tones(text, voice, speed)) / RATE


def pcm(text: str, voice: str, speed: float) -> Iterator[bytes]:
    """The samples, tone by tone."""
    timbre = zlib.crc32(voice.encode()) % 4
    for pitch, length in tones(text, voice, speed):
        yield _tone(round(pitch, 2), _samples(length), timbre)


def header(text: str, voice: str, speed: float) -> bytes:
    """The 44 bytes that make a WAV file of the samples."""
    size = round(seconds(text, voice, speed) * RATE) * 2
    parts = (b"RIFF", _number(36 + size), b"WAVEfmt ", _number(16), _number(1, 2), _number(1, 2), _number(RATE))
    return b"".join((*parts, _number(RATE * 2), _number(2, 2), _number(16, 2), b"data", _number(size)))


@lru_cache(maxsize=512)
def _tone(pitch: float, samples: int, timbre: int) -> bytes:
    """Plucked: loud at once, then fading, with overtones that fade sooner."""
    if not pitch:
        return bytes(2 * samples)
    turn = 2 * math.pi * pitch / RATE
    overtones = ((1, 1.0), (2, 0.35 - 0.05 * timbre), (3, 0.1 + 0.06 * timbre))
    values = array("h", bytes(2 * samples))
    for number in range(samples):
        at = number / RATE
        fade = min(1.0, at / 0.008) * math.exp(-4.0 * at) * min(1.0, (samples - number) / (0.02 * RATE))
        wave = sum(weight * math.sin(turn * times * number) * math.exp(-times * at) for times, weight in overtones)
        values[number] = round(LOUDNESS * fade * wave)
    return values.tobytes()


def _samples(length: float) -> int:
    return round(length * RATE)


def _number(value: int, size: int = 4) -> bytes:
    return value.to_bytes(size, "little")
