"""What pictures are called when they are saved."""

from django.utils.text import slugify

from connector.client import media
from connector.models import GeneratedImage
from connector.models.pictures import SVG


def name_of(image: GeneratedImage) -> str:
    """What `image` is saved as: the beginning of its prompt, and enough of its id to be the only one."""
    words = slugify(image.prompt[:200])[:60].strip("-_") or "picture"
    suffix = ".svg" if image.media_type == SVG else media.suffix(image.media_type)
    return f"{words}-{image.public_id.hex[:8]}{suffix}"
