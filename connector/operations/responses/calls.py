"""Asking: a request is fitted, sent, and its answer read."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from connector.catalogue import Fitted, checks
from connector.client import errors, refusal, wire
from connector.client.limits import Limits
from connector.client.operation import Operation
from connector.operations import asking, sending, tools
from connector.operations.responses import shape
from connector.operations.responses.answer import Response
from connector.operations.responses.request import Request
from connector.operations.responses.streaming import ResponseEvents
from connector.operations.sending import OnWait

if TYPE_CHECKING:  # they bring httpx along
    from connector.client.endpoint import Endpoint
    from connector.client.transport import Client

OPERATION = Operation(name="responses", path="responses", in_deployment=False)
SOURCE = "OpenAI API reference, responses/create"


def fit(
    request: Request,
    endpoint: "Endpoint | str",
    family: str = "",
    overrides: dict[str, Any] | None = None,
) -> Fitted:
    """`request` as its model takes it at `endpoint`, with a notice for each change; not stored unless it asks for it.

    Raises `errors.InvalidParameter`, before anything is sent.
    """
    body = shape.flat(tools.resolved(request.body()))
    if not any(body.get(name) for name in ("input", "instructions", "prompt", "previous_response_id", "conversation")):
        raise errors.InvalidParameter(param="input", reason="there is nothing to send.", source=SOURCE)
    _together(body)
    if not body.get("background"):
        body.setdefault("store", False)
    fitted = sending.fit(OPERATION, body, request.model, endpoint, family, overrides)
    notices = [
        replace(each, param=shape.name_of(each.param), sent_as=each.sent_as and shape.name_of(each.sent_as))
        for each in fitted.notices
    ]
    return replace(fitted, body=shape.nested(fitted.body), notices=notices)


async def create(
    client: "Client", request: Request | Fitted, *, limits: Limits | None = None, on_wait: OnWait | None = None
) -> Response:
    """The whole answer, or with `background` its beginning.

    Raises `errors.FailedMidway` when the provider failed while it answered, `errors.BadAnswer` when what came is no
    response, and what `client.send` raises.
    """
    model, body = _to_send(request)
    body.pop("stream_options", None)  # only for streams
    came = await client.send(OPERATION, model=model, body=wire.encode(body), limits=limits, on_wait=on_wait)
    response = wire.read(came.content, Response)
    if response.error:
        raise refusal.midway({"error": response.error})
    if not response.id and not response.output:
        raise sending.not_an_answer(came.content, "response")
    return response


@asynccontextmanager
async def stream(
    client: "Client", request: Request | Fitted, *, limits: Limits | None = None, on_wait: OnWait | None = None
) -> AsyncIterator[ResponseEvents]:
    """The answer as typed events, in the provider's order."""
    model, body = _to_send(request)
    body["stream"] = True
    events = client.stream(OPERATION, model=model, body=wire.encode(body), limits=limits, on_wait=on_wait)
    async with events as came:
        yield ResponseEvents(came)


def _to_send(request: Request | Fitted) -> tuple[str, dict[str, Any]]:
    if isinstance(request, Fitted):
        return asking.to_send(request)
    model, body = asking.to_send(request)
    return model, shape.nested(shape.flat(body))


def _together(body: dict[str, Any]) -> None:
    """What contradicts itself (OpenAI API reference, responses/create)."""
    if body.get("conversation") and body.get("previous_response_id"):
        raise checks.wrong("previous_response_id", "cannot be set together with a conversation", source=SOURCE)
    if body.get("background") and body.get("store") is False:
        raise checks.wrong("store", "an answer in the background has to be stored, to be fetched", source=SOURCE)
