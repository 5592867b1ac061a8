"""Answers that are known before, one for each request."""

from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx

from connector.client import errors, stand_ins
from connector.client.stand_ins import StandIn
from connector.testing.answers import Answer, Sent
from connector.testing.saying import say

if TYPE_CHECKING:  # so that this can be imported before Django is set up
    from connector.models import Configuration

KEYS = {"authorization", "api-key"}  # headers that nobody needs to see


class NotRecorded(AssertionError):
    """A request was made for which no answer was left, or an answer was never asked for."""


@contextmanager
def recorded(configuration: "Configuration | None", answers: Sequence[Any]) -> Iterator[list[Sent]]:
    """Inside, `configuration` (None: any) answers with `answers`, in their order; gives the requests as they are made.

    An answer is a text (what the model says, whole or streamed as it is asked for, or what was heard), something that
    becomes JSON (a dict, an answer of `connector.operations`), bytes, an `Answer` with its status and headers, or one
    of `connector.client.errors`, which is raised instead. An attempt after a failure is a request of its own.

    Raises `NotRecorded` when there are too few of them, and at the end when there are too many.
    """
    tape = Tape(answers)
    with stand_ins.put(StandIn(lambda endpoint: tape), str(configuration.uuid) if configuration else ""):
        yield tape.sent
    if tape.left:
        raise NotRecorded(f"{len(tape.left)} recorded answers were not asked for; {_requests(tape.sent)} made.")


class Tape(httpx.AsyncBaseTransport):
    def __init__(self, answers: Sequence[Any]) -> None:
        self.left = deque(answers)
        self.sent: list[Sent] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        headers = {name: value for name, value in request.headers.items() if name not in KEYS}
        sent = Sent(request.method, str(request.url), headers, await request.aread())
        self.sent.append(sent)
        if not self.left:
            raise NotRecorded(f"No answer is recorded for {sent.method} {sent.url}; {_requests(self.sent)} made.")
        answer = self.left.popleft()
        if isinstance(answer, errors.ConnectorError):
            raise answer
        if isinstance(answer, str):
            answer = await say(answer, sent)
        if not isinstance(answer, Answer):
            answer = Answer(body=answer)
        return httpx.Response(answer.status, headers=answer.all_headers, stream=_Whole(answer.content), request=request)


class _Whole(httpx.AsyncByteStream):
    def __init__(self, content: bytes) -> None:
        self._content = content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._content


def _requests(sent: list[Sent]) -> str:
    return f"{len(sent)} request was" if len(sent) == 1 else f"{len(sent)} requests were"
