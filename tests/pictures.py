"""Pictures for tests."""

import io
from typing import Any

from PIL import Image, ImageColor, ImageDraw

from connector.client.multipart import File

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
NO_PICTURES = {
    "svg": SVG,
    "html": b"<!doctype html><script>alert(1)</script>",
    "ico": b"\x00\x00\x01\x00\x01\x00\x10\x10",
    "pdf": b"%PDF-1.7\n",
    "text": b"hello",
    "bmp": b"BM" + bytes(60),
    "empty": b"",
}


def a_picture(width: int = 64, height: int = 64, kind: str = "PNG", mode: str = "RGBA", colour: Any = "teal") -> bytes:
    """The bytes of a picture in one colour: its name, or its numbers."""
    file = io.BytesIO()
    Image.new("RGB" if kind == "JPEG" else mode, (width, height), colour).save(file, kind)
    return file.getvalue()


def a_shaded_picture(width: int, height: int, number: int) -> bytes:
    """A PNG with hills and a sky, each `number` another one: something to look at."""
    picture = Image.new("RGB", (width, height))
    pen = ImageDraw.Draw(picture)
    hue = 47 * number % 360
    for y in range(height):
        pen.line([(0, y), (width, y)], ImageColor.getrgb(f"hsl({hue}, 45%, {80 - 45 * y // height}%)"))
    for hill in range(3):
        top = height * (5 + hill) // 9
        left = width * ((number + 2 * hill) % 5) // 5 - width // 2
        colour = ImageColor.getrgb(f"hsl({(hue + 30 * hill) % 360}, 35%, {45 - 12 * hill}%)")
        pen.ellipse([left, top, left + width * 5 // 4, top + height], colour)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def a_file(name="a.png", **picture):
    return File(name, a_picture(**picture))


def opened(content):
    """What Pillow makes of `content`, decoded to the last pixel."""
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture
