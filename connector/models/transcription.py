"""What was said in a recording, in its own language or in English, with times and speakers where they are known."""

from collections.abc import Mapping
from typing import Any

from django.db import models

from connector.models import listening
from connector.models.call import CallContent
from connector.models.configuration import Configuration
from connector.models.run import Run
from connector.models.stored_file import StoredFile
from connector.models.undoable import Undoable, UndoableQuerySet

HEARD = ("segments", "words", "language", "seconds")


class TranscriptionQuerySet(UndoableQuerySet["Transcription"]):
    def ask(
        self,
        user: Any,
        configuration: Configuration | None,
        recording: StoredFile,
        *,
        operation: str = "transcriptions",
        model: str = "",
        parameters: Mapping[str, Any] | None = None,
        token: str = "",
    ) -> Run:
        """Ask what is said in `recording`: a run, and an empty row (`run.transcription`), committed. See `runs.start`.

        `operation`: transcriptions, or translations (into English). `parameters` have the API's names. `token`: one per
        form; the same one again gives the run it made first. Raises errors of `errors.NotSent`.
        """
        return listening.ask(user, configuration, operation, recording, model, parameters or {}, token)

    def purge(self) -> int:
        """Delete for good what was deleted a day ago; how many went. Recordings that nothing needs go after that."""
        CallContent.objects.of(Run.objects.filter(transcription__in=self.expired())).delete()
        return self.expired().delete()[1].get("connector.Transcription", 0)


class Transcription(Undoable):
    run = models.OneToOneField(Run, on_delete=models.CASCADE, related_name="transcription")
    recording = models.ForeignKey(
        StoredFile, on_delete=models.SET_NULL, null=True, blank=True, related_name="transcriptions"
    )
    name = models.CharField(max_length=100, blank=True)  # of the recording
    text = models.TextField(blank=True)  # grows while it comes
    segments = models.JSONField(default=list, blank=True)  # start, end (seconds), text, and speaker where it is known
    words = models.JSONField(default=list, blank=True)  # start, end, word
    language = models.CharField(max_length=60, blank=True)  # as the model says
    seconds = models.FloatField(null=True, blank=True)  # of the recording; None where only a codec knows
    peaks = models.JSONField(default=list, blank=True)  # the recording's picture: `sounds.peaks`

    objects = TranscriptionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["user", "-id"], name="transcription_of_user"),
            models.Index(fields=["deleted"], name="transcription_deleted", condition=models.Q(deleted__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"Transcription {self.pk}"  # without its text, which others would read in lists and logs

    @property
    def is_translation(self) -> bool:
        return self.run.operation == listening.TRANSLATIONS

    @property
    def has_speakers(self) -> bool:
        return any(segment.get("speaker") for segment in self.segments)

    def save_heard(self) -> None:
        """Save what is known at the end besides the text, where it is still there."""
        values = {name: getattr(self, name) for name in HEARD}
        Transcription.objects.filter(pk=self.pk).update(**values)

    def ask_again(self, token: str = "") -> Run:
        """The same recording by the same request once more; as `Transcription.objects.ask`."""
        return listening.ask_again(self, token)
