"""A reader's view of a run: from memory when the run lives in this process, else from its rows."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

from asgiref.sync import sync_to_async
from django.db import DatabaseError

from connector.models import ChatCompletionsMessage, GeneratedImage, Run, Take, Transcription
from connector.runs import engine, threads
from connector.runs.live import Snapshot, Text, Tile

LOOK_EVERY = 0.25  # seconds between two looks at the row of a run in another process

logger = logging.getLogger(__name__)


async def follow(run_id: int) -> AsyncIterator[Snapshot]:
    """At once how the run stands, then each change, the last one with `ended`; nothing when there is no such run.

    Whether this reader may see it is the caller's business. Close the iterator, or use it up.
    """
    live = engine.live(run_id)
    if live is not None:
        async for snapshot in live.follow():
            yield snapshot
        if live.ended:
            return
    async for snapshot in _follow_rows(run_id):
        yield snapshot


async def _follow_rows(run_id: int) -> AsyncIterator[Snapshot]:
    seen = -1
    while True:
        try:
            snapshot = await _in_database(_look)(run_id, seen)
        except DatabaseError as error:
            logger.warning("A reader of run %s waits for the database: %s", run_id, error)
            await asyncio.sleep(4 * LOOK_EVERY)
            continue
        if snapshot is None:
            return
        if snapshot.revision != seen or snapshot.ended:
            yield snapshot
            seen = snapshot.revision
        if snapshot.ended:
            return
        await _changed_elsewhere(run_id)


async def _changed_elsewhere(run_id: int) -> None:
    """Return when it is worth to look at the row of `run_id` again.

    The place for a wake-up call of the process that writes it (Redis), when there are several.
    """
    await asyncio.sleep(LOOK_EVERY)


def _in_database[**P, R](function: Callable[P, R]) -> Callable[P, Awaitable[R]]:
    """In the engine's threads; where no engine runs (a command, a test) in the caller's."""
    if not engine.is_up():
        return sync_to_async(function)

    async def call(*args: P.args, **kwargs: P.kwargs) -> R:
        return await threads.read(function, *args, **kwargs)

    return call


def _look(run_id: int, seen: int) -> Snapshot | None:
    """The rows of a run as a snapshot, marked as interrupted when its process is dead; texts only when they are new."""
    run = _row(run_id)
    if run is not None and run.is_going and Run.objects.filter(pk=run_id).interrupt_dead():
        run = _row(run_id)
    if run is None:
        return None
    if run.is_going and run.revision == seen:
        return Snapshot(run_id, run.state, run.revision, {})
    return Snapshot(
        run_id=run_id,
        state=run.state,
        revision=run.revision,
        answers=_texts(run),
        error=run.error,
        ended=not run.is_going,
        pictures=_tiles(run),
        kind=run.kind,
    )


def _row(run_id: int) -> Run | None:
    return Run.objects.filter(pk=run_id).only("pk", "kind", "state", "revision", "error").first()


def _texts(run: Run) -> dict[int, Text]:
    if run.kind == Run.Kind.TRANSCRIPTION:
        rows = Transcription.objects.filter(run=run).values_list("pk", "text")
        return {pk: Text(content=text) for pk, text in rows}
    return {answer.pk: _text(answer) for answer in ChatCompletionsMessage.objects.filter(run=run)}


def _tiles(run: Run) -> dict[int, Tile]:
    if run.kind == Run.Kind.SPEECH:
        takes = Take.objects.filter(speech__run=run).values_list("pk", "state", "done")
        return {pk: Tile(state, revision=done) for pk, state, done in takes}
    if run.kind != Run.Kind.IMAGE:
        return {}
    states = GeneratedImage.objects.filter(run=run).order_by("place").values_list("pk", "state")
    return {pk: Tile(state, revision=run.revision) for pk, state in states}


def _text(message: ChatCompletionsMessage) -> Text:
    return Text(
        content=message.content,
        reasoning=message.reasoning,
        refusal=message.refusal,
        tool_calls=message.tool_calls,
        finish_reason=message.finish_reason,
    )
