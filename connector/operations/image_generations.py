"""`images/generations`: a description in, pictures out; whole, or with pictures on the way.

request = image_generations.Request(model=name, prompt="A lighthouse")
answer = await image_generations.create(client, image_generations.fit(request, client.endpoint))
answer.data[0].content

async with image_generations.stream(client, request) as pictures:
    async for event in pictures: ...
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from connector import catalogue
from connector.catalogue import Fitted, Notice
from connector.client import wire
from connector.client.limits import Limits
from connector.client.operation import Operation
from connector.operations import asking, sending
from connector.operations.images import calls, together
from connector.operations.images.answer import Event, Image, Response, TokensDetails, Usage, written
from connector.operations.images.calls import Pictures
from connector.operations.sending import OnWait

if TYPE_CHECKING:
    from connector.client.endpoint import Endpoint
    from connector.client.transport import Client

__all__ = [
    "OPERATION",
    "Event",
    "Image",
    "Pictures",
    "Request",
    "Response",
    "TokensDetails",
    "Usage",
    "create",
    "fit",
    "stream",
    "streams",
    "written",
]

OPERATION = Operation(name="image_generations", path="images/generations", heavy=True, limits=calls.LIMITS)
SOURCE = "OpenAI API reference, images/generate"


class Request(asking.Request, frozen=True, kw_only=True):
    """Every parameter; one left at None is not sent. `extra_body` holds what only a compatible server knows."""

    prompt: str = ""
    messages: list[dict[str, Any]] | None = (
        None  # [{"content", "weight"}], joined into the prompt: nobody takes weights
    )
    background: str | None = None  # transparent | opaque | auto
    complexity: str | None = None  # low | medium | high
    frame_count: int | None = None  # of a gif
    frame_duration_ms: int | None = None  # of a gif
    moderation: str | None = None  # low | auto
    n: int | None = None
    output_compression: int | None = None  # 0 to 100, of jpeg and webp
    output_format: str | None = None  # png | webp | jpeg | gif | svg
    partial_images: int | None = None  # 0 to 3, of a stream
    quality: str | None = None  # low | medium | high | xhigh | max | auto; standard | hd of the retired models
    response_format: str | None = None  # url | b64_json, of the retired models
    safety_identifier: str | None = None
    size: str | None = None  # auto, or WIDTHxHEIGHT
    style: str | None = None  # vivid | natural, of dall-e-3
    svg: dict[str, Any] | None = None
    user: str | None = None  # deprecated: safety_identifier

    def fields(self) -> dict[str, Any]:
        """Messages are joined into the prompt."""
        fields = super().fields()
        if messages := fields.pop("messages", None):
            fields["prompt"] = "\n".join(filter(None, [self.prompt, *map(_content, messages)]))
        return fields


def fit(
    request: Request,
    endpoint: "Endpoint | str",
    family: str = "",
    overrides: dict[str, Any] | None = None,
) -> Fitted:
    """`request` as its model takes it at `endpoint` (or at an API of that kind), with a notice for each change.

    `family` and `overrides` are an administrator's facts about the model. Raises `errors.InvalidParameter`.
    """
    body = request.body()
    sending.required(body, "prompt", source=SOURCE)
    fitted = sending.fit(OPERATION, body, request.model, endpoint, family, overrides)
    together.check(fitted.body)
    if not request.messages:
        return fitted
    weights = " Weights are not sent." if any("weight" in message for message in request.messages) else ""
    text = f"messages were joined into the prompt.{weights}"
    return replace(fitted, notices=[Notice("messages", text, "renamed", "prompt"), *fitted.notices])


def streams(model: str, endpoint: "Endpoint | str", family: str = "", overrides: dict[str, Any] | None = None) -> bool:
    """Whether `model` sends its pictures as a stream, as far as is known."""
    offered = catalogue.parameters(OPERATION.name, model, sending.api(endpoint), family, overrides)
    return any(parameter.name == "partial_images" for parameter in offered)


async def create(
    client: "Client", request: Request | Fitted, *, limits: Limits | None = None, on_wait: OnWait | None = None
) -> Response:
    """The whole answer. A plain `Request` is sent as it stands, a `Fitted` one as it was fitted.

    Raises `errors.BadAnswer` when there are no pictures in it, and what `client.send` raises.
    """
    model, body = asking.to_send(request)
    body.pop("partial_images", None)  # only for streams
    return await calls.create(OPERATION, client, model, wire.encode(body), limits, on_wait)


@asynccontextmanager
async def stream(
    client: "Client", request: Request | Fitted, *, limits: Limits | None = None, on_wait: OnWait | None = None
) -> AsyncIterator[Pictures]:
    """The pictures as they are drawn: so many partial ones, then each finished one."""
    model, body = asking.to_send(request)
    together.check_stream(body)
    encoded = wire.encode(body | {"stream": True})
    async with calls.stream(OPERATION, client, model, encoded, body.get("n", 1), limits, on_wait) as pictures:
        yield pictures


def _content(message: dict[str, Any]) -> str:
    content = message.get("content") if isinstance(message, dict) else message
    return content if isinstance(content, str) else ""
