"""A raw request that somebody keeps under a name, as it stands in the form: right or not yet right."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from connector.models.configuration import Configuration
from connector.models.stored_file import StoredFile
from connector.models.undoable import Undoable, UndoableQuerySet

MOST = 500  # of one person


class SavedRequestQuerySet(UndoableQuerySet["SavedRequest"]):
    def purge(self) -> int:
        """Delete for good what was deleted a day ago; how many rows went."""
        return self.expired().delete()[0]


class SavedRequest(Undoable):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_requests")
    configuration = models.ForeignKey(Configuration, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    name = models.CharField(max_length=100)
    content = models.JSONField(default=dict)  # the form's fields by their names; what has its default is not there
    files = models.ManyToManyField(StoredFile, blank=True, related_name="saved_requests")  # uploads in it
    changed = models.DateTimeField(default=timezone.now)
    created = None  # type: ignore[assignment]  # so Django leaves out a field of the parent

    objects = SavedRequestQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        indexes = [models.Index(fields=["user", "name"], name="saved_request_of_user")]

    def __str__(self) -> str:
        return f"Saved request {self.pk}"
