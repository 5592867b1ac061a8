"""Asking: a request is fitted, sent, and its answer read."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from connector import catalogue
from connector.catalogue import Fitted, checks
from connector.client import errors, refusal, wire
from connector.client.limits import Limits
from connector.client.operation import Operation
from connector.operations import tools
from connector.operations.chat_completions.answer import Response
from connector.operations.chat_completions.request import Request
from connector.operations.chat_completions.streaming import Chunks

if TYPE_CHECKING:  # they bring httpx along, which takes longer to import than everything here
    from connector.client.endpoint import Endpoint
    from connector.client.transport import Client, Wait

OPERATION = Operation(name="chat_completions", path="chat/completions")

type OnWait = Callable[["Wait"], Any]  # Any: what a caller's function returns is of no interest


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
    if isinstance(endpoint, str):
        api = catalogue.api(endpoint)
    else:
        api = catalogue.api(endpoint.kind, endpoint.style, endpoint.api_version)
    body = tools.resolved(request.body())
    if not body.get("messages"):
        raise errors.InvalidParameter(param="messages", reason="there is nothing to send.", source="chat/create")
    return catalogue.fit(
        body, operation=OPERATION.name, model=request.model, api=api, family=family, overrides=overrides
    )


async def create(
    client: "Client", request: Request | Fitted, *, limits: Limits | None = None, on_wait: OnWait | None = None
) -> Response:
    """The whole answer. A plain `Request` is sent as it stands, a `Fitted` one as it was fitted.

    Raises `errors.BadAnswer` when the answer is not one of chat completions, and what `client.send` raises.
    """
    model, body = _to_send(request)
    body.pop("stream_options", None)  # only for streams
    came = await client.send(OPERATION, model=model, body=wire.encode(body), limits=limits, on_wait=on_wait)
    response = wire.read(came.content, Response)
    if not response.choices:
        raise _not_an_answer(came.content)
    return response


@asynccontextmanager
async def stream(
    client: "Client", request: Request | Fitted, *, limits: Limits | None = None, on_wait: OnWait | None = None
) -> AsyncIterator[Chunks]:
    """The answer piece by piece, with the usage at the end where the server takes `stream_options`."""
    model, body = _to_send(request)
    options = {"include_usage": True} | body.pop("stream_options", {})
    body["stream"] = True
    if not isinstance(request, Fitted) or request.takes_stream_options:
        body["stream_options"] = options
    events = client.stream(OPERATION, model=model, body=wire.encode(body), limits=limits, on_wait=on_wait)
    async with events as came:
        yield Chunks(came, choices=body.get("n", 1))


def _to_send(request: Request | Fitted) -> tuple[str, dict[str, Any]]:
    """The model, which Azure needs for the path, and the body."""
    if isinstance(request, Fitted):
        return request.model, dict(request.body)
    body = request.body()
    checks.plain("request", body)
    return request.model, body


def _not_an_answer(content: bytes) -> errors.BadAnswer:
    """What a server said instead, in whatever shape: some report their errors with status 200."""
    plain = wire.parse(content)
    is_answer = isinstance(plain, dict) and not plain.get("error") and "choices" in plain
    said = refusal.Said.read(plain) if isinstance(plain, dict) and not is_answer else refusal.Said()
    return errors.BadAnswer(reason=said.message or "no choices", provider_code=said.code, param=said.param)
