"""The parts of a long text → one file, where that is honest (`docs/decisions/0012-joining-sound.md`)."""

from collections.abc import Sequence

from connector.models.sounds import frames, wav

JOINED = {"wav", "pcm", "mp3", "aac"}  # opus and flac have one header for all of a file, which counts and sums it


def joins(response_format: str) -> bool:
    """Whether parts in this format become one file; otherwise they stay a list."""
    return response_format in JOINED


def joined(contents: Sequence[bytes]) -> bytes | None:
    """One file that plays as `contents` do one after the other; None where their kinds differ or cannot be joined.

    A single WAV file, too, gets a header that knows its length, and loses the end of a frame that was cut.
    """
    waves = [wav.read(content) for content in contents]
    first = waves[0]
    if first and all(each and each.format == first.format for each in waves):
        return wav.written(first.format, b"".join(each.samples for each in waves if each))
    rows = [frames.read(content) for content in contents]
    start = rows[0]
    if start and all(row and row.config == start.config for row in rows):
        return b"".join(row.content for row in rows if row)
    return None
