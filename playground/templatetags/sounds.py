"""What the pages of sounds need from Python."""

from collections.abc import Sequence

from django import template

from playground.audio import cards
from playground.audio.aligning import Piece

register = template.Library()


@register.filter
def timed(pieces: Sequence[Piece]) -> str:
    """The words of a line, each with its time where it is known."""
    return cards.words(pieces)
