"""A picture by its bytes: whether it is one, of which kind, how large. Names and headers are not asked."""

import io
import warnings
from dataclasses import dataclass

from connector.client import errors, media

FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP", "image/gif": "GIF"}
MOST_PIXELS = 50_000_000  # six times what any model draws; more would unpack to hundreds of megabytes


@dataclass(frozen=True, slots=True)
class Picture:
    media_type: str
    width: int  # pixels
    height: int

    @property
    def suffix(self) -> str:
        return media.suffix(self.media_type)


def examined(content: bytes) -> Picture:
    """What `content` is; raises `errors.NotAPicture` for anything that does not decode as PNG, JPEG, WebP or GIF.

    Takes a tenth of a second for a large one, so it belongs into a thread.
    """
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
                picture.load()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise errors.NotAPicture(reason="it is damaged") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise errors.NotAPicture(reason="it has too many pixels") from error
    return Picture(media_type, width, height)
