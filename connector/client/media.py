"""What a file is, by its first bytes. Names and headers are what somebody says; nothing here believes them.

The table holds what the API takes or gives: pictures and sounds. Everything else has no type, among it SVG, HTML, ICO
and PDF, which a browser would do more with than show or play.
"""

import re

_BEGINNINGS: tuple[tuple[re.Pattern[bytes], str], ...] = tuple(
    (re.compile(pattern, re.DOTALL), media_type)
    for pattern, media_type in (
        (rb"\x89PNG\r\n\x1a\n", "image/png"),
        (rb"\xff\xd8\xff", "image/jpeg"),
        (rb"GIF8[79]a", "image/gif"),
        (rb"RIFF....WEBP", "image/webp"),
        (rb"RIFF....WAVE", "audio/wav"),
        (rb"fLaC", "audio/flac"),
        (rb"OggS", "audio/ogg"),
        (rb"ID3|\xff[\xf2\xf3\xfa\xfb]", "audio/mpeg"),
        (rb"\xff[\xf0\xf1\xf8\xf9]", "audio/aac"),
        (rb"....ftypM4A", "audio/mp4"),
        (rb"....ftyp(?!heic|heix|mif1|avif|qt)", "video/mp4"),
        (rb"\x1aE\xdf\xa3", "video/webm"),
    )
)
SUFFIXES = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "audio/wav": ".wav",
    "audio/flac": ".flac",
    "audio/ogg": ".ogg",
    "audio/mpeg": ".mp3",
    "audio/aac": ".aac",
    "audio/mp4": ".m4a",
    "video/mp4": ".mp4",
    "video/webm": ".webm",
}


def type_of(content: bytes) -> str:
    """The media type of `content`; empty when it is none of those that are known."""
    for beginning, media_type in _BEGINNINGS:
        if beginning.match(content[:16]):
            return media_type
    return ""


def suffix(media_type: str) -> str:
    """The ending of a file's name, dot included; empty for a type that is not known."""
    return SUFFIXES.get(media_type, "")


def png_size(content: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG in pixels, as its header says; None for anything else."""
    if content[:8] != b"\x89PNG\r\n\x1a\n" or content[12:16] != b"IHDR" or len(content) < 24:
        return None
    return int.from_bytes(content[16:20]), int.from_bytes(content[20:24])
