"""Runs as their pages show them: a text with the sound of each voice, a recording with what was said in it."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.contrib.auth.models import User
from django.template.loader import render_to_string
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from connector.models import Run, Speech, StoredFile, Take, Transcription
from connector.runs import unstored
from playground import endings
from playground.audio import aligning, exports
from playground.audio.aligning import Line, Piece

SPEAKING, LISTENING = "playground/audio/speech.html", "playground/audio/transcribe.html"
HEIGHT = 40  # of the picture of a sound; each bar is a unit wide
LEAST = 1  # of a bar, so that silence is a line


class Card(ABC):
    """What all of them have."""

    @property
    @abstractmethod
    def run(self) -> Run: ...


@dataclass(frozen=True)
class SpeechCard(Card):
    speech: Speech
    voices: "list[Voice]"
    is_open: bool = False  # all of its text is shown

    @property
    def run(self) -> Run:
        return self.speech.run

    @property
    def kept(self) -> int:
        return sum(voice.take.is_kept for voice in self.voices)

    @property
    def error(self) -> dict[str, object]:
        """Why nothing was said, where that is the same for all voices: it is said once then."""
        failed = [voice for voice in self.voices if voice.take.error and not voice.files]
        reasons = {str(voice.take.error.get("what", "")) for voice in failed}
        if self.run.is_going or len(failed) < len(self.voices) or len(reasons) > 1 or self.can_be_rescued:
            return {}
        error: dict[str, object] = failed[0].take.error
        return error

    @property
    def can_be_rescued(self) -> bool:
        return any(voice.can_be_rescued for voice in self.voices)


@dataclass(frozen=True)
class Voice:
    """One voice's sound: its row, and its files in their order."""

    take: Take
    parts: int

    @cached_property
    def files(self) -> list[StoredFile]:
        return sorted(self.take.files.all(), key=lambda file: file.place)

    @property
    def part(self) -> int:
        """Which one comes next, from 1."""
        return min(self.take.done + 1, self.parts)

    @property
    def wave(self) -> SafeString:
        return wave(self.take.peaks)

    @property
    def can_be_rescued(self) -> bool:
        return unstored.has(unstored.of_take(self.take.pk))


@dataclass(frozen=True)
class TranscriptionCard(Card):
    heard: Transcription
    is_open: bool = False  # all of it is shown, with its times

    @property
    def run(self) -> Run:
        return self.heard.run

    @property
    def wave(self) -> SafeString:
        return wave(self.heard.peaks)

    @cached_property
    def lines(self) -> list[Line]:
        return aligning.lines(self.heard)

    @property
    def exports(self) -> list[tuple[str, str]]:
        return exports.offered(self.heard)


def speech_card(spoken: Speech, *, is_open: bool = False) -> SpeechCard:
    return SpeechCard(spoken, [Voice(take, spoken.parts) for take in spoken.takes.all()], is_open)


def of(item: Speech | Transcription) -> Card:
    """Its card, open."""
    return speech_card(item, is_open=True) if isinstance(item, Speech) else TranscriptionCard(item, is_open=True)


def wave(peaks: Sequence[int]) -> SafeString:
    """The bars of a sound's picture as the path of an SVG, `HEIGHT` high, from left to right; "" for none."""
    middle = HEIGHT / 2
    halves = (max(LEAST, round(peak * (HEIGHT - 2) / 200, 1)) for peak in peaks)
    bars = ((place + 0.5, round(middle - half, 1), round(middle + half, 1)) for place, half in enumerate(halves))
    return format_html_join("", "M{} {}V{}", bars)


def words(pieces: Sequence[Piece]) -> str:
    """The words of a line, each with its time; one without a time of its own is at the end of the one before.

    Not a template: a talk has thousands.
    """
    first = next((piece.start for piece in pieces if piece.start is not None), None)
    if first is None:
        return " ".join(piece.text for piece in pieces)
    return format_html_join(" ", '<span class="word" data-at="{}" data-to="{}">{}</span>', _timed(pieces, first))


def _timed(pieces: Sequence[Piece], at: float) -> Iterator[tuple[float, float, str]]:
    for piece in pieces:
        begin, at = (at, at) if piece.start is None or piece.end is None else (piece.start, piece.end)
        yield begin, at, piece.text


# What the streams put on the page.


@endings.register(Run.Kind.SPEECH)
def spoken_fragment(run: Run, user: User) -> str:
    """The element `#run-<pk>` as it is now; nothing when it was deleted."""
    spoken = Speech.objects.for_user(user).select_related("run__configuration").filter(run=run).first()
    if spoken is None:
        return ""
    return render_to_string(f"{SPEAKING}#run", {"card": speech_card(spoken, is_open=True), "run": run, "user": user})


@endings.register(Run.Kind.TRANSCRIPTION)
def heard_fragment(run: Run, user: User) -> str:
    """The element `#run-<pk>` as it is now; nothing when it was deleted."""
    theirs = Transcription.objects.for_user(user).select_related("run__configuration", "recording")
    heard = theirs.filter(run=run).first()
    if heard is None:
        return ""
    return render_to_string(
        f"{LISTENING}#run", {"card": TranscriptionCard(heard, is_open=True), "run": run, "user": user}
    )


def take_fragment(take: Take, parts: int) -> str:
    """The element `#take-<pk>` as it is now."""
    return render_to_string(f"{SPEAKING}#take", {"voice": Voice(take, parts)})
