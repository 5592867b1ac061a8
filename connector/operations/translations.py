"""`audio/translations`: a recording in any language in, what was said out in English."""

from typing import TYPE_CHECKING, Any

from connector.catalogue import Fitted
from connector.client import multipart
from connector.client.limits import Limits
from connector.client.operation import Operation
from connector.operations import asking, sending, transcriptions
from connector.operations.sending import OnWait
from connector.operations.transcriptions import Response as Response  # its answers are the same
from connector.operations.transcriptions.request import OfRecording

if TYPE_CHECKING:  # they bring httpx along
    from connector.client.endpoint import Endpoint
    from connector.client.transport import Client

OPERATION = Operation(
    name="translations", path="audio/translations", heavy=True, limits=transcriptions.OPERATION.limits
)


class Request(OfRecording, frozen=True, kw_only=True):
    """A recording and how to write it down in English. A field left at None is not sent."""

    prompt: str | None = None
    response_format: str | None = None  # json | text | srt | verbose_json | vtt
    temperature: float | None = None


def fit(
    request: Request,
    endpoint: "Endpoint | str",
    family: str = "",
    overrides: dict[str, Any] | None = None,
) -> Fitted:
    """`request` as its model takes it at `endpoint`. Raises `errors.InvalidParameter`, as for transcriptions."""
    return sending.fit(OPERATION, request.body(), request.model, endpoint, family, overrides)


async def create(
    client: "Client", request: Request | Fitted, *, limits: Limits | None = None, on_wait: OnWait | None = None
) -> Response:
    """What was said, in English; raises as `transcriptions.create` does."""
    model, body = asking.to_send(request)
    form = multipart.encode(body)
    came = await client.send(
        OPERATION, model=model, body=form.content, content_type=form.content_type, limits=limits, on_wait=on_wait
    )
    return transcriptions.read(came.content, came.headers, body.get("response_format", "json"))
