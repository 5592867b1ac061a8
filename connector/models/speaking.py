"""How a text becomes rows: a run, the text, and a waiting take for each voice that is to say it.

One transaction, committed before anything is sent. A request takes a few thousand characters, so a longer text goes
as several, cut at sentences.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from connector.catalogue import Family, Fitted
from connector.catalogue.parameters import rules
from connector.client import errors
from connector.models import admission, limits, requesting, sentences, text
from connector.models.configuration import Configuration
from connector.models.run import Run
from connector.operations import sending, speech

if TYPE_CHECKING:
    from connector.models.speech import Speech

type Voice = str | dict[str, Any]

OPERATION = speech.OPERATION.name
OWN = {"model", "input", "voice"}  # not among the parameters that somebody gives
LONGEST = 20_000  # characters; as WAV 25 minutes and 70 MB, which are in memory twice while they are joined
MOST_VOICES = 2
EVENTS = "sse"  # the sound in events, the last of which tells the usage


@dataclasses.dataclass(frozen=True)
class Prepared:
    """What a configuration makes of a text."""

    parts: list[str]
    voices: list[requesting.Prepared]  # a request for each, still with the first part

    @property
    def common(self) -> requesting.Prepared:
        """What all requests have in common; its body is without text and voice."""
        first = self.voices[0]
        body = {name: value for name, value in first.body.items() if name not in ("input", "voice")}
        return dataclasses.replace(first, body=body)

    @property
    def response_format(self) -> str:
        return str(self.common.body.get("response_format", "mp3"))  # OpenAI API reference, audio/speech

    def requests(self, voice: int) -> list[Fitted]:
        """What is sent for a voice, one after the other."""
        fitted = self.voices[voice].request
        assert isinstance(fitted, Fitted)  # noqa: S101  # it is no raw request
        return [dataclasses.replace(fitted, body=fitted.body | {"input": part}) for part in self.parts]


def ask(
    user: Any,
    configuration: Configuration | None,
    words: str,
    voices: Sequence[Voice],
    model: str,
    parameters: Mapping[str, Any],
    token: str = "",
) -> Run:
    """`Speech.objects.ask`."""
    admission.check(user, configuration)
    assert configuration  # noqa: S101  # `check` saw to it
    words = text.cleaned(words).strip()
    prepared = prepare(configuration, words, voices, model, parameters)

    def make() -> Run:
        if user:
            limits.check_calls(user, OPERATION)
            limits.check_storage(user)
        return _make(user, configuration, words, voices, prepared, token)

    return admission.once(user and user.pk, token, lambda: admission.lock(user), make)


def ask_again(spoken: "Speech", token: str = "") -> Run:
    """`Speech.ask_again`."""
    run = spoken.run
    return ask(spoken.user, run.configuration, spoken.text, _voices(spoken), run.model, given(run), token)


def prepare(
    configuration: Configuration,
    words: str,
    voices: Sequence[Voice],
    model: str,
    parameters: Mapping[str, Any],
) -> Prepared:
    """The requests as `configuration` and the model's family take them. Nothing is sent.

    Raises `errors.NoModel`, and `errors.InvalidParameter` for a value that the API would refuse; of a text that is
    empty or too long for all requests together as `input`.
    """
    for name in OWN & set(parameters):
        raise errors.InvalidParameter(param=name, reason="it does not belong among the parameters")
    if not 1 <= len(voices) <= MOST_VOICES:
        raise errors.InvalidParameter(param="voice", reason=f"one or {MOST_VOICES} voices can speak")
    if not words.strip():
        raise errors.InvalidParameter(param="input", reason="there is nothing to say")
    if len(words) > LONGEST:
        reason = f"the text has {len(words):,} characters; {LONGEST:,} can be spoken at once"
        raise errors.InvalidParameter(param="input", reason=reason)
    first = requesting.prepare(configuration, OPERATION, {**parameters, "input": "…", "voice": voices[0]}, model)
    parts = sentences.split(words, _most(configuration, first.family))
    asked = dict(parameters) | ({} if "stream_format" in parameters else _as_events(configuration, first))
    each = [
        requesting.prepare(configuration, OPERATION, asked | {"input": parts[0], "voice": voice}, model)
        for voice in voices
    ]
    return Prepared(parts, each)


def prepare_run(spoken: "Speech") -> Prepared:
    """The requests of a run that was asked for before. Raises as `prepare`, and `errors.NoConfiguration`."""
    run = spoken.run
    if run.configuration is None or not run.configuration.enabled:
        raise errors.NoConfiguration()
    return prepare(run.configuration, spoken.text, _voices(spoken), run.model, given(run))


def given(run: Run) -> dict[str, Any]:
    """The parameters of `run` as they were asked for, without what is added here."""
    return {name: value for name, value in run.request.items() if name not in (OWN | {"stream_format"})}


def _voices(spoken: "Speech") -> list[Voice]:
    return [take.voice for take in spoken.takes.all()]


def _most(configuration: Configuration, family: Family | None) -> int:
    """How many characters a request may have."""
    rule = rules(OPERATION, sending.api(configuration.parsed_endpoint()), family)["input"]
    assert rule.maximum_length  # noqa: S101  # the catalogue has it for every API
    return rule.maximum_length


def _as_events(configuration: Configuration, first: requesting.Prepared) -> dict[str, str]:
    """Ask for events where the model is known to send them: without them nobody tells what it cost."""
    if first.family is None:
        return {}
    wanted = first.body | {"stream_format": EVENTS}
    with_events = requesting.prepare(configuration, OPERATION, wanted, first.model)
    return {"stream_format": EVENTS} if "stream_format" in with_events.body else {}


def _make(
    user: Any,
    configuration: Configuration,
    words: str,
    voices: Sequence[Voice],
    prepared: Prepared,
    token: str,
) -> Run:
    from connector.models.speech import Speech, Take  # it is above this module

    run = requesting.make_run(user, configuration, OPERATION, prepared.common, {}, token, Run.Kind.SPEECH)
    spoken = Speech(user=user or None, run=run, text=words, parts=len(prepared.parts))
    spoken.save(force_insert=True)
    for place, voice in enumerate(voices):
        Take(speech=spoken, place=place, voice=voice).save(force_insert=True)
    return run
