"""Draws a landscape in a prompt's own colours, with its words below. The same prompt gives the same picture.

Pillow is imported when the first picture is drawn. Drawing takes a tenth of a second, so it belongs into a thread.
"""

import colorsys
import hashlib
import io
import random
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from connector.client import media
from connector.sandbox.replies.problems import Problem

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

LARGEST = 1024  # pixels of the longer side that are drawn; above, the drawing is enlarged
MOST_PIXELS = 40_000_000  # of a picture that is sent in
TAKEN = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}
HILLS = {"low": 2, "medium": 4, "high": 6, "xhigh": 8, "max": 10, "auto": 4, "standard": 3, "hd": 6}


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is to be drawn. `index` tells the pictures of one answer apart."""

    prompt: str
    width: int
    height: int
    index: int = 0
    quality: str = "auto"
    transparent: bool = False
    style: str = "vivid"

    @property
    def chance(self) -> random.Random:
        digest = hashlib.sha256(f"{self.prompt}/{self.index}".encode("utf-8", "replace")).hexdigest()
        return random.Random(digest)  # noqa: S311  # nothing secret about a drawing


def draw(sketch: Sketch) -> "Image":
    from PIL import Image, ImageDraw

    scale = min(1.0, LARGEST / max(sketch.width, sketch.height))
    width, height = max(1, round(sketch.width * scale)), max(1, round(sketch.height * scale))
    chance = sketch.chance
    hue = chance.random()
    strength = 0.55 if sketch.style == "vivid" else 0.25
    horizon = round(height * chance.uniform(0.45, 0.65))
    if sketch.transparent:
        picture = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    else:
        light = Image.linear_gradient("L").resize((width, height))
        sky = Image.new("RGB", (width, height), _colour(hue, strength, 0.55))
        picture = Image.composite(Image.new("RGB", (width, height), _colour(hue + 0.08, 0.2, 0.97)), sky, light)
        picture = picture.convert("RGBA")
    pen = ImageDraw.Draw(picture, "RGBA")
    radius = round(min(width, height) * chance.uniform(0.06, 0.14))
    x, y = chance.randrange(width), chance.randrange(max(1, horizon))
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(*_colour(hue + 0.5, 0.7, 1.0), 230))
    count = HILLS.get(sketch.quality, 4)
    for each in range(count):
        _hill(pen, chance, (width, height), horizon, each / count, (hue + 0.1 * chance.random(), strength))
    _words(pen, sketch.prompt, width, height)
    if picture.size != (sketch.width, sketch.height):
        picture = picture.resize((sketch.width, sketch.height), Image.Resampling.BILINEAR)
    return picture


def edited(files: list[bytes], sketch: Sketch, *, mask: bytes | None = None, overlay: bytes | None = None) -> "Image":
    """The first picture with the others beside each other in it, and the drawing where the mask is transparent.

    Without a mask the drawing shines through everywhere. Raises `Problem` for a file that is no picture.
    """
    from PIL import Image

    size = (sketch.width, sketch.height)
    pictures = [opened(content, f"image {number + 1}").resize(size) for number, content in enumerate(files)]
    base, drawing = pictures[0], draw(sketch)
    step = sketch.width // len(pictures)
    for number, picture in enumerate(pictures[1:], 1):
        strip = (number * step, 0, min(sketch.width, (number + 1) * step), sketch.height)
        base.paste(picture.crop(strip), strip)
    if overlay:
        base = Image.alpha_composite(base, opened(overlay, "markup").resize(size))
    if mask:
        kept = opened(mask, "mask").resize(size).getchannel("A")
        return Image.composite(base, drawing, kept)
    return Image.blend(base, drawing, 0.35)


def varied(content: bytes, sketch: Sketch) -> "Image":
    """The picture in other colours."""
    from PIL import Image

    picture = opened(content, "image").resize((sketch.width, sketch.height))
    bands = list(picture.convert("RGB").convert("HSV").split())
    turn = sketch.chance.randrange(40, 216)
    bands[0] = bands[0].point([(value + turn) % 256 for value in range(256)])
    found = Image.merge("HSV", bands).convert("RGB").convert("RGBA")
    found.putalpha(picture.getchannel("A"))
    return found


def unfinished(picture: "Image", part: float) -> "Image":
    """The picture when `part` of it (0 to 1) is done: coarse, then finer."""
    from PIL import Image

    coarse = max(4, round(64 * part))
    small = picture.resize((coarse, max(1, coarse * picture.height // picture.width)), Image.Resampling.BILINEAR)
    return small.resize(picture.size, Image.Resampling.BILINEAR)


def written(picture: "Image", kind: str = "png", compression: int = 100) -> bytes:
    """The file: `kind` is png, jpeg or webp, `compression` 0 (small) to 100 (fine) of the last two."""
    file = io.BytesIO()
    match kind:
        case "jpeg":
            picture.convert("RGB").save(file, "JPEG", quality=max(1, min(compression, 95)))
        case "webp":
            picture.save(file, "WEBP", quality=compression, method=1)
        case _:
            picture.save(file, "PNG", compress_level=3)
    return file.getvalue()


def moving(picture: "Image", frames: int, duration: int) -> bytes:
    """A GIF of so many frames, each `duration` milliseconds long."""
    from PIL import ImageChops

    step = picture.width // frames
    images = [ImageChops.offset(picture, number * step, 0).convert("RGB").quantize(64) for number in range(frames)]
    file = io.BytesIO()
    images[0].save(file, "GIF", save_all=True, append_images=images[1:], duration=duration, loop=0)
    return file.getvalue()


def opened(content: bytes, name: str) -> "Image":
    """A picture that was sent in; raises `Problem` as the API does when it is none."""
    from PIL import Image

    kind = TAKEN.get(media.type_of(content))
    problem = Problem(
        f"Invalid image file or mode for {name}, please check your image file.",
        param=name.partition(" ")[0],
        code="invalid_image_file",
    )
    if kind is None:
        raise problem
    try:
        picture: Image.Image = Image.open(io.BytesIO(content), formats=[kind])
        if picture.width * picture.height > MOST_PIXELS:
            raise problem
        return picture.convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise problem from error


def _hill(
    pen: "ImageDraw",
    chance: random.Random,
    size: tuple[int, int],
    horizon: int,
    nearness: float,
    colour: tuple[float, float],
) -> None:
    width, height = size
    line = horizon + nearness * (height - horizon)
    steps = 12
    rise = height * 0.09
    points = [(width * step / steps, line + chance.uniform(-rise, rise)) for step in range(steps + 1)]
    shade = (*_colour(colour[0], colour[1] + 0.2, 0.75 - 0.6 * nearness), 255)
    pen.polygon([(0, height), *points, (width, height)], fill=shade)


def _words(pen: "ImageDraw", prompt: str, width: int, height: int) -> None:
    """What it is, so that nobody takes it for a model's picture."""
    from PIL import ImageFont

    size = max(8, min(width, height) // 28)
    shown = prompt[:400].encode("latin-1", "replace").decode("latin-1")  # the letters that the built-in font has
    lines = textwrap.wrap(" ".join(shown.split()), max(8, width * 2 // size))[:3]
    text = "\n".join([*lines, "drawn by the sandbox"])
    pen.multiline_text(
        (size, height - size * 1.4 * (len(lines) + 1) - size),
        text,
        font=ImageFont.load_default(size),
        fill=(255, 255, 255, 235),
        stroke_width=max(1, size // 12),
        stroke_fill=(0, 0, 0, 160),
    )


def _colour(hue: float, saturation: float, value: float) -> tuple[int, int, int]:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, min(saturation, 1), max(0.0, min(value, 1)))
    return round(red * 255), round(green * 255), round(blue * 255)
