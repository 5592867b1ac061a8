"""What is asked: a text and who says it; a recording and how it is written down."""

import contextlib
import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, ClassVar

from django import forms
from django.contrib.auth.models import User
from django.http import QueryDict

from connector import catalogue
from connector.catalogue import Parameter
from connector.client import errors
from connector.models import choosing, costing, listening, sounds, speaking
from connector.models.speaking import Voice
from playground.chat.forms import TextField
from playground.parameters.drawn import DrawnForm, Field, options
from playground.parameters.fields import Control, as_typed, sentence
from playground.parameters.form import OTHER, PREFIX, Start

ANYTHING = "…"  # a text to check a request with while nothing is typed

# Of the parameters of speech: what the page draws in a place of its own, and what it decides by itself.
VOICE, SECOND, INSTRUCTIONS, OWN_VOICE = "voice", "second", "instructions", "_own"
DECIDED = {"stream_format"}

# Of those of transcriptions.
FORMAT, TIMES, CHUNKS = "response_format", "timestamp_granularities", "chunking_strategy"
UNSHOWN = {"include", "known_speaker_names", "known_speaker_references"}  # what comes of them has no place on the page
DEFAULT_FORMAT, WITH_TIMES, WITH_SPEAKERS = "json", "verbose_json", "diarized_json"
RICHEST = (WITH_TIMES, WITH_SPEAKERS, DEFAULT_FORMAT)  # formats, from the one that tells most
FORMATS = {
    "json": "Text",
    "text": "Plain text",
    "srt": "SRT",
    "vtt": "WebVTT",
    "verbose_json": "With times",
    "diarized_json": "With speakers",
}
BOTH_TIMES = "word\nsegment"
ALONG = {  # what goes along with a format: a recording of more than half a minute is cut to tell speakers apart
    WITH_TIMES: {TIMES: BOTH_TIMES},
    WITH_SPEAKERS: {CHUNKS: "auto"},
}


@dataclass(frozen=True, slots=True)
class VoiceChoice:
    """One of the voices as the page draws it."""

    name: str  # of the field
    label: str
    names: Sequence[str]  # to choose from; none where a server has voices of its own
    chosen: str
    own: str  # what is typed for a voice that is not among them
    errors: Sequence[str] = ()

    @property
    def id(self) -> str:
        return f"set-{self.name}"

    @property
    def is_own(self) -> bool:
        return bool(self.own) or self.chosen == OTHER


class VoiceInput(forms.TextInput):
    """Reads the select and the field below it as one text."""

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> str:  # Any: as Django has them
        chosen, typed = str(data.get(name, OTHER)), str(data.get(name + OWN_VOICE, "")).strip()
        return f"{OTHER}{typed}" if chosen == OTHER else chosen


class SpeechForm(DrawnForm):
    """`sends`: it was sent to be spoken, so that a text has to be there."""

    operation = "speech"
    address: ClassVar[str] = "playground:speech_form"
    label = "Its voices are melodies that are made on this server and cost nothing."

    text = TextField(strip=False, required=False, error_messages={"required": "Write what is to be said first."})

    def __init__(
        self,
        user: User,
        start: Start,
        data: QueryDict | None = None,
        *,
        text: str = "",
        voices: Sequence[Voice] = (),
        sends: bool = False,
    ) -> None:
        self.prepared: speaking.Prepared | None = None  # the requests as they would be sent, once they were checked
        self.started_with = list(voices)
        super().__init__(user, start, data)
        self.initial["text"] = text
        self.fields["text"].required = sends
        if self.is_bound:
            for name in (PREFIX + VOICE, SECOND):
                self.fields[name] = forms.CharField(required=False, max_length=200, widget=VoiceInput())
        else:
            self._look_ahead(text)

    def _look_ahead(self, text: str) -> None:
        """At the requests that would be sent as the form opens, for their price."""
        if self.chosen is not None:
            voices = self.started_with or [self.voice_names[0] if self.voice_names else ANYTHING]
            with contextlib.suppress(errors.NotSent):
                values = self.start.parameters
                self.prepared = speaking.prepare(self.chosen, text or ANYTHING, voices, self.model_name, values)

    def _taken(self, model: str) -> list[Parameter]:
        return [parameter for parameter in super()._taken(model) if parameter.name not in DECIDED]

    @cached_property
    def voice_names(self) -> Sequence[str]:
        return next((parameter.choices for parameter in self.known if parameter.name == VOICE), ())

    @property
    def voices(self) -> list[VoiceChoice]:
        """The first voice, and the second one, which may stay away."""
        names = [(PREFIX + VOICE, "Voice"), (SECOND, "Second voice")]
        return [self._voice(name, label, place) for place, (name, label) in enumerate(names)]

    def _voice(self, name: str, label: str, place: int) -> VoiceChoice:
        if self.is_bound:
            chosen, own = str(self.data.get(name, "")), str(self.data.get(name + OWN_VOICE, "")).strip()
        else:
            begun = self.started_with[place] if place < len(self.started_with) else ""
            text = str(begun.get("id", "")) if isinstance(begun, dict) else begun
            chosen, own = (text, "") if text in self.voice_names else (OTHER if text else "", text)
        if chosen not in (OTHER, "") and chosen not in self.voice_names:
            chosen, own = OTHER, chosen  # another model has no such voice: said when it is sent
        if place == 0 and not chosen:
            chosen = self.voice_names[0] if self.voice_names else OTHER
        return VoiceChoice(name, label, self.voice_names, chosen, own, [str(one) for one in self.errors.get(name, ())])

    @property
    def instructions(self) -> Control | None:
        return next((control for control in self.parameters if control.parameter.name == INSTRUCTIONS), None)

    @property
    def main(self) -> list[Field]:
        own = (VOICE, INSTRUCTIONS)
        return [field for field in super().main if field.parameter.name not in own]

    def _values(self) -> dict[str, Any]:
        return {name: value for name, value in super()._values().items() if name != VOICE}

    def _fit(self) -> None:
        assert self.chosen is not None  # noqa: S101  # for the type checker; who asks looked
        text = self.cleaned_data.get("text") or ANYTHING
        try:
            self.prepared = speaking.prepare(self.chosen, text, self._spoken_by(), self.model_name, self._values())
        except errors.InvalidParameter as error:
            field = {"input": "text"}.get(str(error.facts["param"]).split(".")[0])
            if field is None:
                raise
            self.add_error(field, sentence(error))
        except errors.NoModel as error:
            self.add_error("model", f"{error.what} {error.todo}")

    def _spoken_by(self) -> list[Voice]:
        """Raises `errors.InvalidParameter` for a voice that is to be typed and is not."""
        first = self._as_asked(self.cleaned_data.get(PREFIX + VOICE, ""))
        second = self._as_asked(self.cleaned_data.get(SECOND, ""))
        if not first and not self.voice_names:
            reason = "this server has voices of its own; write the name of one."
            raise errors.InvalidParameter(param=VOICE, reason=reason)
        return [first or self.voice_names[0], *([second] if second else [])]

    def _as_asked(self, text: str) -> Voice:
        """A voice of one's own has an id where the others have names; a server of one's own knows names only."""
        if not text.startswith(OTHER):
            return text
        typed = text.removeprefix(OTHER)
        return {"id": typed} if typed and self.voice_names else typed

    # What is said below it before it is sent.

    @property
    def parts(self) -> int:
        return len(self.prepared.parts) if self.prepared else 1

    @property
    def stays_apart(self) -> str:
        """The format in which so many parts do not become one file; "" when they do."""
        name = self.prepared.response_format if self.prepared else ""
        return name if name and self.parts > 1 and not sounds.joins(name) else ""

    @property
    def price(self) -> Decimal | None:
        """US dollars for all of it; None where it is not known before."""
        if self.prepared is None:
            return None
        text = "".join(self.prepared.parts) * len(self.prepared.voices)
        assert self.chosen is not None  # noqa: S101  # for the type checker; it is what was prepared for
        family = costing.priced(self.chosen, self.prepared.common.model)
        return catalogue.price_of(family, {}, {"input": "" if text == ANYTHING else text})

    @property
    def wish(self) -> dict[str, Any]:
        """What `Speech.objects.ask` takes."""
        cleaned = self.cleaned_data
        return self.values() | {"text": cleaned["text"], "voices": self._spoken_by(), "token": cleaned["token"]}


class TranscriptionForm(DrawnForm):
    """Both ways to write down a recording: as it was said, or in English. The recording itself is the view's."""

    address: ClassVar[str] = "playground:transcribe_form"
    label = "Nobody listens to the recording: its words are made up on this server, and cost nothing."
    operation = listening.TRANSCRIPTIONS  # of each form its own

    task = forms.ChoiceField(
        choices=[(listening.TRANSCRIPTIONS, "Transcribe"), (listening.TRANSLATIONS, "Translate to English")],
        required=False,
    )

    def __init__(
        self,
        user: User,
        start: Start,
        data: QueryDict | None = None,
        *,
        operation: str = listening.TRANSCRIPTIONS,
        sends: bool = False,
    ) -> None:
        self.sends = sends
        wanted = operation if data is None else data.get("task", "")
        is_known = wanted in (listening.TRANSCRIPTIONS, listening.TRANSLATIONS)
        self.operation = wanted if is_known else listening.TRANSCRIPTIONS
        super().__init__(user, start, data)
        if data is None and not start.parameters:
            self._begin_with(self._richest(self.model_name, {FORMAT: None}))

    def _begin_with(self, parameters: dict[str, Any]) -> None:
        self.start = dataclasses.replace(self.start, parameters=parameters)
        self.known, self.not_taken = self._taken(self.model_name), []
        self._fill()

    def _amended(self, data: QueryDict | None) -> QueryDict | None:
        """With another model the format becomes one that it has."""
        data = super()._amended(data)
        if data is not None and not self.sends:
            model = str(data.get("other_model" if data.get("model") == OTHER else "model", ""))
            posted = {name.removeprefix(PREFIX): value for name, value in data.items() if name.startswith(PREFIX)}
            for name, value in self._richest(model, posted).items():
                data[PREFIX + name] = as_typed(value)
        return data

    def _richest(self, model: str, posted: Mapping[str, Any]) -> dict[str, Any]:
        """What is to be set so that `model` has the format, the one that tells most where it does not have what was
        `posted`; and what goes along with a format as long as nobody said otherwise."""
        family, overrides = choosing.known_of(self.chosen, model) if self.chosen and model else ("", None)
        if self.chosen is None or catalogue.find(family or model, overrides=overrides) is None:
            return {}
        every = catalogue.parameters(self.operation, model, self._api, family, overrides)
        choices: Sequence[str] = next((parameter.choices for parameter in every if parameter.name == FORMAT), ())
        found, chosen = {}, posted.get(FORMAT) or DEFAULT_FORMAT
        if choices and (chosen not in choices or posted.get(FORMAT, "") is None):
            chosen = found[FORMAT] = next((name for name in RICHEST if name in choices), choices[0])
        taken = {parameter.name for parameter in every}
        along = {name: value for name, value in ALONG.get(chosen, {}).items() if name in taken and name not in posted}
        return found | along

    def _taken(self, model: str) -> list[Parameter]:
        """The times of words and segments are only in one of the formats."""
        has_times = self._company().get(FORMAT) == WITH_TIMES
        hidden = UNSHOWN if has_times else UNSHOWN | {TIMES}
        return [parameter for parameter in super()._taken(model) if parameter.name not in hidden]

    def _not_taken(self) -> list[Parameter]:
        return [parameter for parameter in super()._not_taken() if parameter.name not in UNSHOWN | {TIMES}]

    def _drawn(self, control: Control) -> Field:
        parameter = control.parameter
        if parameter.name == FORMAT:
            return Field(control, options(control, list(parameter.choices), FORMATS))
        if parameter.name == TIMES:
            control = dataclasses.replace(control, text=control.text.replace("\r\n", "\n"))
            words = {"segment": "Segments", "word": "Words", BOTH_TIMES: "Both"}
            return Field(control, options(control, list(words), words), is_few=True)
        if parameter.name == CHUNKS:
            return Field(control, options(control, ["auto"], {"auto": "Automatic"}), is_few=True)
        return super()._drawn(control)

    @property
    def wish(self) -> dict[str, Any]:
        """What `Transcription.objects.ask` takes besides the recording."""
        return self.values() | {"operation": self.operation, "token": self.cleaned_data["token"]}
