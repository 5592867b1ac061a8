"""What the database is asked and told about runs of this process. Sync; called in the threads of `threads`."""

import contextlib
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connections, router, transaction
from django.db.models import F
from django.db.models.functions import Now

from connector.client import errors
from connector.models import (
    ChatCompletionsMessage,
    ChatCompletionsSession,
    Comparison,
    GeneratedImage,
    Run,
    SavedRequest,
    Speech,
    StoredFile,
    Transcription,
    costing,
    record,
    retention,
)
from connector.models.record import Draft
from connector.models.recording import Recorder
from connector.models.run import this_process
from connector.runs.live import Text
from connector.runs.threads import AWAY

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Change:
    """What is new in one run since its last checkpoint."""

    run_id: int
    revision: int
    state: Run.State
    answers: dict[int, Text]
    ended: dict[str, Any] | None = None  # at its end: the row's other fields
    kind: str = Run.Kind.CHAT
    recorder: Recorder | None = None  # of its calls, at its end


@dataclass(frozen=True, slots=True)
class Saved:
    stop: set[int] = field(default_factory=set)  # runs that somebody wants to be stopped
    lost: set[int] = field(default_factory=set)  # runs that are not this process's any more


def claim(run_id: int) -> bool:
    """Make a queued run this process's. False when another one has it, or it is over."""
    waiting = Run.objects.filter(pk=run_id, state=Run.State.QUEUED, owner__in=["", this_process()])
    return waiting.update(owner=this_process(), state=Run.State.SENDING, heartbeat=Now()) > 0


def refuse(run_id: int, error: errors.ConnectorError, state: Run.State = Run.State.FAILED) -> None:
    """End a queued run that nobody will work on."""
    Run.objects.filter(pk=run_id, state=Run.State.QUEUED, owner__in=["", this_process()]).update(
        state=state, error=error.as_dict(), ended=Now(), revision=F("revision") + 1
    )
    Run.objects.filter(pk=run_id).exclude(state__in=Run.State.going()).give_up(error.as_dict())


def checkpoint(changes: Sequence[Change], alive: Iterable[int]) -> Saved:
    """Write `changes`, all in one transaction, and the heartbeat of the runs `alive`; look who wants a stop.

    Each statement asks for owner and state, so that a run that was taken for dead meanwhile stays as it was marked;
    its text is written all the same: it is longer. Raises `AWAY` when the database is away.
    """
    try:
        return _checkpoint(changes, alive)
    except AWAY:
        raise
    except Exception:
        if len(changes) > 1:  # one of them cannot be written; the others must not suffer
            each = [checkpoint([change], alive) for change in changes]
            return Saved(set().union(*(saved.stop for saved in each)), set().union(*(saved.lost for saved in each)))
        if not changes:
            raise
        return _give_up(changes[0])


def _checkpoint(changes: Sequence[Change], alive: Iterable[int]) -> Saved:
    mine = set(alive) | {change.run_id for change in changes}
    costs = _costs({change.run_id: change.ended for change in changes if change.ended is not None})
    drafts = [draft for change in changes for draft in _drafts(change)]
    with transaction.atomic(using=router.db_for_write(Run)):
        ours = Run.objects.going().filter(owner=this_process())
        ours.filter(pk__in=mine).update(heartbeat=Now())
        rows = dict(ours.filter(pk__in=mine).values_list("pk", "stop_requested"))
        if changes:
            _write_texts(changes)
        for change in changes:
            if change.ended is not None:
                _write_end(change, costs.get(change.run_id))
        if drafts:
            record.write_down(lambda: drafts, raises=AWAY)
    return Saved(stop={pk for pk, wanted in rows.items() if wanted}, lost=mine - set(rows))


def _drafts(change: Change) -> Sequence[Draft]:
    """The calls of a run that is over; what only the run could estimate is told to the last of them."""
    drafts, ended = change.recorder.drafts() if change.recorder else [], change.ended or {}
    if drafts and ended.get("usage_estimated"):
        drafts[-1].estimate(ended.get("usage") or {})
    return drafts


def _costs(ends: dict[int, dict[str, Any]]) -> dict[int, Decimal | None]:
    """What these runs cost, looked up before others wait for the transaction. A mistake leaves them unpriced."""
    try:
        return costing.costs_of_runs(ends) if ends else {}
    except AWAY:
        raise
    except Exception:
        logger.exception("What runs cost could not be worked out.")
        return {}


def _write_texts(changes: Sequence[Change]) -> None:
    """Two statements for all runs, because with hundreds of them the ORM's own work per row would show.

    The state is that of runs that go on; `_write_end` writes how the others ended.
    """
    database = connections[router.db_for_write(Run)]
    tool_calls = ChatCompletionsMessage._meta.get_field("tool_calls")
    quoted = database.ops.quote_name
    run, message = quoted(Run._meta.db_table), quoted(ChatCompletionsMessage._meta.db_table)
    states = ", ".join(f"'{state}'" for state in Run.State.going())
    with database.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {run} SET state = %s, revision = %s WHERE id = %s AND owner = %s AND state IN ({states})",  # noqa: S608  # names of our own
            [(each.state.value, each.revision, each.run_id, this_process()) for each in changes if each.ended is None],
        )
        _write_transcripts([change for change in changes if change.kind == Run.Kind.TRANSCRIPTION])
        cursor.executemany(
            f"UPDATE {message} SET content = %s, reasoning = %s, refusal = %s, tool_calls = %s, finish_reason = %s"  # noqa: S608
            " WHERE id = %s",
            [
                (
                    text.content,
                    text.reasoning,
                    text.refusal,
                    tool_calls.get_db_prep_save(text.tool_calls, database),
                    text.finish_reason,
                    pk,
                )
                for change in changes
                if change.kind != Run.Kind.TRANSCRIPTION
                for pk, text in change.answers.items()
            ],
        )


def _write_transcripts(changes: Sequence[Change]) -> None:
    for change in changes:
        for pk, text in change.answers.items():
            Transcription.objects.filter(pk=pk).update(text=text.content)


def _write_end(change: Change, cost: Decimal | None) -> None:
    known: dict[str, Any] = {"cost": cost} | (change.ended or {})
    Run.objects.going().filter(pk=change.run_id, owner=this_process()).update(
        state=change.state, revision=change.revision + 1, ended=Now(), heartbeat=Now(), **known
    )
    if change.kind in (Run.Kind.IMAGE, Run.Kind.SPEECH):
        error = (change.ended or {}).get("error") or errors.Stopped().as_dict()
        Run.objects.filter(pk=change.run_id).give_up(error)


def _give_up(change: Change) -> Saved:
    """What came cannot be written, and never will be: at least the run ends, and the log knows why."""
    logger.exception("Run %s cannot be saved.", change.run_id)
    error = errors.Internal(reference=f"run {change.run_id}").as_dict()
    Run.objects.going().filter(pk=change.run_id).update(state=Run.State.FAILED, error=error, ended=Now())
    with contextlib.suppress(Exception), transaction.atomic(using=router.db_for_write(Run)):
        _write_texts([change])
    return Saved(lost={change.run_id})


def mark_key_refused(run_id: int) -> None:
    run = Run.objects.select_related("configuration").filter(pk=run_id).first()
    if run and run.configuration:
        run.configuration.mark_key_refused()


def sweep(alive: Iterable[int]) -> None:
    """Mark the runs of dead processes, wherever they ran, and those of this one that are not among the `alive`."""
    count = Run.objects.interrupt_dead()
    forgotten = Run.objects.filter(owner=this_process()).exclude(pk__in=alive).stale()
    if count := count + (forgotten.interrupt() if forgotten.exists() else 0):
        logger.warning("%s answers were interrupted, because nobody writes them any more.", count)


def purge() -> None:
    ChatCompletionsSession.objects.purge()
    Comparison.objects.purge()
    GeneratedImage.objects.purge()
    Speech.objects.purge()
    Transcription.objects.purge()
    SavedRequest.objects.purge()
    StoredFile.objects.purge()
    retention.prune(retention.MOST)
