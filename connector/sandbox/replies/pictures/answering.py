"""Pictures as the API sends them: all at once, or as a stream with pictures on the way."""

import asyncio
import base64
import math
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from connector.client import wire
from connector.operations import image_generations
from connector.sandbox.replies import checks as bodies
from connector.sandbox.replies import faults, forms, models, problems, tokens
from connector.sandbox.replies.pace import HUMAN, Pace
from connector.sandbox.replies.pictures import checks, drawing, links
from connector.sandbox.replies.pictures.drawing import Sketch
from connector.sandbox.replies.reply import Asked, Reply

if TYPE_CHECKING:
    from PIL.Image import Image

TIME = 2.0  # seconds at the human pace for one picture
SLOW = {"sandbox-image", "sandbox-image-cut"}  # take their time, so that pictures on the way can be seen
# How these misbehave is known from the chat's models already.
FAULTS = {
    "sandbox-image-429": "sandbox-429",
    "sandbox-image-500": "sandbox-500",
    "sandbox-image-filter": "sandbox-filter",
}
NO_PICTURE = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
SHARE = {"low": 0.25, "medium": 1.0, "auto": 1.0, "high": 4.0, "xhigh": 6.0, "max": 8.0}  # of the tokens

type Draw = Callable[[Sketch], "Image"]


@dataclass(frozen=True, slots=True)
class Order:
    """One request, once it is known to be right."""

    asked: Asked
    body: dict[str, Any]
    model: str
    draw: Draw
    kind: str  # image_generation | image_edit: what the events of a stream are called
    pictures_in: int = 0

    @property
    def n(self) -> int:
        return int(self.body.get("n", 1))

    @property
    def format(self) -> str:
        return str(self.body.get("output_format", "png"))

    @property
    def size(self) -> tuple[int, int]:
        """As asked; of its own choice it looks at a word or two of the prompt."""
        prompt = str(self.body.get("prompt", "")).casefold()
        chosen = "1536x1024" if "landscape" in prompt else "1024x1536" if "portrait" in prompt else "1024x1024"
        asked = str(self.body.get("size", "auto"))
        width, height = (chosen if asked == "auto" else asked).split("x")
        return int(width), int(height)

    def sketch(self, index: int) -> Sketch:
        width, height = self.size
        return Sketch(
            prompt=str(self.body.get("prompt", "")),
            width=width,
            height=height,
            index=index,
            quality=str(self.body.get("quality", "auto")),
            transparent=self.body.get("background") == "transparent",
            style=str(self.body.get("style", "vivid")),
        )

    def file(self, picture: "Image") -> bytes:
        if self.model == "sandbox-image-broken":
            return NO_PICTURE
        if self.format == "gif":
            frames, duration = self.body.get("frame_count", 9), self.body.get("frame_duration_ms", 200)
            return drawing.moving(picture, frames, duration)
        return drawing.written(picture, self.format, self.body.get("output_compression", 100))

    def settings(self) -> dict[str, Any]:
        """What the answer says of how the pictures were made; the retired models said nothing."""
        if self.model == checks.LINKED:
            return {}
        width, height = self.size
        quality, background = self.body.get("quality", "auto"), self.body.get("background", "auto")
        return {
            "size": f"{width}x{height}",
            "quality": "medium" if quality == "auto" else quality,
            "background": "opaque" if background == "auto" else background,
            "output_format": self.format,
        }

    def usage(self, pictures: int) -> image_generations.Usage | None:
        if self.model == checks.LINKED:
            return None
        width, height = self.size
        said = tokens.count(str(self.body.get("prompt", "")))
        shown = 256 * self.pictures_in
        made = math.ceil(width * height / 1024 * SHARE.get(str(self.body.get("quality", "auto")), 1.0)) * pictures
        return image_generations.Usage(
            input_tokens=said + shown,
            output_tokens=made,
            total_tokens=said + shown + made,
            input_tokens_details=image_generations.TokensDetails(text_tokens=said, image_tokens=shown),
            output_tokens_details=image_generations.TokensDetails(text_tokens=0, image_tokens=made),
        )


async def generations(asked: Asked, *, deployment: str = "") -> Reply:
    """The answer to a prompt. Raises `Problem` for what the API refuses."""
    body = bodies.read(asked.body)
    model = _model(asked, body, deployment)
    checks.generation(body, model)
    return await _reply(Order(asked, body, model, drawing.draw, "image_generation"))


async def edits(asked: Asked, *, deployment: str = "") -> Reply:
    """The answer to a prompt with pictures."""
    body, files = forms.read(asked, checks.NUMBERS, checks.BOOLEANS)
    model = _model(asked, body, deployment)
    checks.edit(body, files, model)
    contents = [part.content for part in files["image"]]
    mask, overlay = (files[name][0].content if name in files else None for name in ("mask", "markup"))

    def draw(sketch: Sketch) -> "Image":
        return drawing.edited(contents, sketch, mask=mask, overlay=overlay)

    return await _reply(Order(asked, body, model, draw, "image_edit", pictures_in=len(contents)))


async def variations(asked: Asked, *, deployment: str = "") -> Reply:
    """The answer to a picture."""
    body, files = forms.read(asked, checks.NUMBERS, checks.BOOLEANS)
    model = _model(asked, body, deployment)
    checks.variation(body, files)
    content = files["image"][0].content
    order = Order(asked, body, model, lambda sketch: drawing.varied(content, sketch), "image_generation")
    return await _reply(order)


def _model(asked: Asked, body: dict[str, Any], deployment: str) -> str:
    model = deployment or body.get("model") or "sandbox-image"
    if not isinstance(model, str) or model not in models.IMAGES:
        raise problems.no_model(asked, str(model))
    return model


async def _reply(order: Order) -> Reply:
    clock = order.asked.pace or Pace(HUMAN if order.model in SLOW else math.inf)
    if fault := FAULTS.get(order.model):
        await faults.before(fault, order.asked, order.body, clock)
    first = await asyncio.to_thread(order.draw, order.sketch(0))  # what cannot be drawn is refused before the answer
    if order.body.get("stream"):
        headers = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache"}
        return Reply(200, headers, _events(order, first, clock))
    await clock.wait(TIME)
    return Reply(200, {"content-type": "application/json"}, _whole(order, first))


async def _whole(order: Order, first: "Image") -> AsyncGenerator[bytes]:
    data = [await _image(order, index, first if index == 0 else None) for index in range(order.n)]
    answer = image_generations.Response(
        created=int(time.time()), data=data, usage=order.usage(order.n), **order.settings()
    )
    content = wire.encode(image_generations.written(answer))
    yield content[: len(content) // 2] if order.model == "sandbox-image-cut" else content


async def _image(order: Order, index: int, picture: "Image | None") -> image_generations.Image:
    sketch = order.sketch(index)
    is_linked = order.body.get("response_format", "url" if order.model == checks.LINKED else "b64_json") == "url"
    revised = f"{sketch.prompt} (as the sandbox understood it)" if order.model == checks.LINKED else None
    if is_linked and order.kind == "image_generation" and sketch.prompt:
        return image_generations.Image(url=links.address(order.asked, sketch), revised_prompt=revised)
    if picture is None:
        picture = await asyncio.to_thread(order.draw, sketch)
    return image_generations.Image(b64_json=await _base64(order, picture), revised_prompt=revised)


async def _events(order: Order, first: "Image", clock: Pace) -> AsyncGenerator[bytes]:
    partial = int(order.body.get("partial_images", 0))
    for index in range(order.n):
        picture = first if index == 0 else await asyncio.to_thread(order.draw, order.sketch(index))
        for number in range(partial):
            await clock.wait(TIME / (partial + 1))
            coarse = await asyncio.to_thread(drawing.unfinished, picture, (number + 1) / (partial + 1))
            yield await _event(order, coarse, number)
        await clock.wait(TIME / (partial + 1))
        if order.model == "sandbox-image-cut":
            return
        yield await _event(order, picture)


async def _event(order: Order, picture: "Image", partial: int | None = None) -> bytes:
    kind = f"{order.kind}.{'completed' if partial is None else 'partial_image'}"
    event = image_generations.Event(
        type=kind,
        b64_json=await _base64(order, picture),
        created_at=int(time.time()),
        partial_image_index=partial,
        usage=order.usage(1) if partial is None else None,
        **order.settings(),
    )
    return f"event: {kind}\ndata: ".encode() + wire.encode(image_generations.written(event)) + b"\n\n"


async def _base64(order: Order, picture: "Image") -> str:
    content = await asyncio.to_thread(order.file, picture)
    return base64.b64encode(content).decode()
