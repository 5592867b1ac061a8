"""Markdown of a model as HTML that is safe to show.

    render(text)        the whole text; past a limit of size or cost the rest comes as it was written
    await arender(text) the same; large texts are rendered beside the event loop
    Progressive()       a text that is still coming

Model output is hostile input. Raw HTML is text, nothing is ever loaded from elsewhere, links name their host, and
`sanitise` has the last word. This package is the only place of the product that makes a safe string of such text.

    blocks       lines to blocks, read once                 inline     what stands inside a block
    pages        blocks to HTML                             formulas   TeX to MathML
    progressive  the same while the text is coming          code       colours
    closing      the unfinished end, closed for the moment  sanitise   the allow list
    shown        how much of a text a page shows            kept       finished answers, rendered once
"""

import asyncio

from django.utils.safestring import SafeString

from playground.markdown.pages import Piece
from playground.markdown.progressive import Growth, Progressive, Tail

LARGE = 8000  # characters; smaller texts take less time than handing them to a thread is worth

__all__ = ["Growth", "Piece", "Progressive", "Tail", "arender", "render"]


def render(text: str) -> SafeString:
    """HTML of `text`. Never raises; takes at most about 0.2 s for any text."""
    progressive = Progressive()
    progressive.read(text)
    progressive.finish()
    return progressive.so_far()


async def arender(text: str) -> SafeString:
    """The same for the event loop."""
    return render(text) if len(text) < LARGE else await asyncio.to_thread(render, text)
