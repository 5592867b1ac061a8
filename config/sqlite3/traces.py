"""A key that was removed, replaced or rotated is gone from the files too (`security.md` K19).

`secure_delete` overwrites it in the database; the write-ahead log beside it would keep it until a thousand other pages
were written.
"""

import logging
from typing import Any

from django.db import DatabaseError, connections, transaction
from django.db.models.signals import post_delete, post_save

from connector.models import ApiKey
from connector.models.api_key import rotated

logger = logging.getLogger(__name__)


def watch() -> None:
    post_delete.connect(_removed, sender=ApiKey, dispatch_uid="traces")
    post_save.connect(_saved, sender=ApiKey, dispatch_uid="traces")
    rotated.connect(_removed, dispatch_uid="traces")


def _removed(using: str, **_: Any) -> None:
    if connections[using].vendor == "sqlite":
        transaction.on_commit(lambda: wipe(using), using=using)


def _saved(using: str, created: bool, update_fields: frozenset[str] | None, **_: Any) -> None:
    """A rotation saves the fields that it changes, thousands of times; it says when it is through."""
    if not created and update_fields is None:
        _removed(using)


def wipe(using: str) -> None:
    """Moves the log into the database and empties it. Who still reads an old page may keep it from that."""
    try:
        with connections[using].cursor() as cursor:
            [busy, *_] = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except DatabaseError as error:
        busy, reason = True, type(error).__name__
    else:
        reason = "it is in use"
    if busy:
        logger.warning("An encrypted key may stay in the write-ahead log until it is written over (%s).", reason)
