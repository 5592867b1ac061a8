"""Subtitles: segments with their times as SubRip (srt) or WebVTT (vtt), and such files as segments.

    Path("talk.srt").write_text(subtitles.srt(answer.segments))
    subtitles.read(answer.text)     # of a request for srt or vtt

Sources: W3C WebVTT; SubRip as the API writes it (OpenAI API reference, audio/transcriptions).
"""

import html
import re
from collections.abc import Iterable
from typing import Protocol

from connector.operations.transcriptions.answer import Segment

_TIMES = re.compile(
    r"(?:(\d{1,4}):)?(\d{1,2}):(\d{2})[.,](\d{1,3})\s{0,8}-->\s{0,8}(?:(\d{1,4}):)?(\d{1,2}):(\d{2})[.,](\d{1,3})",
    re.ASCII,
)
LATEST = 9_999 * 3600.0  # seconds; a server may say anything
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]{1,200})>")
_TAG = re.compile(r"</?[a-z][^>]{0,200}>|<\d[\d:.]{0,20}>", re.IGNORECASE)


class Timed(Protocol):
    """A segment, from wherever it comes."""

    @property
    def start(self) -> float: ...  # seconds
    @property
    def end(self) -> float: ...
    @property
    def text(self) -> str: ...
    @property
    def speaker(self) -> str | None: ...


def srt(segments: Iterable[Timed], *, speakers: bool = False) -> str:
    """SubRip: number, times with a comma, text, an empty line. `speakers`: who speaks stands before the text."""
    blocks = (
        f"{number}\n{_clock(each.start, ',')} --> {_clock(each.end, ',')}\n{_named(each, speakers)}\n"
        for number, each in enumerate(segments, 1)
    )
    return "\n".join(blocks) + "\n"


def vtt(segments: Iterable[Timed], *, speakers: bool = False) -> str:
    """WebVTT: a heading, times with a point, text, an empty line."""
    blocks = (
        f"{_clock(each.start, '.')} --> {_clock(each.end, '.')}\n{_escaped(_named(each, speakers))}\n"
        for each in segments
    )
    return "WEBVTT\n\n" + "\n".join(blocks) + "\n"


def read(text: str) -> list[Segment]:
    """The segments of a file of subtitles; none when it is no such file."""
    found: list[Segment] = []
    is_vtt = text.removeprefix("\ufeff").startswith("WEBVTT")
    for block in re.split(r"\n{2,}", text.replace("\r\n", "\n").replace("\r", "\n")):
        if times := _TIMES.search(block):
            words = block[times.end() :].partition("\n")[2].strip()
            voice = _VOICE.search(words)
            plain = html.unescape(_TAG.sub("", words)) if is_vtt else words
            found.append(
                Segment(
                    id=len(found),
                    start=_seconds(times.groups()[:4]),
                    end=_seconds(times.groups()[4:]),
                    text=plain,
                    speaker=voice[1].strip() if voice and is_vtt else None,
                )
            )
    return found


def _named(segment: Timed, speakers: bool) -> str:
    text = " ".join(segment.text.split())  # an empty line would end it
    return f"{segment.speaker}: {text}" if speakers and segment.speaker else text


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _clock(time: float, point: str) -> str:
    minutes, rest = divmod(round(min(max(time, 0.0), LATEST) * 1000), 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}{point}{rest % 1000:03}"


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, rest = (part or "0" for part in parts)
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(rest.ljust(3, "0")) / 1000
