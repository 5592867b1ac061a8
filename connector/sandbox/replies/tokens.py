"""Tokens by a simple estimate: the sandbox has no tokenizer, only pieces of about the right size."""

import re

LONG = 200_000  # characters; from here on the count is a guess, because counting holds up everybody else

_PIECE = re.compile(r"\s?\w{1,6}|\s+|[^\w\s]{1,3}")  # covers every character, so the pieces join to the text again


def split(text: str) -> list[str]:
    """`text` in pieces of at most six letters; joined they are the text."""
    return _PIECE.findall(text)


def count(text: str) -> int:
    return len(split(text)) if len(text) < LONG else len(text) // 4
