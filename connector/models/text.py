"""Text as people paste it and providers send it, made fit for every database."""

import re

MAX_MESSAGE_BYTES = 64 * 1024  # UTF-8; what a form takes in one message
TITLE_LENGTH = 80  # characters; longer ones are cut at a word

SPACE = re.compile(r"\s+")


def storable(text: str) -> str:
    """`text` as every database takes it: without NUL (PostgreSQL refuses it), lone surrogates (no UTF-8) as U+FFFD.

    Two halves of a surrogate pair that stand side by side become the character they mean.
    """
    if not text.isascii():
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text.replace("\x00", "") if "\x00" in text else text


def cleaned(text: str) -> str:
    r"""What a person typed, `storable` and with line ends as `\n`."""
    return storable(text).replace("\r\n", "\n").replace("\r", "\n")


def title_of(text: str) -> str:
    """The title of a conversation that begins with `text`: its first words on one line."""
    line = SPACE.sub(" ", cleaned(text[: 20 * TITLE_LENGTH])).strip()
    if len(line) <= TITLE_LENGTH:
        return line
    cut = line[:TITLE_LENGTH]
    whole_words = cut.rsplit(" ", 1)[0] if " " in cut[TITLE_LENGTH // 2 :] else cut
    return whole_words.rstrip(" ,.;:") + "…"
