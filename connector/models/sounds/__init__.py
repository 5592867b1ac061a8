"""What a sound file is as far as that can be known without a codec: how long it lasts, what it looks like, and how
several become one.

    wav.py      files without compression: read, written, drawn
    frames.py   MP3 and AAC (ADTS): rows of frames that stand for themselves
    joining.py  the parts of a long text → one file

All of it is Python over bytes and takes tenths of a second for megabytes, so it belongs into a thread.
"""

from connector.models.sounds import frames, wav
from connector.models.sounds.joining import joined, joins
from connector.models.sounds.wav import from_pcm, peaks

__all__ = ["from_pcm", "joined", "joins", "peaks", "playable", "seconds"]


def seconds(content: bytes) -> float | None:
    """How long a file lasts; None where only a codec could say."""
    if found := wav.read(content):
        return found.seconds
    if row := frames.read(content):
        return row.seconds
    return None


def playable(content: bytes, response_format: str) -> bytes:
    """What came, also cut, as a file that a browser plays: bare samples and WAV files get a header that is right."""
    if response_format == "pcm" and content[:4] != b"RIFF":
        return from_pcm(content)
    found = wav.read(content)
    return wav.written(found.format, bytes(found.samples)) if found else content
