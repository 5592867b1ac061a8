"""Every call from code leaves a record: in the caller's own thread and database connection, when the call is over.

with activities.on_behalf_of(request.user):
    text = activities.chat_without_history(configuration, "Why is the sky blue?")
"""

import asyncio
import contextvars
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

from asgiref.sync import sync_to_async

from connector.client import errors
from connector.models import Call, Configuration, record
from connector.models.recording import Recorder

type InDatabase = Callable[..., Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Caller:
    user_id: Any = None
    source: str = Call.Source.PYTHON


_caller: contextvars.ContextVar[Caller | None] = contextvars.ContextVar("caller", default=None)


async def in_thread(function: Callable[..., Any], *args: Any) -> Any:
    return await sync_to_async(function)(*args)


@contextmanager
def on_behalf_of(user: Any, source: str = Call.Source.PYTHON) -> Iterator[None]:
    """Inside, calls are recorded as those of `user` (None: nobody's), who then sees them."""
    token = _caller.set(Caller(user.pk if user else None, source))
    try:
        yield
    finally:
        _caller.reset(token)


@asynccontextmanager
async def recorded(
    configuration: Configuration, user_id: Any = None, in_database: InDatabase = in_thread
) -> AsyncIterator[Recorder]:
    """What is called inside is written down at the end, however it ends.

    `user_id`: whose it is if nobody else's; `in_database`: calls a function where the database may be asked.
    """
    caller = _caller.get() or Caller()
    recorder = Recorder(configuration, source=caller.source, user_id=caller.user_id or user_id)
    try:
        yield recorder
    except errors.ConnectorError as error:
        recorder.failed(error)
        raise
    finally:
        if recorder.has_calls:
            # Shielded: a caller that is cancelled waits for it no more, but the record is written.
            await asyncio.shield(in_database(record.write_down, recorder.drafts))
