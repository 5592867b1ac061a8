"""The numbers of a run, from the file they are kept in: 32 bits each, low byte first, one vector after the other."""

import heapq
import sys
import uuid
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from connector.models import Run, StoredFile
from playground.embeddings import similar
from playground.embeddings.similar import Compared
from playground.files import answering

BYTES = 4  # of a number
TOGETHER = 100  # vectors that are compared all with all
REMEMBERED = 16  # blocks of as many, half a megabyte each: a page is looked at more than once


@dataclass(frozen=True)
class Stored:
    """The file of a run's vectors, `count` of them, each of `dimensions` numbers."""

    file: StoredFile
    count: int
    dimensions: int

    def some(self, first: int, many: int) -> list[list[float]]:
        """`many` vectors from the one at `first`, counted from 0. Raises `Http404` when the file is gone."""
        return [row.tolist() for row in self.rows(first, many)]

    def rows(self, first: int = 0, many: int | None = None) -> Iterator[array[float]]:
        """The same, one after the other."""
        many = self.count - first if many is None else max(0, min(many, self.count - first))
        with answering.open_file(self.file.file) as opened:
            opened.seek(BYTES * self.dimensions * first)
            for _ in range(many):
                row = array("f", opened.read(BYTES * self.dimensions))
                if sys.byteorder == "big":
                    row.byteswap()
                yield row

    def pieces(self) -> Iterator[bytes]:
        """The file as it is."""
        with answering.open_file(self.file.file) as opened:
            yield from opened.chunks(answering.PIECE)

    def compared(self, first: int) -> Compared:
        """How alike those of the block that begins at `first` are, cut at several lengths and whole."""
        return _compared(self.file.public_id, self.count, self.dimensions, first)

    def nearest(self, place: int, many: int) -> list[tuple[int, float]]:
        """The places of the `many` vectors that are most like the one at `place`, of all, with their cosines."""
        (one,) = self.some(place, 1)
        cosines = similar.cosines(one, (row.tolist() for row in self.rows()))
        others = (other for other in range(self.count) if other != place)
        return [(other, cosines[other]) for other in heapq.nlargest(many, others, key=cosines.__getitem__)]


def of(run: Run) -> Stored | None:
    """None while nothing has come. One query."""
    count, dimensions = run.answer.get("count"), run.answer.get("dimensions")
    file = run.outputs.first() if count and dimensions else None
    if file is None or file.bytes != BYTES * count * dimensions:
        return None
    return Stored(file, count, dimensions)


@lru_cache(maxsize=REMEMBERED)
def _compared(public_id: uuid.UUID, count: int, dimensions: int, first: int) -> Compared:
    stored = Stored(StoredFile.objects.get(public_id=public_id), count, dimensions)
    return similar.compared(stored.some(first, TOGETHER))
