"""What comes back, in whichever format. Every field but the text may be missing."""

from typing import Any

from connector.client import wire


class Word(wire.Struct, frozen=True):
    word: str = ""
    start: float = 0.0  # seconds
    end: float = 0.0


class Segment(wire.Struct, frozen=True):
    """A part of the recording; with `speaker` when the speakers were told apart."""

    id: int | str = 0
    start: float = 0.0  # seconds
    end: float = 0.0
    text: str = ""
    speaker: str | None = None
    type: str | None = None
    seek: int | None = None
    tokens: list[int] | None = None
    temperature: float | None = None
    avg_logprob: float | None = None
    compression_ratio: float | None = None
    no_speech_prob: float | None = None


class Usage(wire.Struct, frozen=True):
    """Tokens or, for `type` duration, seconds."""

    type: str = ""
    seconds: float | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    total_tokens: int = 0
    input_token_details: dict[str, Any] | None = None  # text_tokens, audio_tokens


class Response(wire.Struct, frozen=True):
    """`text` is what was said, or the whole file of subtitles for srt and vtt."""

    text: str = ""
    task: str | None = None
    language: str | None = None
    languages: list[dict[str, Any]] | None = None
    duration: float | None = None  # seconds
    segments: list[Segment] | None = None
    words: list[Word] | None = None
    logprobs: list[dict[str, Any]] | None = None
    usage: Usage | None = None


class Event(wire.Struct, frozen=True):
    """One event of a stream: `transcript.text.delta`, `.segment` or `.done`."""

    type: str = ""
    delta: str | None = None
    text: str | None = None
    id: str | None = None
    segment_id: str | None = None
    start: float | None = None
    end: float | None = None
    speaker: str | None = None
    languages: list[dict[str, Any]] | None = None
    logprobs: list[dict[str, Any]] | None = None
    usage: Usage | None = None
    error: Any = None
