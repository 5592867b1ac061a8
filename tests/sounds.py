"""Recordings for tests, made here."""

import io
import math
import struct
import wave


def a_wav(seconds: float = 1.0, rate: int = 8000) -> bytes:
    """A tone as a WAV file: 16 bits, one channel."""
    count = round(seconds * rate)
    samples = (round(8000 * math.sin(2 * math.pi * 440 * number / rate)) for number in range(count))
    kept = io.BytesIO()
    with wave.open(kept, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return kept.getvalue()


def wav_seconds(content: bytes) -> float:
    """How long a WAV file lasts, by the reader of the standard library; raises when it is none."""
    with wave.open(io.BytesIO(content)) as file:
        frames: int = len(file.readframes(10**9)) // (file.getsampwidth() * file.getnchannels())
        assert frames == file.getnframes()
        return frames / file.getframerate()
