"""Writes a file so that it is there as a whole or not at all: into a file beside it, to the disk, then renamed."""

import logging
import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, Storage
from django.db.models.fields.files import FieldFile

from connector.client import errors

UNFINISHED = ".incoming-"  # how the names of files begin that are being written

logger = logging.getLogger(__name__)


def store(file: FieldFile, content: bytes, suffix: str, thing: str = "file") -> None:
    """Gives the field a new file with `content`; the row is not saved. Its name is ours: a UUID and `suffix`.

    Raises `errors.NotStored`, after which nothing is left behind.
    """
    name = f"{uuid.uuid4().hex}{suffix}"
    try:
        if isinstance(file.storage, FileSystemStorage):
            with _on_disk(Path(file.storage.location), content) as written:
                file.save(name, written, save=False)
        else:
            file.save(name, ContentFile(content), save=False)
    except OSError as error:
        logger.error("A %s was not stored: %s", thing, error)
        raise errors.NotStored(thing=thing, reason=(error.strerror or "the storage gave up").lower()) from error
    except Exception as error:  # a storage elsewhere has errors of its own
        logger.exception("A %s was not stored.", thing)
        raise errors.NotStored(thing=thing, reason="the storage did not take it") from error


def remove(storage: Storage, name: str | None) -> None:
    """Removes a file, if there is one. One that cannot be removed stays for `manage.py check_media` to find."""
    if name:
        try:
            storage.delete(name)
        except Exception:  # a storage elsewhere has errors of its own
            logger.exception("A file was not removed: %s", name)


class _Moved(File):  # type: ignore[type-arg]  # of bytes
    """A file that the storage renames instead of copying it."""

    def temporary_file_path(self) -> str:
        return str(self.name)


@contextmanager
def _on_disk(folder: Path, content: bytes) -> Iterator[_Moved]:
    folder.mkdir(parents=True, exist_ok=True)
    number, path = tempfile.mkstemp(prefix=UNFINISHED, dir=folder)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with open(path, "rb") as opened:
            yield _Moved(opened, name=path)
    finally:
        Path(path).unlink(missing_ok=True)
