"""A picture by its bytes: whether it is one, of which kind, how large. Names and headers are not asked.

Everything is bounded before it is decoded: a file of some kilobytes may unpack to gigabytes. Decoding takes a tenth of
a second for a large one, so all of this belongs into a thread.
"""

import functools
import html
import io
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from connector.client import errors, media

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP", "image/gif": "GIF"}
SVG = "image/svg+xml"
MOST_PIXELS = 50_000_000  # six times what any model draws; more would unpack to hundreds of megabytes
MOST_FRAMES = 100  # six times what any model draws
MOST_PIXELS_TOGETHER = 200_000_000  # of all frames: some seconds of decoding
LARGEST_SVG = 5_000_000  # bytes
QUALITY = 80  # of the smaller copies

# In UTF-8 and without control characters: other encodings have more than one way to write `<script`.
_BEGINS_SVG = re.compile(
    r"""\s*(?:<\?xml(?:(?!encoding)[^>]){0,100}(?:encoding=["']utf-8["'][^>]{0,100})?\?>\s*)?<svg[\s>]""", re.I
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# What would do something when the file is opened, or fetch something from elsewhere: elements with or without a prefix,
# elements of HTML, links that an animation sets later, CSS with escapes in its names. Spaces are not given back: two
# runs of them side by side would be tried in every way.
_ACTIVE = re.compile(
    r"<\s*+(?:[^\s<>/:=]*:)?(?:script|foreignobject|iframe|embed|object|handler|listener)|1999/xhtml"
    r"|[\s\"'/]on[a-z]+\s*+=|[\s\"'/](?:src|poster)\s*+=|javascript:|<!\s*+(?:entity|doctype)|<\?xml-"
    r"|attributename\s*+=\s*+[\"']?\s*+(?:[\w.-]+:)?href|@import|image-set\(|\\[0-9a-f]"
    r"|(?:href\s*+=|url\()\s*+[\"']?+\s*+(?!#|data:image/)[^\s\"'>#]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Picture:
    media_type: str
    width: int  # pixels; 0 of an SVG
    height: int

    @property
    def suffix(self) -> str:
        return ".svg" if self.media_type == SVG else media.suffix(self.media_type)


def examined(content: bytes) -> Picture:
    """What `content` is; raises `errors.NotAPicture` for anything that does not decode as PNG, JPEG, WebP or GIF."""
    with _decoded(content) as (found, _):
        return found


def examined_svg(content: bytes) -> Picture:
    """As `examined`, where an SVG was asked for: a drawing and nothing else, no scripts, nothing from elsewhere."""
    if len(content) > LARGEST_SVG:
        raise errors.NotAPicture(reason="it is larger than 5 MB")
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise errors.NotAPicture(reason="it is no SVG") from error
    if not _BEGINS_SVG.match(text) or _CONTROL.search(text):
        raise errors.NotAPicture(reason="it is no SVG")
    if _ACTIVE.search(text) or _ACTIVE.search(html.unescape(text)):
        raise errors.NotAPicture(reason="it is an SVG with scripts or links in it")
    return Picture(SVG, 0, 0)


def with_copies(content: bytes, widths: Mapping[str, int]) -> tuple[Picture, dict[str, Callable[[], bytes]]]:
    """As `examined`, and smaller copies as WebP by their names: of these widths at most, never enlarged.

    They are made when they are called for, so that several can be made at once; that raises the same error.
    """
    with _decoded(content) as (found, picture):
        copies: dict[str, Callable[[], bytes]] = {}
        smaller = _upright(picture, least=2 * max(widths.values()))
        for name, width in sorted(widths.items(), key=lambda item: -item[1]):
            smaller = _reduced(smaller, width)
            copies[name] = functools.partial(_as_webp, smaller.copy() if smaller is picture else smaller)
        return found, copies


@contextmanager
def _decoded(content: bytes) -> "Iterator[tuple[Picture, Image]]":
    """The picture, decoded to its last pixel and frame, and shown at its first."""
    from PIL import Image, UnidentifiedImageError

    media_type = media.type_of(content)
    if media_type not in FORMATS:
        raise errors.NotAPicture(reason="it is neither PNG, JPEG, WebP nor GIF")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=[FORMATS[media_type]]) as picture:
                width, height = picture.size
                if width * height > MOST_PIXELS:
                    raise errors.NotAPicture(reason=f"it has {width} x {height} pixels")
                try:
                    picture.load()
                    _look_at_frames(picture)
                    yield Picture(media_type, width, height), picture
                finally:
                    picture.close()  # the pixels, too: an error would keep them as long as it is looked at
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise errors.NotAPicture(reason="it has too many pixels") from error
    except (UnidentifiedImageError, OSError, EOFError, SyntaxError, ValueError, LookupError) as error:
        raise errors.NotAPicture(reason="it is damaged") from error


def _look_at_frames(picture: "Image") -> None:
    """Decode those behind the first one; raises where there is no sensible end of them."""
    if not getattr(picture, "is_animated", False):
        return
    width, height = picture.size
    for frame in range(1, MOST_FRAMES + 1):
        try:
            picture.seek(frame)
        except EOFError:
            picture.seek(0)
            return
        if frame == MOST_FRAMES or (frame + 1) * width * height > MOST_PIXELS_TOGETHER:
            raise errors.NotAPicture(reason=f"it moves through more than {frame} frames of {width} x {height} pixels")
        picture.load()


def _upright(picture: "Image", least: int) -> "Image":
    """In colours that WebP has, turned as its camera was held; coarser where it stays larger than `least` pixels."""
    from PIL import ImageOps

    is_clear = picture.has_transparency_data
    factor = min(picture.size) // least
    if factor > 1 and picture.mode in ("L", "LA", "RGB", "RGBA", "CMYK"):
        picture = picture.reduce(factor)  # before anything copies it: a large one has 200 MB
    ImageOps.exif_transpose(picture, in_place=True)
    mode = "RGBA" if is_clear else "RGB"
    return picture if picture.mode == mode else picture.convert(mode)


def _reduced(picture: "Image", width: int) -> "Image":
    from PIL import Image

    if picture.width <= width:
        return picture
    height = max(1, round(picture.height * width / picture.width))
    # As sharp as bicubic; Lanczos takes twice as long, and somebody waits for the picture.
    return picture.resize((width, height), Image.Resampling.HAMMING, reducing_gap=2.0)


def _as_webp(picture: "Image") -> bytes:
    file = io.BytesIO()
    try:
        picture.save(file, "WEBP", quality=QUALITY, method=0)  # others take up to four times as long for the same size
    except (OSError, ValueError) as error:
        raise errors.NotAPicture(reason="it cannot be made smaller") from error
    return file.getvalue()
