"""A transcript as a file: text, and where its times are known SRT, WebVTT; everything as JSON."""

import json
from collections.abc import Callable
from typing import Any

from connector.models import Transcription
from connector.operations.transcriptions import Segment, subtitles

type Export = Callable[[Transcription], str]


def text(heard: Transcription) -> str:
    """The words; where speakers are told apart, a paragraph for each turn."""
    if not heard.has_speakers:
        return heard.text + "\n"
    turns: list[tuple[str, list[str]]] = []
    for segment in heard.segments:
        speaker = str(segment.get("speaker") or "")
        if not turns or turns[-1][0] != speaker:
            turns.append((speaker, []))
        turns[-1][1].append(segment["text"])
    return "\n\n".join(f"{speaker}: {' '.join(said)}" for speaker, said in turns) + "\n"


def srt(heard: Transcription) -> str:
    return subtitles.srt(_segments(heard), speakers=True)


def vtt(heard: Transcription) -> str:
    return subtitles.vtt(_segments(heard), speakers=True)


def as_json(heard: Transcription) -> str:
    """In the shape of the API's own answer with times."""
    known: dict[str, Any] = {
        "task": "translate" if heard.is_translation else "transcribe",
        "language": heard.language,
        "duration": heard.seconds,
        "text": heard.text,
        "segments": [{"id": number} | segment for number, segment in enumerate(heard.segments)],
        "words": heard.words,
        "usage": heard.run.usage,
    }
    return json.dumps(
        {name: value for name, value in known.items() if value not in (None, "", [], {})}, indent=2, ensure_ascii=False
    )


KINDS: dict[str, tuple[str, str, Export]] = {  # by the file's ending: what it is called, its type
    "txt": ("Text", "text/plain; charset=utf-8", text),
    "srt": ("SRT", "application/x-subrip; charset=utf-8", srt),
    "vtt": ("WebVTT", "text/vtt; charset=utf-8", vtt),
    "json": ("JSON", "application/json", as_json),
}
TIMED = {"srt", "vtt"}  # need segments


def offered(heard: Transcription) -> list[tuple[str, str]]:
    """Ending and name of what can be had of it."""
    if not heard.text:
        return []
    return [(kind, name) for kind, (name, _, _) in KINDS.items() if heard.segments or kind not in TIMED]


def _segments(heard: Transcription) -> list[Segment]:
    return [
        Segment(start=each["start"], end=each["end"], text=each["text"], speaker=each.get("speaker"))
        for each in heard.segments
    ]
