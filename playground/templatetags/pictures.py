"""What pages that show pictures need from Python."""

import re
from dataclasses import dataclass

from django import template

from connector.client import errors
from connector.models import GeneratedImage
from connector.runs import unstored

_SIZE = re.compile(r"(\d{1,5})x(\d{1,5})", re.ASCII)

register = template.Library()


@dataclass(frozen=True, slots=True)
class Shape:
    """Pixels; what is not drawn yet has those that were asked for."""

    width: int
    height: int


@register.filter
def is_unstored(image: GeneratedImage) -> bool:
    """Whether its file came, could not be stored, and can still be had from the memory of this process."""
    return image.error.get("code") == errors.NotStored.code and unstored.has(image.pk)


@register.filter
def shape(image: GeneratedImage) -> Shape:
    """The size of a picture, so that its place on the page is right before it comes; square where nobody knows."""
    if image.width and image.height:
        return Shape(image.width, image.height)
    asked = _SIZE.fullmatch(str(image.parameters.get("size", "")))
    return Shape(int(asked[1]) or 1, int(asked[2]) or 1) if asked else Shape(1024, 1024)
