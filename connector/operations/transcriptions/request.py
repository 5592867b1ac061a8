"""What is asked: every parameter of `audio/transcriptions` (OpenAI API reference; client of November 2026)."""

from typing import Any

from connector.client.multipart import File
from connector.operations import asking


class OfRecording(asking.Request, frozen=True, kw_only=True):
    """A request about a recording, which goes as a form."""

    file: File

    def body(self) -> dict[str, Any]:
        """The fields of the form; the recording comes last, as the official client sends it."""
        fields = super().body()
        del fields["file"]
        return fields | {"file": self.file}


class Request(OfRecording, frozen=True, kw_only=True):
    """A recording and how to write it down. A field left at None is not sent; values are checked by `fit`."""

    chunking_strategy: str | dict[str, Any] | None = None
    include: list[str] | None = None
    keywords: list[str] | None = None
    known_speaker_names: list[str] | None = None
    known_speaker_references: list[str] | None = None  # data URLs, in the order of the names
    language: str | None = None  # ISO-639-1
    languages: list[str] | None = None
    prompt: str | None = None
    response_format: str | None = None  # json | text | srt | verbose_json | vtt | diarized_json
    temperature: float | None = None
    timestamp_granularities: list[str] | None = None  # word, segment
