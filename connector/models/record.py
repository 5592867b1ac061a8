"""Writing the record of calls: rows that are ready, in one transaction."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import router, transaction

from connector.catalogue import Family
from connector.models.call import Call, CallContent


@dataclasses.dataclass(frozen=True, slots=True)
class Draft:
    """A call that is over, as rows that are not saved yet."""

    call: Call
    content: CallContent | None = None  # None: its configuration keeps nothing of it
    is_kept: bool = True  # False: it is counted and forgotten
    family: Family | None = None  # of the model that was asked, when it is known
    body: Mapping[str, Any] = dataclasses.field(default_factory=dict)  # as sent, without files


def write(drafts: Sequence[Draft]) -> list[Call]:
    """Save what is to be kept of `drafts`, in one transaction (a savepoint inside another one); the saved calls."""
    with transaction.atomic(using=router.db_for_write(Call)):
        kept = [draft for draft in drafts if draft.is_kept]
        calls = Call.objects.bulk_create([draft.call for draft in kept])
        contents = [_of(call, draft.content) for call, draft in zip(calls, kept, strict=True) if draft.content]
        CallContent.objects.bulk_create(contents)
    return calls


def _of(call: Call, content: CallContent) -> CallContent:
    content.call = call
    return content
