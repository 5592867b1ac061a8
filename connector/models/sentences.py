"""A long text in parts that can be spoken one after the other: cut at sentences, else at commas, spaces, anywhere."""

import re
from collections.abc import Iterator

# Where a cut is heard least, the best first. Each finds the end of what stays together.
_ENDS = (
    re.compile(r"\n\s*\n"),
    re.compile(r"[.!?…]{1,8}[\"'”’»)\]]{0,4}\s|[。！？]{1,8}[」』”]{0,4}|\n"),  # noqa: RUF001  # other scripts' own signs
    re.compile(r"[,;:–—]\s|[、，；：]"),  # noqa: RUF001
    re.compile(r"\s"),
)
LEAST = 0.5  # of a part: a paragraph that ends sooner does not end it


def split(text: str, most: int) -> list[str]:
    """`text` in as few parts as good ends allow, each of at most `most` characters and none without a word.

    Together they are the text, but for white space where it was cut.
    """
    return [part for part in map(str.strip, _parts(text.strip(), most)) if part]


def _parts(text: str, most: int) -> Iterator[str]:
    while len(text) > most:
        at = _cut(text, most)
        yield text[:at]
        text = text[at:].lstrip()
    yield text


def _cut(text: str, most: int) -> int:
    window = text[: most + 1]  # the white space behind the last character that fits does not count
    for number, end in enumerate(_ENDS):
        found = [match.end() for match in end.finditer(window) if len(window[: match.end()].rstrip()) <= most]
        if found and (found[-1] >= most * LEAST or number == len(_ENDS) - 1):
            return found[-1]
    return most
