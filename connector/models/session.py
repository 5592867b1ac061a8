"""A conversation: its messages form a tree, `leaf` says which branch is shown."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from connector.models.configuration import Configuration


class SessionQuerySet(models.QuerySet["ChatCompletionsSession"]):
    def for_user(self, user: Any) -> "SessionQuerySet":
        """The sessions of `user` that are not deleted."""
        return self.filter(user=user, deleted=None) if user.is_authenticated else self.none()


class ChatCompletionsSession(models.Model):
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="chat_sessions"
    )
    configuration = models.ForeignKey(Configuration, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    title = models.CharField(max_length=200, blank=True)
    model = models.CharField(max_length=200, blank=True)
    system_prompt = models.TextField(blank=True)
    parameters = models.JSONField(default=dict, blank=True)  # only those that were set, by the API's names
    leaf = models.ForeignKey(
        "ChatCompletionsMessage", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    pinned = models.BooleanField(default=False)
    archived = models.BooleanField(default=False)
    deleted = models.DateTimeField(null=True, blank=True)  # undo clears it; gone for good after a day
    created = models.DateTimeField(db_default=Now(), editable=False)
    touched = models.DateTimeField(db_default=Now())  # the last message; what the list is sorted by

    objects = SessionQuerySet.as_manager()

    class Meta:
        ordering = ["-pinned", "-touched", "-pk"]
        indexes = [models.Index(fields=["user", "archived", "-pinned", "-touched", "-id"], name="session_list")]

    def __str__(self) -> str:
        return self.title or f"Session {self.pk}"
