"""`images/variations`: a picture in, others like it out. OpenAI retired it in 2026; compatible servers may have it."""

from typing import TYPE_CHECKING, Any

from connector.catalogue import Fitted
from connector.client import errors, multipart
from connector.client.limits import Limits
from connector.client.multipart import File
from connector.client.operation import Operation
from connector.operations import asking, sending
from connector.operations.images import calls
from connector.operations.images.answer import Image, Response, written
from connector.operations.sending import OnWait

if TYPE_CHECKING:
    from connector.client.endpoint import Endpoint
    from connector.client.transport import Client

__all__ = ["OPERATION", "File", "Image", "Request", "Response", "create", "fit", "written"]

OPERATION = Operation(name="image_variations", path="images/variations", heavy=True, limits=calls.LIMITS)
SOURCE = "OpenAI API reference, images/create_variation"
GONE = "OpenAI and Azure take no variations any more; an OpenAI-compatible server may."


class Request(asking.Request, frozen=True, kw_only=True):
    """Every parameter; one left at None is not sent."""

    image: File | None = None  # required: a square PNG of less than 4 MB
    n: int | None = None
    response_format: str | None = None  # url | b64_json
    size: str | None = None
    user: str | None = None


def fit(
    request: Request,
    endpoint: "Endpoint | str",
    family: str = "",
    overrides: dict[str, Any] | None = None,
) -> Fitted:
    """`request` as its model takes it at `endpoint`; raises `errors.InvalidParameter` where nothing takes it."""
    body = request.body()
    sending.required(body, "image", source=SOURCE)
    if sending.api(endpoint).partition("/")[0] in ("openai", "azure_openai"):
        raise errors.InvalidParameter(param="model", reason=GONE, source=SOURCE)
    return sending.fit(OPERATION, body, request.model, endpoint, family, overrides)


async def create(
    client: "Client", request: Request | Fitted, *, limits: Limits | None = None, on_wait: OnWait | None = None
) -> Response:
    """The whole answer; raises `errors.BadAnswer` when there are no pictures in it, and what `client.send` raises."""
    model, body = asking.to_send(request)
    return await calls.create(OPERATION, client, model, multipart.encode(body), limits, on_wait)
