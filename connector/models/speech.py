"""What was spoken: a text, and the sound of each voice that says it."""

import builtins
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.db import models

from connector.client.multipart import File
from connector.models import sounds, speaking
from connector.models.call import CallContent
from connector.models.configuration import Configuration
from connector.models.run import Run
from connector.models.stored_file import StoredFile
from connector.models.undoable import Undoable, UndoableQuerySet

if TYPE_CHECKING:
    from connector.models.speaking import Voice

BARS = 160  # of the picture of a sound
ENDING = ("state", "error", "seconds", "peaks", "duration_ms")
PLACES = 100  # among a run's outputs, for each voice: its parts, one behind the other


class SpeechQuerySet(UndoableQuerySet["Speech"]):
    def ask(
        self,
        user: Any,
        configuration: Configuration | None,
        text: str,
        *,
        voices: "Sequence[Voice]",
        model: str = "",
        parameters: Mapping[str, Any] | None = None,
        token: str = "",
    ) -> Run:
        """Ask for `text` as sound: a run (`run.speech`) and a waiting take for each voice, committed. See `runs.start`.

        `voices`: one or two, each a name or `{"id": …}`. `parameters` have the API's names. A text that is longer than
        a request may have goes as several. `token`: one per form; the same one again gives the run it made first.
        Raises errors of `errors.NotSent`.
        """
        return speaking.ask(user, configuration, text, voices, model, parameters or {}, token)

    def purge(self) -> int:
        """Delete for good, files included, what was deleted a day ago; how many texts went."""
        CallContent.objects.of(Run.objects.filter(speech__in=self.expired())).delete()
        StoredFile.objects.filter(takes__speech__in=self.expired()).delete()
        return self.expired().delete()[1].get("connector.Speech", 0)


class Speech(Undoable):
    run = models.OneToOneField(Run, on_delete=models.CASCADE, related_name="speech")
    text = models.TextField()
    parts = models.PositiveSmallIntegerField(default=1)  # requests for each voice

    objects = SpeechQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "speeches"
        indexes = [
            models.Index(fields=["user", "-id"], name="speech_of_user"),
            models.Index(fields=["deleted"], name="speech_deleted", condition=models.Q(deleted__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"Speech {self.pk}"  # without its text, which others would read in lists and logs

    def ask_again(self, token: str = "") -> Run:
        """The same text by the same voices once more; as `Speech.objects.ask`."""
        return speaking.ask_again(self, token)


class TakeQuerySet(models.QuerySet["Take"]):
    def give_up(self, error: dict[str, Any]) -> int:
        """Mark those still waited for as failed because of `error`; the parts that came stay. How many there were."""
        return self.filter(state=Take.State.WAITING).update(state=Take.State.FAILED, error=error)


class Take(models.Model):
    """One voice's sound of a text: a file or, where its parts cannot be joined, several.

    One that is kept and has an `error` is not whole.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        KEPT = "kept", "Kept"
        FAILED = "failed", "Failed"

    speech = models.ForeignKey(Speech, on_delete=models.CASCADE, related_name="takes")
    place = models.PositiveSmallIntegerField(default=0)  # among the voices, from 0
    voice = models.JSONField()  # as asked: a name or {"id": …}
    state = models.CharField(max_length=20, choices=State, default=State.WAITING)
    error = models.JSONField(default=dict, blank=True)  # errors.ConnectorError.as_dict()
    done = models.PositiveSmallIntegerField(default=0)  # parts that came
    files = models.ManyToManyField(StoredFile, blank=True, related_name="takes")  # in the order of their place
    seconds = models.FloatField(null=True, blank=True)  # how long it lasts; None where only a codec knows
    peaks = models.JSONField(default=list, blank=True)  # its picture: `sounds.peaks`
    duration_ms = models.PositiveIntegerField(null=True, blank=True)  # from sending to the end

    objects = TakeQuerySet.as_manager()

    class Meta:
        ordering = ["place"]

    def __str__(self) -> str:
        return f"Take {self.pk}"

    @property
    def voice_name(self) -> str:
        return str(self.voice.get("id", "")) if isinstance(self.voice, dict) else str(self.voice)

    @property
    def is_waiting(self) -> bool:
        return self.state == self.State.WAITING

    @property
    def is_kept(self) -> bool:
        return self.state == self.State.KEPT

    # What its run tells it; in a thread, for it takes a moment.

    def keep_part(self, run: Run, number: int, file: File) -> StoredFile:
        """Store what came of part `number`, from 0. Raises `errors.NotStored`."""
        place = self.place * PLACES + number
        kept = StoredFile.objects.keep(run.user, file, StoredFile.Purpose.OUTPUT, output_of=run, place=place)
        self.files.add(kept)
        self.done = number + 1
        self.save(update_fields=["done"])
        return kept

    def join(self, run: Run, contents: Sequence[builtins.bytes], name: str) -> None:
        """One file instead of the parts, if that is possible; and how long it is and what it looks like."""
        whole = contents[0] if len(contents) == 1 else sounds.joined(contents)
        if whole is not None and len(contents) > 1:
            parts = list(self.files.all())
            file = File(name, whole)
            kept = StoredFile.objects.keep(
                run.user, file, StoredFile.Purpose.OUTPUT, output_of=run, place=self.place * PLACES
            )
            self.files.set([kept])
            for part in parts:
                part.delete()
        lasts = [sounds.seconds(content) for content in contents]
        self.seconds = sum(each for each in lasts if each) if all(lasts) else None
        self.peaks = sounds.peaks(whole, BARS) if whole is not None else []

    def save_end(self) -> None:
        """Save how it ended, where it is still there."""
        values = {name: getattr(self, name) for name in ENDING}
        Take.objects.filter(pk=self.pk).update(**values)
