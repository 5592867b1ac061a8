"""A message: role and content, and where it stands in its session."""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models.functions import Now

from connector.models.run import Run
from connector.models.session import ChatCompletionsSession

if TYPE_CHECKING:
    from collections.abc import Sequence


class AbstractChatCompletionsMessage(models.Model):
    class Role(models.TextChoices):
        DEVELOPER = "developer", "Developer"
        SYSTEM = "system", "System"
        USER = "user", "User"
        ASSISTANT = "assistant", "Assistant"
        TOOL = "tool", "Tool"
        FUNCTION = "function", "Function (deprecated)"

    role = models.CharField(max_length=20, choices=Role)
    content = models.TextField(blank=True)

    class Meta:
        abstract = True


class MessageQuerySet(models.QuerySet["ChatCompletionsMessage"]):
    def for_user(self, user: Any) -> "MessageQuerySet":
        """The messages in the sessions of `user` that are not deleted."""
        return self.filter(session__user=user, session__deleted=None) if user.is_authenticated else self.none()

    def of_chats(self) -> "MessageQuerySet":
        return self.filter(session__kind=ChatCompletionsSession.Kind.CHAT)


class ChatCompletionsMessage(AbstractChatCompletionsMessage):
    session = models.ForeignKey(ChatCompletionsSession, on_delete=models.CASCADE, related_name="messages")
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="children")
    run = models.ForeignKey(Run, on_delete=models.SET_NULL, null=True, blank=True, related_name="messages")
    choice = models.PositiveSmallIntegerField(default=0)  # index among the n choices of one run
    reasoning = models.TextField(blank=True)  # what compatible servers send as reasoning_content
    refusal = models.TextField(blank=True)
    tool_calls = models.JSONField(default=list, blank=True)
    tool_call_id = models.CharField(max_length=200, blank=True)  # of a tool's result: the call it belongs to
    finish_reason = models.CharField(max_length=40, blank=True)
    created = models.DateTimeField(db_default=Now(), editable=False)

    objects = MessageQuerySet.as_manager()

    # Those with the same parent, itself included, oldest first. `session.path()` fills it in without a query.
    siblings: "Sequence[ChatCompletionsMessage]"

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["session", "id"], name="message_order")]

    def __str__(self) -> str:
        return f"{self.role} message {self.pk}"  # without its text, which others would read in lists and logs

    @property
    def choices(self) -> "list[ChatCompletionsMessage]":
        """The n choices of its run, itself included; only itself without a run."""
        return [other for other in self.siblings if self.run_id and other.run_id == self.run_id] or [self]

    @property
    def versions(self) -> "list[ChatCompletionsMessage]":
        """What can be leafed through here, oldest first: edits and regenerations. For each run one of its choices."""
        shown: dict[Any, ChatCompletionsMessage] = {}
        for other in self.siblings:
            key = ("run", other.run_id) if other.run_id else ("message", other.pk)
            if key not in shown or other.pk == self.pk:
                shown[key] = other
        return list(shown.values())
