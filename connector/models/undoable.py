"""Rows of a person that can be deleted and, for a day, brought back."""

import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

KEPT_DELETED = datetime.timedelta(days=1)  # how long a deletion can be undone


class UndoableQuerySet[M: "Undoable"](models.QuerySet[M]):
    def for_user(self, user: Any) -> Self:
        """Those of `user` that are not deleted."""
        return self.filter(user=user, deleted=None) if user.is_authenticated else self.none()

    def deleted_of(self, user: Any) -> Self:
        """Those of `user` whose deletion can still be undone."""
        return self.filter(user=user).exclude(deleted=None) if user.is_authenticated else self.none()

    def expired(self) -> Self:
        """Those that were deleted a day ago."""
        return self.filter(deleted__lt=Now() - KEPT_DELETED)


class Undoable(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True)
    created = models.DateTimeField(db_default=Now(), editable=False)
    deleted = models.DateTimeField(null=True, blank=True)  # undo clears it; gone for good after a day

    class Meta:
        abstract = True

    def discard(self) -> None:
        """Delete it in a way that `restore` undoes."""
        self.deleted = timezone.now()
        self.save(update_fields=["deleted"])

    def restore(self) -> None:
        self.deleted = None
        self.save(update_fields=["deleted"])
