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


def an_mp3(frames: int, inside: bytes = b"") -> bytes:
    """So many frames of MPEG 2, layer III, 24 kHz, 64 kbit/s, mono; nothing can be heard in them."""
    frame = b"\xff\xf3\x84\xc4" + inside.ljust(188, b"\0")
    return frame * frames


def an_aac(frames: int) -> bytes:
    """So many ADTS frames of AAC LC, 24 kHz, mono."""
    length = 100
    bits = 0xFFF << 44 | 1 << 40 | 1 << 38 | 6 << 34 | 1 << 30 | length << 13 | 0x7FF << 2
    return (bits.to_bytes(7) + bytes(length - 7)) * frames
