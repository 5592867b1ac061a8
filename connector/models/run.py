"""One request that belongs to the server: what was asked, how it goes, what came of it.

queued → sending → streaming → done | stopped | interrupted | failed | filtered | length
"""

import dataclasses
import datetime
import functools
import hashlib
import os
import secrets
import socket
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from connector.catalogue import Fitted
from connector.client import errors
from connector.models.configuration import Configuration

if TYPE_CHECKING:
    from connector.models.message import ChatCompletionsMessage
    from connector.models.session import ChatCompletionsSession

STALE_AFTER = datetime.timedelta(seconds=30)  # without a heartbeat: the process that ran it is dead


@functools.cache
def _machine() -> str:
    """Which processes can see each other's ids: those of one host and, in containers, of one id namespace."""
    try:
        namespace = os.readlink("/proc/self/ns/pid")
    except OSError:
        namespace = ""
    return hashlib.sha256(f"{socket.gethostname()} {namespace}".encode()).hexdigest()[:12]


_life = secrets.token_hex(8)  # of this process; an id alone may be given again


def _begin_life() -> None:
    global _life
    _life = secrets.token_hex(8)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_life)


def this_process() -> str:
    """The name under which this process owns runs; another one after a fork."""
    return f"{_machine()}-{os.getpid()}-{_life}"


def is_dead(owner: str) -> bool:
    """Whether `owner` is surely gone: a process of this machine that is no more. False when we cannot know."""
    machine, _, rest = owner.partition("-")
    pid, _, _ = rest.partition("-")
    if machine != _machine() or not pid.isdigit() or owner == this_process():
        return False
    if int(pid) == os.getpid():  # a restarted container gives the same id again
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _manager(model: str) -> Any:
    """Of models that are above this module."""
    return apps.get_model("connector", model)._default_manager


class RunQuerySet(models.QuerySet["Run"]):
    def for_user(self, user: Any) -> "RunQuerySet":
        return self.filter(user=user) if user.is_authenticated else self.none()

    def going(self) -> "RunQuerySet":
        return self.filter(state__in=Run.State.going())

    def alive(self) -> "RunQuerySet":
        """Going, with a heartbeat by the database's clock (hosts may disagree about the time)."""
        return self.going().filter(heartbeat__gte=Now() - STALE_AFTER)

    def stale(self) -> "RunQuerySet":
        """Going by their state, but without a heartbeat."""
        return self.going().exclude(heartbeat__gte=Now() - STALE_AFTER)

    def interrupt(self) -> int:
        """Mark these as interrupted, as far as they are going; what came stays. How many there were."""
        self.going().give_up(errors.Interrupted().as_dict())
        return self.going().update(
            state=Run.State.INTERRUPTED,
            error=errors.Interrupted().as_dict(),
            ended=Now(),
            revision=models.F("revision") + 1,
        )

    def give_up(self, error: dict[str, Any]) -> None:
        """Mark what these still wait for, pictures and sounds, as failed because of `error`."""
        runs = self.order_by()
        _manager("GeneratedImage").filter(run__in=runs).give_up(error)
        _manager("Take").filter(speech__run__in=runs).give_up(error)

    def interrupt_dead(self) -> int:
        """Mark runs of dead processes: those without a heartbeat, and at once those known to be gone.

        Runs of this process are its engine's business: it knows which of them live.
        """
        going = self.going().exclude(owner="").exclude(owner=this_process())
        gone = [owner for owner in going.values_list("owner", flat=True).distinct().order_by() if is_dead(owner)]
        count = self.filter(owner__in=gone).interrupt() if gone else 0
        stale = self.stale().exclude(owner=this_process())
        return count + (stale.interrupt() if stale.exists() else 0)


@dataclasses.dataclass(frozen=True)
class Errand:
    """What a run has to do, as objects: its rows, and what follows from them."""

    configuration: Configuration | None
    session: "ChatCompletionsSession | None"
    model: str
    parameters: dict[str, Any]
    system_prompt: str
    answers: "list[ChatCompletionsMessage]"
    fitted: Fitted | None = None  # the request without its conversation, where it is known already
    question: "ChatCompletionsMessage | None" = None  # the user's message, when it was made together with the run


class Run(models.Model):
    class Kind(models.TextChoices):
        CHAT = "chat", "Chat"
        PROMPT = "prompt", "Prompt"
        IMAGE = "image", "Pictures"
        SPEECH = "speech", "Speech"
        TRANSCRIPTION = "transcription", "Transcription"
        CALL = "call", "Call"  # one request of any operation, whose answer comes as a whole

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        SENDING = "sending", "Sending"
        STREAMING = "streaming", "Streaming"
        DONE = "done", "Done"
        STOPPED = "stopped", "Stopped"
        INTERRUPTED = "interrupted", "Interrupted"
        FAILED = "failed", "Failed"
        FILTERED = "filtered", "Filtered"
        LENGTH = "length", "Length limit reached"

        @classmethod
        def going(cls) -> list["Run.State"]:
            return [cls.QUEUED, cls.SENDING, cls.STREAMING]

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="runs"
    )
    configuration = models.ForeignKey(
        Configuration, on_delete=models.SET_NULL, null=True, blank=True, related_name="runs"
    )
    session = models.ForeignKey(
        "connector.ChatCompletionsSession", on_delete=models.SET_NULL, null=True, blank=True, related_name="runs"
    )
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.CHAT)
    operation = models.CharField(max_length=40, default="chat_completions")  # connector.operations' name of it
    state = models.CharField(max_length=20, choices=State, default=State.QUEUED)
    token = models.CharField(max_length=64, null=True, blank=True)  # noqa: DJ001  # NULL: no form sent it, so not unique
    model = models.CharField(max_length=200, blank=True)  # as asked
    request = models.JSONField(default=dict)  # the fitted body without messages and files, which are rows
    inputs = models.JSONField(default=list)  # the files that go along, in order: param, kind (image, file), id
    system_prompt = models.TextField(blank=True)  # as it was when asked
    about = models.JSONField(default=dict)  # what its page keeps beside the request, and how many `texts` it has
    notices = models.JSONField(default=list)  # what was changed to fit the model: param, text, kind
    answer = models.JSONField(default=dict)  # id, model, fingerprint, service tier …: without texts and files
    usage = models.JSONField(default=dict)
    usage_estimated = models.BooleanField(default=False)
    cost = models.DecimalField(max_digits=18, decimal_places=9, null=True, blank=True)  # US dollars; None: unpriced
    error = models.JSONField(default=dict)  # errors.ConnectorError.as_dict()
    request_id = models.CharField(max_length=200, blank=True)  # the provider's
    retries = models.PositiveSmallIntegerField(default=0)
    revision = models.PositiveIntegerField(default=0)
    stop_requested = models.BooleanField(default=False)
    owner = models.CharField(max_length=64, blank=True)  # the process that runs it
    heartbeat = models.DateTimeField(db_default=Now())
    created = models.DateTimeField(db_default=Now(), editable=False)
    sent = models.DateTimeField(null=True, blank=True)
    first_token_ms = models.PositiveIntegerField(null=True, blank=True)  # from sending to the first token
    duration_ms = models.PositiveIntegerField(null=True, blank=True)  # from sending to the end
    ended = models.DateTimeField(null=True, blank=True)

    objects = RunQuerySet.as_manager()

    # `messages`: the answers, one per choice, there from the beginning; `images`, `speech`, `transcription`: likewise
    errand: Errand | None = None  # not a column: only of a run that was just made; `runs.start` takes it

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["user", "token"], name="run_once_per_form")]
        indexes = [
            models.Index(fields=["state", "heartbeat"], name="run_liveness"),
            models.Index(fields=["user", "-id"], name="run_of_user"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk} ({self.state})"

    @property
    def is_going(self) -> bool:
        return self.state in self.State.going()

    @property
    def tokens_per_second(self) -> float | None:
        """Tokens of the answer a second, from the first one to the end; None where that says nothing."""
        tokens = self.usage.get("completion_tokens")
        if not tokens or self.duration_ms is None or self.first_token_ms is None:
            return None
        milliseconds = self.duration_ms - self.first_token_ms
        return float(1000 * tokens / milliseconds) if milliseconds > 0 else None

    @property
    def elapsed(self) -> int:
        """Seconds since it was asked for."""
        return max(0, int((timezone.now() - self.created).total_seconds()))

    def request_stop(self) -> bool:
        """Ask whoever runs it to stop, from any process; False when it was over already. As often as you like."""
        nobody_has_it = Run.objects.filter(pk=self.pk, state=Run.State.QUEUED).filter(owner="")
        if nobody_has_it.update(state=Run.State.STOPPED, stop_requested=True, ended=Now()):
            Run.objects.filter(pk=self.pk).give_up(errors.Stopped().as_dict())
            return True
        return Run.objects.going().filter(pk=self.pk).update(stop_requested=True) > 0
