"""Files go with their rows, and are compared with them.

A file is removed once the deletion of its row is committed, however the row went: purged, in the admin, with its user.
"""

import datetime
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage, Storage
from django.db import models, transaction
from django.db.models.fields.files import FileField
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone

from connector.models import gallery, storing
from connector.models.gallery import GeneratedImage
from connector.models.stored_file import StoredFile

OWNED: dict[type[models.Model], tuple[str, ...]] = {GeneratedImage: gallery.FILES, StoredFile: ("file",)}
FOLDERS = (
    "connector/images",
    "connector/thumbnails",
    "connector/previews",
    "connector/inputs",
    "connector/outputs",
)  # only rows' files
OLD = datetime.timedelta(days=1)  # what is younger may be about to get its row


@receiver(post_delete, sender=GeneratedImage)
@receiver(post_delete, sender=StoredFile)
def remove_files(sender: type[models.Model], instance: models.Model, using: str, **_: Any) -> None:
    files = [getattr(instance, name) for name in OWNED[sender]]
    for storage, name in [(file.storage, file.name) for file in files if file]:
        transaction.on_commit(partial(storing.remove, storage, name), using=using)


def missing() -> list[str]:
    """Names of files that rows tell of and that are not there."""
    return [
        name
        for storage, names in _known().items()
        for name in sorted(names - set(_present(storage)))
        if not storage.exists(name)
    ]


def orphans() -> list[tuple[Storage, str]]:
    """Files of ours, a day old, that no row tells of; and those whose writing was never finished."""
    found: list[tuple[Storage, str]] = []
    for storage, names in _known().items():  # the rows first: a file that gets its row meanwhile is young
        alone = (name for name in _present(storage) if name not in names)
        found += [(storage, name) for name in [*alone, *_unfinished(storage)] if _is_old(storage, name)]
    return found


def _known() -> dict[Storage, set[str]]:
    """By the storage, every name in the rows."""
    known: dict[Storage, set[str]] = {}
    for model, fields in OWNED.items():
        for field in fields:
            of_field = model._meta.get_field(field)
            assert isinstance(of_field, FileField)  # noqa: S101  # `OWNED` has no others
            names = model._default_manager.exclude(**{field: ""}).order_by().values_list(field, flat=True)
            known.setdefault(of_field.storage, set()).update(names.iterator())
    return known


def _present(storage: Storage) -> Iterator[str]:
    for folder in FOLDERS:
        yield from _walk(storage, folder)


def _walk(storage: Storage, folder: str) -> Iterator[str]:
    try:
        folders, names = storage.listdir(folder)
    except FileNotFoundError:
        return
    yield from (f"{folder}/{name}" for name in names)
    for inner in folders:
        yield from _walk(storage, f"{folder}/{inner}")


def _unfinished(storage: Storage) -> Iterable[str]:
    if not isinstance(storage, FileSystemStorage):
        return []
    return [path.name for path in Path(storage.location).glob(f"{storing.UNFINISHED}*")]


def _is_old(storage: Storage, name: str) -> bool:
    try:
        return storage.get_modified_time(name) < timezone.now() - OLD
    except (NotImplementedError, OSError):  # not known, or gone meanwhile
        return False
