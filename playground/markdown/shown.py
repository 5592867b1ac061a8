"""How much of one text a page shows. The whole of it is kept, and can be copied, exported and opened by itself.

A browser lays a paragraph out anew whenever something is added to it: ten megabytes in one take it minutes, in which
nothing else on the page answers.
"""

MAX_SHOWN = 200_000  # characters: more than any model writes at once today, and laid out in a moment


def beginning(text: str) -> str:
    """What is shown of `text`. While it grows, this grows with it up to the limit, and then stays the same."""
    return text[:MAX_SHOWN]


def is_cut(text: str) -> bool:
    return len(text) > MAX_SHOWN
