"""How a recording becomes rows: a run, and an empty transcription that it will fill.

One transaction, committed before anything is sent. The recording was kept before (`StoredFile.objects.take_recording`).
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from connector.client import errors
from connector.models import admission, limits, requesting, sounds
from connector.models.configuration import Configuration
from connector.models.run import Run
from connector.operations import transcriptions, translations

if TYPE_CHECKING:
    from connector.models.stored_file import StoredFile
    from connector.models.transcription import Transcription

TRANSCRIPTIONS, TRANSLATIONS = transcriptions.OPERATION.name, translations.OPERATION.name
FILE = "file"  # the parameter that is the recording
OWN = {"model", "stream", FILE}  # not among the parameters that somebody gives
STREAMED = ("json", "diarized_json")  # formats that can come piece by piece (OpenAI guide, speech to text)
BARS = 240  # of the picture of a recording


def ask(
    user: Any,
    configuration: Configuration | None,
    operation: str,
    recording: "StoredFile",
    model: str,
    parameters: Mapping[str, Any],
    token: str = "",
) -> Run:
    """`Transcription.objects.ask`."""
    admission.check(user, configuration)
    assert configuration  # noqa: S101  # `check` saw to it
    along = {FILE: [recording]}
    requesting.check_owner(user, along)
    if operation not in (TRANSCRIPTIONS, TRANSLATIONS):
        raise errors.InvalidParameter(param="operation", reason=f"{operation!r} does not listen")
    for name in OWN & set(parameters):
        raise errors.InvalidParameter(param=name, reason="it does not belong among the parameters")
    prepared = requesting.prepare(configuration, operation, parameters, model, along)
    content = recording.read().content
    lasts, peaks = sounds.seconds(content), sounds.peaks(content, BARS)

    def make() -> Run:
        if user:
            limits.check_calls(user, operation)
        run = requesting.make_run(user, configuration, operation, prepared, along, token, Run.Kind.TRANSCRIPTION)
        run.transcription = _row(run, recording)
        run.transcription.seconds, run.transcription.peaks = lasts, peaks
        run.transcription.save(force_insert=True)
        return run

    return admission.once(user and user.pk, token, lambda: admission.lock(user), make)


def ask_again(heard: "Transcription", token: str = "") -> Run:
    """`Transcription.ask_again`."""
    if heard.recording is None:
        raise errors.InvalidParameter(param=FILE, reason="the recording was deleted")
    run = heard.run
    return ask(heard.user, run.configuration, run.operation, heard.recording, run.model, given(run), token)


def given(run: Run) -> dict[str, Any]:
    """The parameters of `run` as they were asked for."""
    return {name: value for name, value in run.request.items() if name not in OWN}


def streams(operation: str, body: Mapping[str, Any]) -> bool:
    """Whether the text can be asked for piece by piece; a model that does not know how sends it as a whole."""
    return operation == TRANSCRIPTIONS and body.get("response_format", "json") in STREAMED


def _row(run: Run, recording: "StoredFile") -> "Transcription":
    from connector.models.transcription import Transcription  # it is above this module

    return Transcription(user=run.user, run=run, recording=recording, name=recording.name)
