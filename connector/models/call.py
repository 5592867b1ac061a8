"""The record of calls: one narrow row each, to be listed by the million, and beside it what was sent and what came.

A call is one request to a provider, however many attempts it took. It belongs to whoever made it; what it says of the
provider's address is only what follows the configuration's own (`docs/decisions/0010`).
"""

import datetime
import functools
import zlib
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from connector.client import wire
from connector.models.configuration import Configuration
from connector.models.run import Run

LISTED_BY = ("configuration", "operation", "model", "state", "status", "source")


class CallQuerySet(models.QuerySet["Call"]):
    def for_user(self, user: Any) -> "CallQuerySet":
        """Those of `user`; nobody else reads them."""
        return self.filter(user=user) if user.is_authenticated else self.none()

    def on(self, day: datetime.date) -> "CallQuerySet":
        """Those that began on `day`, in the present time zone."""
        begin = datetime.datetime.combine(day, datetime.time(), tzinfo=timezone.get_current_timezone())
        return self.filter(started__gte=begin, started__lt=begin + datetime.timedelta(days=1))

    def before(self, started: datetime.datetime, pk: int) -> "CallQuerySet":
        """What comes after that call in a list, which begins with the newest."""
        older = models.Q(started__lt=started) | models.Q(started=started, pk__lt=pk)
        return self.filter(older, started__lte=started)


class Call(models.Model):
    class Source(models.TextChoices):
        PAGE = "page", "Page"
        ADMIN = "admin", "Admin"
        PYTHON = "python", "Python"
        COMMAND = "command", "Command"

    class State(models.TextChoices):
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        INTERRUPTED = "interrupted", "Interrupted"  # the answer broke off
        STOPPED = "stopped", "Stopped"

    # Neither has an index of its own: one below begins with the user, and one of configurations would be taken for a
    # list that is filtered by them, which then has to be sorted.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="calls", db_index=False
    )
    configuration = models.ForeignKey(
        Configuration, models.SET_NULL, null=True, blank=True, related_name="calls", db_index=False
    )
    configuration_name = models.CharField(max_length=100, blank=True)  # as it was; stays when the configuration goes
    run = models.ForeignKey(Run, on_delete=models.SET_NULL, null=True, blank=True, related_name="calls")
    source = models.CharField(max_length=10, choices=Source, default=Source.PYTHON)
    operation = models.CharField(max_length=40)  # connector.operations' name of it
    method = models.CharField(max_length=10, default="POST")
    path = models.TextField(blank=True)  # below the endpoint's base, with its query: /chat/completions
    is_stream = models.BooleanField(default=False)

    model = models.CharField(max_length=200, blank=True)  # as asked
    model_answered = models.CharField(max_length=200, blank=True)

    state = models.CharField(max_length=20, choices=State, default=State.DONE)
    status = models.PositiveSmallIntegerField(default=0)  # of the last attempt; 0: none came
    error_code = models.CharField(max_length=40, blank=True)  # ours
    error = models.CharField(max_length=500, blank=True)  # a sentence
    request_id = models.CharField(max_length=200, blank=True)  # the provider's
    notices = models.JSONField(default=list)  # what was changed to fit the model: param, text, kind

    started = models.DateTimeField(default=timezone.now)
    queued_ms = models.PositiveIntegerField(null=True, blank=True)  # until the first attempt
    connected_ms = models.PositiveIntegerField(null=True, blank=True)  # these of the last attempt, from its start
    first_byte_ms = models.PositiveIntegerField(null=True, blank=True)
    first_token_ms = models.PositiveIntegerField(null=True, blank=True)
    duration_ms = models.PositiveIntegerField(default=0)  # of the whole call, waiting between attempts included
    retries = models.PositiveSmallIntegerField(default=0)
    attempts = models.JSONField(default=list)  # one object each: `Attempt` of `connector.models.record`

    usage = models.JSONField(default=dict)  # as the provider counted
    input_tokens = models.PositiveIntegerField(null=True, blank=True)
    output_tokens = models.PositiveIntegerField(null=True, blank=True)
    cost = models.DecimalField(max_digits=18, decimal_places=9, null=True, blank=True)  # US dollars; None: unpriced

    objects = CallQuerySet.as_manager()

    class Meta:
        ordering = ["-started", "-pk"]
        # A list is found in one of these alone, whatever it is filtered by; its rows are read for one page only.
        indexes = [
            models.Index(fields=["user", "-started", "-id", *LISTED_BY], name="call_of_user"),
            models.Index(fields=["-started", "-id", "user", *LISTED_BY], name="call_of_all"),
            models.Index(fields=["request_id"], name="call_of_request_id"),
        ]

    def __str__(self) -> str:
        return f"Call {self.pk}"

    @property
    def asks_a_model(self) -> bool:
        """Not what only looks something up, even if the answer tells what a model used once."""
        return self.method == "POST"

    @property
    def is_ok(self) -> bool:
        return self.state == self.State.DONE


class CallContentQuerySet(models.QuerySet["CallContent"]):
    def of(self, runs: "models.QuerySet[Run]") -> "CallContentQuerySet":
        """Of the calls of `runs`. They hold the same words once more, so they go when what came of a run does."""
        return self.filter(call__run__in=runs)


class CallContent(models.Model):
    """What was sent and what came, without keys. Kept as long as the configuration says, or not at all.

    `request`: headers, content_type, size (bytes as sent), text or form, endpoint, notes.
    `answers`: one per attempt: status, headers, size, text, notes. `notes` say what is not as it was.
    """

    call = models.OneToOneField(Call, on_delete=models.CASCADE, primary_key=True, related_name="content")
    packed_request = models.BinaryField()
    packed_answers = models.BinaryField()

    objects = CallContentQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Content of call {self.call_id}"

    @functools.cached_property
    def request(self) -> dict[str, Any]:
        unpacked: dict[str, Any] = unpack(self.packed_request)
        return unpacked

    @functools.cached_property
    def answers(self) -> list[dict[str, Any]]:
        unpacked: list[dict[str, Any]] = unpack(self.packed_answers)
        return unpacked

    @property
    def answer(self) -> dict[str, Any]:
        """Of the last attempt."""
        return self.answers[-1] if self.answers else {}


def pack(value: Any) -> bytes:
    """Plain data in few bytes."""
    return zlib.compress(wire.encode(value), 3)


def unpack(packed: bytes | memoryview) -> Any:
    return wire.parse(zlib.decompress(packed))
