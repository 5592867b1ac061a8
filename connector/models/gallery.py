"""The gallery: every picture that a run drew or is drawing, with everything that was asked for, and albums of them."""

import builtins
import hashlib
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from connector.client import errors
from connector.models import drawing, pictures, storing, text
from connector.models.call import CallContent
from connector.models.configuration import Configuration
from connector.models.generated_image import AbstractGeneratedImage
from connector.models.run import Run
from connector.models.undoable import KEPT_DELETED

if TYPE_CHECKING:
    from connector.models.stored_file import StoredFile

FILES = ("image", "thumbnail", "preview")
WRITTEN = (*FILES, "media_type", "width", "height", "bytes", "sha256", "state", "error", "kept", "revised_prompt")
WIDTHS = {"thumbnail": 320, "preview": 960}  # pixels at most, of the smaller copies


def thumbnail_name(image: "GeneratedImage", name: str) -> str:
    return f"connector/thumbnails/{image.public_id.hex[:2]}/{name}"


def preview_name(image: "GeneratedImage", name: str) -> str:
    return f"connector/previews/{image.public_id.hex[:2]}/{name}"


class GeneratedImageQuerySet(models.QuerySet["GeneratedImage"]):
    def for_user(self, user: Any) -> "GeneratedImageQuerySet":
        """The pictures of `user` that are not deleted."""
        return self.filter(user=user, deleted=None) if user.is_authenticated else self.none()

    def visible_to(self, user: Any) -> "GeneratedImageQuerySet":
        """Those of `user`, and those that are shared with one of their groups."""
        if not user.is_authenticated:
            return self.none()
        shared = GeneratedImage.groups.through.objects.filter(group__user=user).values("generatedimage")
        return self.filter(models.Q(user=user) | models.Q(pk__in=shared), deleted=None)

    def shared_with(self, user: Any) -> "GeneratedImageQuerySet":
        """Those of others that are shared with one of the groups of `user`."""
        return self.visible_to(user).exclude(user=user)

    def deleted_of(self, user: Any) -> "GeneratedImageQuerySet":
        """The pictures of `user` whose deletion can still be undone."""
        return self.filter(user=user).exclude(deleted=None) if user.is_authenticated else self.none()

    def kept(self) -> "GeneratedImageQuerySet":
        """Those that are there: what a gallery shows."""
        return self.filter(state=GeneratedImage.State.KEPT)

    def search(self, words: str) -> "GeneratedImageQuerySet":
        """Those with every one of `words` in their prompt or its revision; all when there is no word."""
        found = self
        for word in text.cleaned(words).split()[:10]:
            found = found.filter(models.Q(prompt__icontains=word) | models.Q(revised_prompt__icontains=word))
        return found

    def ask(
        self,
        user: Any,
        configuration: Configuration,
        operation: str = "image_generations",
        *,
        prompt: str = "",
        model: str = "",
        parameters: dict[str, Any] | None = None,
        images: "Iterable[GeneratedImage | StoredFile]" = (),
        mask: "StoredFile | None" = None,
        token: str = "",
    ) -> Run:
        """Ask for pictures: a run, and a waiting row for each (`run.images`), all committed. See `runs.start`.

        `operation`: image_generations, image_edits (with `images`, perhaps a `mask`) or image_variations (one image).
        `parameters` have the API's names; what the model does not take is left out with a notice on the run. `token`:
        one per form; the same one again gives the run it made first. Without a `user` it is code that asks: nothing
        is limited. Raises errors of `errors.NotSent`: `InvalidParameter`, `NoConfiguration`, `NoModel`,
        `LimitReached`, `StorageFull`.
        """
        return drawing.ask(
            user, configuration, operation, prompt, model, parameters or {}, list(images), mask, token=token
        )

    def ask_again(self, run: Run, token: str = "", user: Any = None) -> Run:
        """All pictures of `run` once more, by the same body, for its user or another one. As `ask`."""
        return drawing.ask_again(run, token, user)

    def discard(self) -> int:
        """Delete these in a way that `restore` undoes; after a day they are gone for good (`purge`). How many."""
        return self.filter(deleted=None).update(deleted=timezone.now())

    def restore(self) -> int:
        return self.exclude(deleted=None).update(deleted=None)

    def purge(self) -> int:
        """Delete for good, files included, what was deleted a day ago; how many pictures went."""
        gone = self.filter(deleted__lt=Now() - KEPT_DELETED)
        left = GeneratedImage.objects.filter(run=models.OuterRef("pk")).exclude(pk__in=gone)
        CallContent.objects.of(Run.objects.filter(~models.Exists(left), images__in=gone)).delete()
        return gone.delete()[1].get("connector.GeneratedImage", 0)

    def give_up(self, error: dict[str, Any]) -> int:
        """Mark those still waited for as failed because of `error`; how many there were."""
        return self.filter(state=GeneratedImage.State.WAITING).update(state=GeneratedImage.State.FAILED, error=error)


class GeneratedImage(AbstractGeneratedImage):
    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        KEPT = "kept", "Kept"
        FAILED = "failed", "Failed"

    class Operation(models.TextChoices):
        GENERATIONS = "image_generations", "Generated"
        EDITS = "image_edits", "Edited"
        VARIATIONS = "image_variations", "Varied"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)  # the only id in addresses
    user = models.ForeignKey(  # its indexes are below
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="generated_images",
        db_index=False,
    )
    run = models.ForeignKey(Run, on_delete=models.SET_NULL, null=True, blank=True, related_name="images")
    configuration = models.ForeignKey(Configuration, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    place = models.PositiveSmallIntegerField(default=0)  # among the pictures of its run, from 0
    state = models.CharField(max_length=20, choices=State, default=State.WAITING)
    error = models.JSONField(default=dict, blank=True)  # errors.ConnectorError.as_dict()

    prompt = models.TextField(blank=True)  # as sent
    operation = models.CharField(max_length=40, choices=Operation, default=Operation.GENERATIONS)
    model = models.CharField(max_length=200, blank=True)  # as asked
    parameters = models.JSONField(default=dict, blank=True)  # the body as sent, without model, prompt and files

    media_type = models.CharField(max_length=40, blank=True)  # by the bytes
    width = models.PositiveIntegerField(default=0)  # pixels; 0 of an SVG
    height = models.PositiveIntegerField(default=0)
    bytes = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)  # in hex, of the file as it came
    thumbnail = models.FileField(upload_to=thumbnail_name, blank=True)  # WebP; empty of an SVG
    preview = models.FileField(upload_to=preview_name, blank=True)

    favourite = models.BooleanField(default=False)
    created = models.DateTimeField(db_default=Now(), editable=False)
    kept = models.DateTimeField(null=True, blank=True)  # when the file was there
    deleted = models.DateTimeField(null=True, blank=True)  # undo clears it; gone for good after a day
    derived_from = models.ManyToManyField("self", symmetrical=False, blank=True, related_name="derived")
    groups = models.ManyToManyField(Group, blank=True, related_name="shared_images")  # who else sees it

    objects = GeneratedImageQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["user", "-id"], name="image_of_user"),
            models.Index(fields=["user", "model", "-id"], name="image_by_model"),
            models.Index(fields=["user", "configuration", "-id"], name="image_by_configuration"),
            models.Index(fields=["user", "width", "height", "-id"], name="image_by_size"),
            models.Index(fields=["user", "favourite", "-id"], name="image_favourite"),
            models.Index(fields=["user", "bytes"], name="image_storage"),
            models.Index(fields=["deleted"], name="image_deleted", condition=models.Q(deleted__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"Picture {self.public_id}"  # without its prompt, which others would read in lists and logs

    def folder(self) -> str:
        return f"connector/images/{self.public_id.hex[:2]}"

    def write(self, content: builtins.bytes) -> None:
        """Take the file over, with its smaller copies and all that is known of it; the row is not saved.

        Takes a moment, so call it in a thread. Raises `errors.NotAPicture` and `errors.NotStored`, after which there
        is no file.
        """
        copies: dict[str, Callable[[], builtins.bytes]] = {}
        if self.parameters.get("output_format") == "svg":
            found = pictures.examined_svg(content)
        else:
            found, copies = pictures.with_copies(content, WIDTHS)
        try:
            with ThreadPoolExecutor(len(copies) or 1) as beside:  # leaving it waits for all of them
                copied = [beside.submit(self._write_copy, name, make) for name, make in copies.items()]
                storing.store(self.image, content, found.suffix, "picture")
                self.bytes, self.sha256 = len(content), hashlib.sha256(content).hexdigest()
            for copy in copied:
                copy.result()
        except (errors.NotStored, errors.NotAPicture):
            self.remove_files()
            raise
        self.media_type, self.width, self.height = found.media_type, found.width, found.height
        self.state, self.error, self.kept = self.State.KEPT, {}, timezone.now()

    def _write_copy(self, name: str, make: "Callable[[], builtins.bytes]") -> None:
        """In a thread of its own: half the time of a large picture goes into its copies."""
        storing.store(getattr(self, name), make(), ".webp", "picture")

    def save_written(self) -> None:
        """Save what `write` found. Where the row is gone, its files go, too."""
        values = {name: getattr(self, name) for name in WRITTEN}
        if not GeneratedImage.objects.filter(pk=self.pk).update(**values):
            self.remove_files()

    def remove_files(self) -> None:
        """Remove the files from the storage; the row is not saved."""
        for name in FILES:
            file = getattr(self, name)
            storing.remove(file.storage, file.name)
            setattr(self, name, "")

    @property
    def is_waiting(self) -> bool:
        return self.state == self.State.WAITING

    @property
    def is_kept(self) -> bool:
        return self.state == self.State.KEPT

    # Asking once more.

    def ask_again(self, token: str = "", user: Any = None) -> Run:
        """One more picture by the same body, inputs included, for its user or for another one who may see it.

        As `GeneratedImage.objects.ask` otherwise; there is an `ask_again` for all pictures of a run, too.
        """
        return drawing.ask_one_again(self, token, user)

    # Keeping it.

    def mark_favourite(self, favourite: bool = True) -> None:
        self.favourite = favourite
        self.save(update_fields=["favourite"])

    def discard(self) -> None:
        """Delete it in a way that `restore` undoes; after a day it is gone for good, files included (`purge`)."""
        self.deleted = timezone.now()
        self.save(update_fields=["deleted"])

    def restore(self) -> None:
        self.deleted = None
        self.save(update_fields=["deleted"])


class AlbumQuerySet(models.QuerySet["Album"]):
    def for_user(self, user: Any) -> "AlbumQuerySet":
        return self.filter(user=user) if user.is_authenticated else self.none()


class Album(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="albums")
    name = models.CharField(max_length=100)
    images = models.ManyToManyField(GeneratedImage, blank=True, related_name="albums")
    created = models.DateTimeField(db_default=Now(), editable=False)

    objects = AlbumQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="album_name_once")]

    def __str__(self) -> str:
        return f"Album {self.pk}"  # without its name, as with sessions

    def add(self, images: Iterable[GeneratedImage]) -> None:
        """Put `images` in, as far as the owner may see them; raises `errors.InvalidParameter` otherwise."""
        wanted = {image.pk for image in images}
        if GeneratedImage.objects.visible_to(self.user).filter(pk__in=wanted).count() != len(wanted):
            raise errors.InvalidParameter(param="images", reason="one of them is not there")
        self.images.add(*wanted)
