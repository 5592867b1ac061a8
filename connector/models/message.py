"""A message: role and content, and where it stands in its session."""

from django.db import models
from django.db.models.functions import Now

from connector.models.run import Run
from connector.models.session import ChatCompletionsSession


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


class ChatCompletionsMessage(AbstractChatCompletionsMessage):
    session = models.ForeignKey(ChatCompletionsSession, on_delete=models.CASCADE, related_name="messages")
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="children")
    run = models.ForeignKey(Run, on_delete=models.SET_NULL, null=True, blank=True, related_name="messages")
    choice = models.PositiveSmallIntegerField(default=0)  # index among the n choices of one run
    reasoning = models.TextField(blank=True)  # what compatible servers send as reasoning_content
    refusal = models.TextField(blank=True)
    tool_calls = models.JSONField(default=list, blank=True)
    finish_reason = models.CharField(max_length=40, blank=True)
    created = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["session", "id"], name="message_order")]

    def __str__(self) -> str:
        return f"{self.role}: {self.content[:40]}"
