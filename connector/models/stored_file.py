"""A file that somebody uploaded for a request, kept so that the same body can be sent again; or an answer's."""

import datetime
import hashlib
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.conf import settings
from django.db import models, router, transaction
from django.db.models.functions import Now

from connector.catalogue import checks
from connector.catalogue.parameters import rules
from connector.client import errors, media
from connector.client.multipart import File
from connector.models import admission, documents, limits, pictures, storing
from connector.models.run import Run

UNUSED = datetime.timedelta(days=1)  # how long an upload that no run uses is kept
RECORDINGS = "flac, mp3, m4a, mp4, mpeg, mpga, ogg, wav and webm"  # OpenAI API reference, audio/transcriptions
LARGEST = 50_000_000  # bytes (OpenAI API reference, images/edit)

AT_ONCE = 2  # uploads that are decoded side by side: one may take 200 MB of memory for a moment

# Always the same threads: what is freed in a thread is kept for it by the C library.
_lookers = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="uploads")


def upload_to(file: "StoredFile", name: str) -> str:
    folder = "outputs" if file.purpose == StoredFile.Purpose.OUTPUT else "inputs"
    return f"connector/{folder}/{file.public_id.hex[:2]}/{name}"


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
        return self.keep(user, File(name, content, found.media_type), purpose, width=found.width, height=found.height)

    def take_document(self, user: Any, name: str, content: bytes) -> "StoredFile":
        """Keep what `user` uploaded for a model to read: a picture, a PDF, or text. As `take` otherwise (of `file`)."""
        if media.type_of(content).startswith("image/"):
            return self.take(user, name, content)
        if not content:
            raise errors.InvalidParameter(param="file", reason="it is empty")
        if len(content) > LARGEST:
            raise errors.InvalidParameter(param="file", reason="a file can have 50 MB at most")
        media_type = documents.type_of(name, content)
        if not media_type:
            raise errors.InvalidParameter(param="file", reason=f"a model reads {documents.TAKEN}; this is neither")
        return self.keep(user, File(name, content, media_type), self.model.Purpose.DOCUMENT)

    def take_recording(self, user: Any, name: str, content: bytes) -> "StoredFile":
        """Keep a recording that `user` uploaded, so that it can be written down.

        Raises `errors.InvalidParameter` (of `file`) for what is empty, no sound, too large or cut;
        `errors.LimitReached`, `errors.StorageFull`, `errors.NotStored`.
        """
        file = File(name, content)
        rule = rules("transcriptions", "", None)["file"]
        reason = ""
        if not content:
            reason = f"“{file.safe_name}” is empty."
        elif media.type_of(content) not in rule.choices:
            reason = f"“{file.safe_name}” is no recording that models take: they take {RECORDINGS}, by its content."
        if reason:
            raise errors.InvalidParameter(param="file", reason=reason)
        checks.value(rule, file)
        return self.keep(user, file, StoredFile.Purpose.AUDIO)

    def keep(self, user: Any, file: File, purpose: str, **fields: Any) -> "StoredFile":
        """Store `file` for `user`, whatever it is: look into it first. `fields`: the row's other ones.

        An output was paid for, so it is kept also where there is no room for more. Takes a moment for a large one, so
        call it in a thread. Raises `errors.StorageFull`, `errors.NotStored`.
        """
        is_upload = purpose != StoredFile.Purpose.OUTPUT
        if is_upload:
            limits.check_storage(user, len(file.content))
        row = self.model(
            user=user or None,
            purpose=purpose,
            name=file.safe_name,
            media_type=file.type,
            bytes=len(file.content),
            sha256=hashlib.sha256(file.content).hexdigest(),
            **fields,
        )
        storing.store(row.file, file.content, media.suffix(file.type), "picture" if row.is_picture else "file")
        try:
            with transaction.atomic(using=router.db_for_write(self.model)):
                if is_upload:
                    admission.lock(user)  # others may have come in at the same time
                    limits.check_storage(user, len(file.content))
                if user and purpose == StoredFile.Purpose.AUDIO:
                    limits.check_uploads(user)
                row.save(force_insert=True)
        except BaseException:
            storing.remove(row.file.storage, row.file.name)
            raise
        return row

    def unused(self) -> "StoredFileQuerySet":
        """Uploads that nothing needs any more, older than a day: no picture, no other request, kept or sent."""
        runs = Run.objects.filter(stored_files=models.OuterRef("pk"))
        of_their_own = (Run.Kind.IMAGE, Run.Kind.TRANSCRIPTION)  # kinds whose results can be deleted by themselves
        results = models.Q(images__isnull=False) | models.Q(transcription__isnull=False)
        needed = runs.filter(~models.Q(kind__in=of_their_own) | results)
        uploads = self.exclude(purpose=StoredFile.Purpose.OUTPUT).filter(saved_requests=None)
        return uploads.filter(~models.Exists(needed), created__lt=Now() - UNUSED)

    def purge(self) -> int:
        """Delete those, files included; how many went."""
        return self.unused().delete()[1].get("connector.StoredFile", 0)


class StoredFile(models.Model):
    class Purpose(models.TextChoices):
        INPUT = "input", "Input"
        MASK = "mask", "Mask"
        AUDIO = "audio", "Recording"
        DOCUMENT = "document", "Document"
        OUTPUT = "output", "Answer"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)  # the only id in addresses
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="stored_files"
    )
    runs = models.ManyToManyField(Run, blank=True, related_name="stored_files")  # that were asked with it
    output_of = models.ForeignKey(Run, on_delete=models.CASCADE, null=True, blank=True, related_name="outputs")
    place = models.PositiveSmallIntegerField(default=0)  # among the outputs of a run
    purpose = models.CharField(max_length=20, choices=Purpose, default=Purpose.INPUT)
    file = models.FileField(upload_to=upload_to)
    name = models.CharField(max_length=100, blank=True)  # as uploaded, made harmless
    media_type = models.CharField(max_length=100)  # by the bytes
    width = models.PositiveIntegerField(null=True, blank=True)  # pixels, of a picture
    height = models.PositiveIntegerField(null=True, blank=True)
    bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    created = models.DateTimeField(db_default=Now(), editable=False)

    objects = StoredFileQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["user", "bytes"], name="file_storage")]

    def __str__(self) -> str:
        return f"File {self.public_id}"

    @property
    def is_picture(self) -> bool:
        return self.media_type.startswith("image/")

    def read(self) -> File:
        """The file, to be sent; raises `errors.InvalidParameter` when it is gone."""
        try:
            with self.file.open("rb") as opened:
                return File(self.name, opened.read(), self.media_type)
        except Exception as error:  # a storage elsewhere has errors of its own
            raise errors.InvalidParameter(param="file", reason=f"{self.name} cannot be read any more") from error
