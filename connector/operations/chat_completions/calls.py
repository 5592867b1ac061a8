"""Asking: a request is fitted, sent, and its answer read."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from connector import catalogue
from connector.catalogue import Fitted
from connector.client import errors, wire
from connector.client.limits import Limits
from connector.client.operation import Operation
from connector.operations import asking, sending, tools
from connector.operations.chat_completions.answer import Response
from connector.operations.chat_completions.request import Request
from connector.operations.chat_completions.streaming import Chunks
from connector.operations.sending import OnWait

if TYPE_CHECKING:  # they bring httpx along, which takes longer to import than everything here
    from connector.client.endpoint import Endpoint
    from connector.client.transport import Client

OPERATION = Operation(name="chat_completions", path="chat/completions")


def fit(
    request: Request,
    endpoint: "Endpoint | str",
    family: str = "",
    overrides: dict[str, Any] | None = None,
) -> Fitted:
    """`request` as its model takes it at `endpoint` (or at an API of that kind), with a notice for each change.

    `family` and `overrides` are an administrator's facts about the model (`DeployedModel`). Raises
    `errors.InvalidParameter`, before anything is sent.
    """
    body = tools.resolved(request.body())
    if not body.get("messages"):
        raise errors.InvalidParameter(param="messages", reason="there is nothing to send.", source="chat/create")
    where = sending.api(endpoint)
    return catalogue.fit(
        body, operation=OPERATION.name, model=request.model, api=where, family=family, overrides=overrides
    )


async def create(
    client: "Client", request: Request | Fitted, *, limits: Limits | None = None, on_wait: OnWait | None = None
) -> Response:
    """The whole answer. A plain `Request` is sent as it stands, a `Fitted` one as it was fitted.

    Raises `errors.BadAnswer` when the answer is not one of chat completions, and what `client.send` raises.
    """
    model, body = asking.to_send(request)
    body.pop("stream_options", None)  # only for streams
    came = await client.send(OPERATION, model=model, body=wire.encode(body), limits=limits, on_wait=on_wait)
    response = wire.read(came.content, Response)
    if not response.choices:
        raise sending.not_an_answer(came.content, "choices")
    return response


@asynccontextmanager
async def stream(
    client: "Client", request: Request | Fitted, *, limits: Limits | None = None, on_wait: OnWait | None = None
) -> AsyncIterator[Chunks]:
    """The answer piece by piece, with the usage at the end where the server takes `stream_options`."""
    model, body = asking.to_stream(request)
    events = client.stream(OPERATION, model=model, body=wire.encode(body), limits=limits, on_wait=on_wait)
    async with events as came:
        yield Chunks(came, choices=body.get("n", 1))
