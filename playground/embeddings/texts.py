"""What was typed or uploaded → the texts that are sent, and a label for each where a column has them.

A sentence of `Unreadable` says what is wrong and where, for the person who typed it.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from connector.models.text import cleaned

MOST = 2048  # texts of one request (OpenAI API reference, embeddings/create)
LONGEST, TOGETHER = 8192, 300_000  # tokens of one text and of all (likewise)
BYTES_A_TOKEN = 4  # of UTF-8; the provider counts exactly
LONGEST_LABEL = 100  # characters
LONGEST_FIELD = 2_000_000  # characters of one cell: as much as a form may have
DELIMITERS = (",", ";", "\t")
TEXT_COLUMNS = ("text", "texts", "content", "input", "sentence", "body", "message", "description", "title")
LABEL_COLUMNS = ("label", "labels", "category", "class", "topic", "group", "tag")
# By their first bytes
ENCODINGS = (("utf-8-sig", b"\xef\xbb\xbf"), ("utf-16", b"\xff\xfe"), ("utf-16", b"\xfe\xff"))

csv.field_size_limit(LONGEST_FIELD)  # of the process: the usual 131,072 are less than one text may have


class Unreadable(Exception):
    """The sentence says why, and what to do."""


@dataclass(frozen=True)
class Texts:
    """What is sent. `labels` are as many as the texts, or none; `left_out` rows had no text."""

    texts: Sequence[str]
    labels: Sequence[str] = ()
    left_out: int = 0

    @property
    def tokens(self) -> int:
        """An estimate."""
        return sum(map(tokens, self.texts))


@dataclass(frozen=True)
class Sheet:
    """A CSV. `names` are those of its columns; `first` is the line of the file in which its rows begin."""

    names: list[str]
    rows: list[list[str]]
    first: int

    def guess(self, words: Sequence[str]) -> int | None:
        """The column that is called like one of `words`."""
        known = {name.strip().casefold(): place for place, name in reversed(list(enumerate(self.names)))}
        return next((known[word] for word in words if word in known), None)

    @property
    def text_column(self) -> int:
        """The column that most likely has the texts: by its name, else the one with most in it."""
        named = self.guess(TEXT_COLUMNS)
        if named is not None:
            return named
        sizes = [sum(len(row[place]) for row in self.rows[:100]) for place in range(len(self.names))]
        return sizes.index(max(sizes))

    def texts(self, column: int, label: int | None = None) -> Texts:
        """Those of `column`, with the labels of another; rows without a text are left out."""
        found = [row for row in self.rows if row[column].strip()]
        labels = [row[label].strip()[:LONGEST_LABEL] for row in found] if label is not None else []
        return checked(Texts([row[column] for row in found], labels, left_out=len(self.rows) - len(found)))


def tokens(text: str) -> int:
    return max(1, len(text.encode()) // BYTES_A_TOKEN)


def lines(typed: str) -> Texts:
    """One text per line; empty lines are left out. Raises `Unreadable` for more than a request takes."""
    return checked(Texts([line.strip() for line in cleaned(typed).split("\n") if line.strip()]))


def sheet(typed: str, has_names: bool) -> Sheet:
    """A CSV, whatever separates its columns; raises `Unreadable` with the line in which something is wrong."""
    typed = cleaned(typed).removeprefix("\ufeff")
    numbered = list(_rows(typed))
    names = numbered.pop(0)[1] if has_names and numbered else []
    if not numbered:
        raise Unreadable("The CSV has no rows with texts. Paste it with a row for each text, or upload it.")
    width = len(names or numbered[0][1])
    for line, row in numbered:
        if len(row) != width:
            than = "the first line" if has_names else "the first row"
            raise Unreadable(
                f"Line {line} has {_columns(len(row))}, {than} has {width}. Put a text with separators in it "
                "into quotes."
            )
    names = [name.strip()[:LONGEST_LABEL] or f"Column {place}" for place, name in enumerate(names, 1)]
    return Sheet(
        names=names or [f"Column {place}" for place in range(1, width + 1)],
        rows=[row for _, row in numbered],
        first=numbered[0][0],
    )


def decoded(content: bytes) -> str:
    """The text of an uploaded file; raises `Unreadable` when it is none."""
    encoding = next((name for name, mark in ENCODINGS if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unreadable("The file is not text in UTF-8. Save it as “CSV UTF-8” and upload it again.") from error
    if "\0" in text:
        raise Unreadable("The file is not a CSV: it has bytes in it that no text has.")
    return text


def checked(found: Texts) -> Texts:
    """Raises `Unreadable` for nothing at all, and for more than one request takes."""
    if len(found.texts) > MOST:
        raise Unreadable(
            f"There are {len(found.texts):,} texts; one request takes {MOST:,} at most. Send them in parts."
        )
    for place, text in enumerate(found.texts, 1):
        if (count := tokens(text)) > LONGEST:
            raise Unreadable(
                f"Text {place} (“{text.strip()[:40]}…”) has about {count:,} tokens; {LONGEST:,} at most fit. "
                "Shorten it, or make several texts of it."
            )
    if found.tokens > TOGETHER:
        raise Unreadable(
            f"The texts have about {found.tokens:,} tokens together; one request takes {TOGETHER:,}. "
            "Send them in parts."
        )
    return found


def _rows(typed: str) -> list[tuple[int, list[str]]]:
    """The rows that are not empty, each with the number of its last line."""
    reader = csv.reader(io.StringIO(typed, newline=""), delimiter=_delimiter(typed), strict=True)
    found = []
    try:
        for row in reader:
            if any(value.strip() for value in row):
                found.append((reader.line_num, row))
    except csv.Error as error:
        raise Unreadable(_wrong(str(error), reader.line_num, typed)) from error
    return found


def _delimiter(typed: str) -> str:
    """What the first line has most of."""
    first = typed.lstrip().partition("\n")[0]
    return max(DELIMITERS, key=first.count)


def _wrong(error: str, line: int, typed: str) -> str:
    if "unexpected end" in error:
        return (
            f"A quote is opened and never closed, up to line {line}, the last one. Close it, or write two quotes where "
            "one is meant."
        )
    if "expected after" in error:
        return f"Line {line}: after a closing quote another column has to begin. Write two quotes where one is meant."
    return f"Line {line} cannot be read as CSV ({error})."


def _columns(count: int) -> str:
    return f"{count} column{'' if count == 1 else 's'}"
