"""Asking: a request is fitted, sent, and its answer read."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from connector import catalogue
from connector.catalogue import Fitted, checks
from connector.client import errors, wire
from connector.client.limits import Limits
from connector.client.operation import Operation
from connector.client.sse import Event
from connector.operations import asking, sending
from connector.operations.completions.answer import Response
from connector.operations.completions.request import Request
from connector.operations.events import ChoiceEvents, raise_error
from connector.operations.sending import OnWait

if TYPE_CHECKING:  # they bring httpx along
    from connector.client.endpoint import Endpoint
    from connector.client.transport import Client

OPERATION = Operation(name="completions", path="completions")
SOURCE = "OpenAI API reference, completions/create"


def fit(
    request: Request,
    endpoint: "Endpoint | str",
    family: str = "",
    overrides: dict[str, Any] | None = None,
) -> Fitted:
    """`request` as its model takes it at `endpoint`, with a notice for each change.

    Raises `errors.InvalidParameter`, before anything is sent: also for a chat model, which this endpoint does not
    serve. Compatible servers do serve them, so theirs pass.
    """
    known = catalogue.find(family or request.model, overrides=overrides)
    is_chat = known and known.serves("chat_completions") and not known.serves(OPERATION.name)
    if known and is_chat and sending.api(endpoint) not in sending.ANY_MODEL:
        reason = f"{known.name} is a chat model, which text completions do not serve; ask it under Chat instead"
        raise checks.wrong("model", reason, source=SOURCE)
    fitted = sending.fit(OPERATION, request.body(), request.model, endpoint, family, overrides)
    _together(fitted.body)
    return fitted


async def create(
    client: "Client",
    request: Request | Fitted,
    *,
    limits: Limits | None = None,
    on_wait: OnWait | None = None,
) -> Response:
    """The whole answer; raises `errors.BadAnswer` when it is none of completions, and what `client.send` raises."""
    model, body = asking.to_send(request)
    body.pop("stream_options", None)  # only for streams
    came = await client.send(OPERATION, model=model, body=wire.encode(body), limits=limits, on_wait=on_wait)
    response = wire.read(came.content, Response)
    if not response.choices:
        raise sending.not_an_answer(came.content, "choices")
    return response


@asynccontextmanager
async def stream(
    client: "Client",
    request: Request | Fitted,
    *,
    limits: Limits | None = None,
    on_wait: OnWait | None = None,
) -> AsyncIterator["Chunks"]:
    """The answer piece by piece, with the usage at the end where the server takes `stream_options`."""
    model, body = asking.to_stream(request)
    if body.get("best_of", 1) > 1:
        raise checks.wrong("best_of", "which answer is best is known only at the end; it cannot stream", source=SOURCE)
    prompts = len(body["prompt"]) if isinstance(body.get("prompt"), list) and _are_several(body["prompt"]) else 1
    events = client.stream(OPERATION, model=model, body=wire.encode(body), limits=limits, on_wait=on_wait)
    async with events as came:
        yield Chunks(came, choices=body.get("n", 1) * prompts)


class Chunks(ChoiceEvents[Response]):
    """The chunks of one answer. Each is a `Response` with what it adds. Iterate once."""

    def chunk(self, event: Event) -> Response:
        chunk = wire.read(event.data, Response)
        if chunk.error or event.event == "error" or not (chunk.choices or chunk.usage):
            raise_error(event)
        if event.whole and not chunk.choices:
            raise errors.BadAnswer(reason="no choices")
        return chunk


def _together(body: dict[str, Any]) -> None:
    """What contradicts itself (OpenAI API reference, completions/create: best_of)."""
    if "best_of" in body and body["best_of"] < body.get("n", 1):
        reason = f"{body['best_of']} is less than the number of answers"
        raise checks.wrong("best_of", reason, allowed=f"{body.get('n', 1)} or more", source=SOURCE)


def _are_several(prompt: list[Any]) -> bool:
    """A list of tokens is one prompt."""
    return not all(isinstance(item, int) for item in prompt)
