"""One request that belongs to the server: what was asked, how it goes, what came of it.

queued → sending → streaming → done | stopped | interrupted | failed | filtered | length
"""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from connector.models.configuration import Configuration


class RunQuerySet(models.QuerySet["Run"]):
    def for_user(self, user: Any) -> "RunQuerySet":
        return self.filter(user=user) if user.is_authenticated else self.none()

    def going(self) -> "RunQuerySet":
        return self.filter(state__in=Run.State.going())


class Run(models.Model):
    class Kind(models.TextChoices):
        CHAT = "chat", "Chat"

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
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.CHAT)
    state = models.CharField(max_length=20, choices=State, default=State.QUEUED)
    token = models.CharField(max_length=64, null=True, blank=True)  # noqa: DJ001  # NULL: no form sent it, so not unique
    model = models.CharField(max_length=200, blank=True)  # as asked
    request = models.JSONField(default=dict)  # the fitted body without the messages, which are rows already
    system_prompt = models.TextField(blank=True)  # as it was when asked
    notices = models.JSONField(default=list)  # what was changed to fit the model
    answer = models.JSONField(default=dict)  # id, model, fingerprint, service tier …: the answer without its text
    usage = models.JSONField(default=dict)
    usage_estimated = models.BooleanField(default=False)
    error = models.JSONField(default=dict)  # errors.ConnectorError.as_dict()
    request_id = models.CharField(max_length=200, blank=True)  # the provider's
    retries = models.PositiveSmallIntegerField(default=0)
    revision = models.PositiveIntegerField(default=0)
    stop_requested = models.BooleanField(default=False)
    owner = models.CharField(max_length=64, blank=True)  # the process that runs it
    heartbeat = models.DateTimeField(null=True, blank=True)
    created = models.DateTimeField(db_default=Now(), editable=False)
    sent = models.DateTimeField(null=True, blank=True)
    first_token_ms = models.PositiveIntegerField(null=True, blank=True)  # from sending to the first token
    duration_ms = models.PositiveIntegerField(null=True, blank=True)  # from sending to the end
    ended = models.DateTimeField(null=True, blank=True)

    objects = RunQuerySet.as_manager()

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
