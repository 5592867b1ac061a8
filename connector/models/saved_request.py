"""A raw request that somebody keeps under a name, as it stands in the form: right or not yet right."""

import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from connector.models.configuration import Configuration
from connector.models.stored_file import StoredFile

KEPT_DELETED = datetime.timedelta(days=1)  # how long a deletion can be undone
MOST = 500  # of one person


class SavedRequestQuerySet(models.QuerySet["SavedRequest"]):
    def for_user(self, user: Any) -> "SavedRequestQuerySet":
        """Those of `user` that are not deleted."""
        return self.filter(user=user, deleted=None) if user.is_authenticated else self.none()

    def deleted_of(self, user: Any) -> "SavedRequestQuerySet":
        """Those of `user` whose deletion can still be undone."""
        return self.filter(user=user).exclude(deleted=None) if user.is_authenticated else self.none()

    def purge(self) -> int:
        """Delete for good what was deleted a day ago; how many rows went."""
        return self.filter(deleted__lt=Now() - KEPT_DELETED).delete()[0]


class SavedRequest(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_requests")
    configuration = models.ForeignKey(Configuration, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    name = models.CharField(max_length=100)
    content = models.JSONField(default=dict)  # the form's fields by their names; what has its default is not there
    files = models.ManyToManyField(StoredFile, blank=True, related_name="saved_requests")  # uploads in it
    changed = models.DateTimeField(default=timezone.now)
    deleted = models.DateTimeField(null=True, blank=True)

    objects = SavedRequestQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        indexes = [models.Index(fields=["user", "name"], name="saved_request_of_user")]

    def __str__(self) -> str:
        return f"Saved request {self.pk}"

    def discard(self) -> None:
        """Gone for its owner; it can be brought back for a day."""
        self.deleted = timezone.now()
        self.save(update_fields=["deleted"])

    def restore(self) -> None:
        self.deleted = None
        self.save(update_fields=["deleted"])
