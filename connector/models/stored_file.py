"""A picture that somebody uploaded for an edit: kept, so that the same body can be sent again."""

import datetime
import hashlib
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.conf import settings
from django.db import models, router, transaction
from django.db.models.functions import Now

from connector.client import errors
from connector.client.multipart import File
from connector.models import admission, limits, pictures, storing
from connector.models.run import Run

UNUSED = datetime.timedelta(days=1)  # how long an upload that no run uses is kept
LARGEST = 50_000_000  # bytes (OpenAI API reference, images/edit)

AT_ONCE = 2  # uploads that are decoded side by side: one may take 200 MB of memory for a moment

# Always the same threads: what is freed in a thread is kept for it by the C library.
_lookers = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="uploads")


def upload_to(file: "StoredFile", name: str) -> str:
    return f"connector/inputs/{file.public_id.hex[:2]}/{name}"


class StoredFileQuerySet(models.QuerySet["StoredFile"]):
    def for_user(self, user: Any) -> "StoredFileQuerySet":
        return self.filter(user=user) if user.is_authenticated else self.none()

    def take(self, user: Any, name: str, content: bytes, purpose: str = "input") -> "StoredFile":
        """Keep what `user` uploaded; takes a moment for a large one, so call it in a thread.

        Raises `errors.InvalidParameter` (of `image` or `mask`) for what is no picture that models take, is too large
        or, of a mask, no PNG; `errors.StorageFull`, `errors.NotStored`.
        """
        param = "mask" if purpose == StoredFile.Purpose.MASK else "image"
        if len(content) > LARGEST:
            raise errors.InvalidParameter(param=param, reason="a picture can have 50 MB at most")
        limits.check_storage(user, len(content))
        try:
            found = _lookers.submit(pictures.examined, content).result()
        except errors.NotAPicture as error:
            raise errors.InvalidParameter(param=param, reason=f"this is no picture: {error.facts['reason']}") from error
        if param == "mask" and found.media_type != "image/png":
            raise errors.InvalidParameter(param=param, reason="a mask has to be a PNG")
        file = self.model(
            user=user,
            purpose=purpose,
            name=File(name, content).safe_name,
            media_type=found.media_type,
            width=found.width,
            height=found.height,
            bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
        )
        storing.store(file.file, content, found.suffix, "picture")
        try:
            with transaction.atomic(using=router.db_for_write(self.model)):
                admission.lock(user)  # others may have come in at the same time
                limits.check_storage(user, len(content))
                file.save(force_insert=True)
        except BaseException:
            storing.remove(file.file.storage, file.file.name)
            raise
        return file

    def unused(self) -> "StoredFileQuerySet":
        """Uploads that no picture needs any more, older than a day."""
        drawn = Run.objects.filter(stored_files=models.OuterRef("pk"), images__isnull=False)
        return self.filter(~models.Exists(drawn), created__lt=Now() - UNUSED)

    def purge(self) -> int:
        """Delete those, files included; how many went."""
        return self.unused().delete()[1].get("connector.StoredFile", 0)


class StoredFile(models.Model):
    class Purpose(models.TextChoices):
        INPUT = "input", "Input"
        MASK = "mask", "Mask"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)  # the only id in addresses
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="stored_files"
    )
    runs = models.ManyToManyField(Run, blank=True, related_name="stored_files")  # that were asked with it
    purpose = models.CharField(max_length=20, choices=Purpose, default=Purpose.INPUT)
    file = models.FileField(upload_to=upload_to)
    name = models.CharField(max_length=100, blank=True)  # as uploaded, made harmless
    media_type = models.CharField(max_length=40)  # by the bytes
    width = models.PositiveIntegerField()  # pixels
    height = models.PositiveIntegerField()
    bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    created = models.DateTimeField(db_default=Now(), editable=False)

    objects = StoredFileQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["user", "bytes"], name="file_storage")]

    def __str__(self) -> str:
        return f"File {self.public_id}"
