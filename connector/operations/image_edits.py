"""`images/edits`: pictures and a description in, pictures out; a mask or markup says where.

request = image_edits.Request(model=name, prompt="Make it night", image=[File("a.png", content)])
answer = await image_edits.create(client, image_edits.fit(request, client.endpoint))
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from connector.catalogue import Fitted
from connector.client import multipart
from connector.client.limits import Limits
from connector.client.multipart import File
from connector.client.operation import Operation
from connector.operations import asking, sending
from connector.operations.images import calls, together
from connector.operations.images.answer import Event, Image, Response, Usage, written
from connector.operations.images.calls import Pictures
from connector.operations.sending import OnWait

if TYPE_CHECKING:
    from connector.client.endpoint import Endpoint
    from connector.client.transport import Client

__all__ = [
    "OPERATION",
    "Event",
    "File",
    "Image",
    "Pictures",
    "Request",
    "Response",
    "Usage",
    "create",
    "fit",
    "stream",
    "written",
]

OPERATION = Operation(name="image_edits", path="images/edits", heavy=True, limits=calls.LIMITS)
SOURCE = "OpenAI API reference, images/edit"


class Request(asking.Request, frozen=True, kw_only=True):
    """Every parameter; one left at None is not sent. `extra_body` holds what only a compatible server knows."""

    prompt: str = ""
    image: File | list[File] | None = None  # required; up to 16
    mask: File | None = None  # a PNG of the first picture's size, transparent where it is to be drawn anew
    markup: File | None = None  # a transparent PNG of that size with marks on it
    background: str | None = None
    complexity: str | None = None
    frame_count: int | None = None
    frame_duration_ms: int | None = None
    input_fidelity: str | None = None  # high | low
    n: int | None = None
    output_compression: int | None = None
    output_format: str | None = None
    partial_images: int | None = None
    quality: str | None = None
    response_format: str | None = None
    safety_identifier: str | None = None
    size: str | None = None
    svg: dict[str, Any] | None = None
    user: str | None = None  # deprecated: safety_identifier

    def fields(self) -> dict[str, Any]:
        """One picture in a list is sent as one."""
        fields = super().fields()
        if isinstance(self.image, list | tuple) and len(self.image) == 1:
            fields["image"] = self.image[0]
        return fields


def fit(
    request: Request,
    endpoint: "Endpoint | str",
    family: str = "",
    overrides: dict[str, Any] | None = None,
) -> Fitted:
    """`request` as its model takes it at `endpoint`; see `image_generations.fit`. Files are looked into."""
    body = request.body()
    sending.required(body, "prompt", "image", source=SOURCE)
    fitted = sending.fit(OPERATION, body, request.model, endpoint, family, overrides)
    together.check(fitted.body)
    return fitted


async def create(
    client: "Client", request: Request | Fitted, *, limits: Limits | None = None, on_wait: OnWait | None = None
) -> Response:
    """The whole answer; raises `errors.BadAnswer` when there are no pictures in it, and what `client.send` raises."""
    model, body = asking.to_send(request)
    body.pop("partial_images", None)  # only for streams
    return await calls.create(OPERATION, client, model, multipart.encode(body), limits, on_wait)


@asynccontextmanager
async def stream(
    client: "Client", request: Request | Fitted, *, limits: Limits | None = None, on_wait: OnWait | None = None
) -> AsyncIterator[Pictures]:
    """The pictures as they are drawn; see `image_generations.stream`."""
    model, body = asking.to_send(request)
    together.check_stream(body)
    form = multipart.encode(body | {"stream": True})
    async with calls.stream(OPERATION, client, model, form, body.get("n", 1), limits, on_wait) as pictures:
        yield pictures
