"""What can be saved of a run: its vectors as CSV or for NumPy, and how alike they are as CSV."""

from collections.abc import Iterator
from typing import Any

from playground import spreadsheets
from playground.embeddings import npy
from playground.embeddings.showing import Result
from playground.embeddings.similar import Cut
from playground.embeddings.vectors import Stored

DIGITS = 9  # with which a number of 32 bits is written and read back the same


def as_npy(stored: Stored) -> Iterator[bytes]:
    """An array with a row for each text."""
    yield npy.header(stored.count, stored.dimensions)
    yield from stored.pieces()


def vectors_as_csv(result: Result, stored: Stored) -> Iterator[bytes]:
    """A row for each text: number, text, label where there are labels, and its vector."""
    return spreadsheets.lines(_vectors(result, stored))


def _vectors(result: Result, stored: Stored) -> Iterator[list[Any]]:
    with_labels = bool(result.labels)
    named = ["number", "text", *(["label"] if with_labels else [])]
    yield [*named, *(str(place) for place in range(stored.dimensions))]
    for place, row in enumerate(stored.rows()):
        label = [result.labels[place]] if with_labels else []
        yield [place + 1, result.texts[place], *label, *(float(f"{number:.{DIGITS}g}") for number in row)]


def matrix_as_csv(result: Result) -> Iterator[bytes]:
    """How alike the texts of the block are that is looked at; its first column has the texts."""
    return spreadsheets.lines(_matrix(result, result.cut))  # looked up now: no database is asked while it is sent


def _matrix(result: Result, cut: Cut) -> Iterator[list[Any]]:
    numbers = range(result.first, result.last + 1)
    yield ["number", "text", *numbers]
    for number, line in zip(numbers, cut.cosines, strict=True):
        yield [number, result.texts[number - 1], *(round(value, 6) for value in line)]
