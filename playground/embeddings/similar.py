"""How alike vectors are: cosines, nearest neighbours, what cutting them changes, and a plane to look at them.

Plain Python: a cosine of 1536 numbers takes `math.sumprod` some ten microseconds, so a hundred vectors are compared in
less than a tenth of a second and two thousand with one of them likewise; all with all would take half a minute.
"""

import math
import random
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from operator import sub

CUTS = (128, 256, 512, 1024, 1536, 2048)  # how many numbers of longer vectors are looked at, too
ROUNDS = 60  # of the power iteration at most; near directions take many
CLOSE = 1e-9  # a change that is none

type Vector = Sequence[float]
type Matrix = list[array[float]]


@dataclass(frozen=True)
class Cut:
    """How alike the first `dimensions` numbers of each vector are, made as long as 1 again."""

    dimensions: int
    norms: list[float]  # of the vectors as they came, cut
    cosines: Matrix

    @property
    def extent(self) -> tuple[float, float]:
        """The least and the most alike that two different ones are; 0 and 1 of a single one."""
        beside = [value for row, line in enumerate(self.cosines) for place, value in enumerate(line) if place != row]
        return (min(beside), max(beside)) if beside else (0.0, 1.0)

    def nearest(self, row: int, many: int) -> list[int]:
        """The `many` others that are most like `row`, the nearest first."""
        line = self.cosines[row]
        return sorted((place for place in range(len(line)) if place != row), key=lambda place: -line[place])[:many]


def cuts(vectors: Sequence[Vector]) -> list[Cut]:
    """The vectors cut at every length of `CUTS` that they have, and whole as the last one.

    Each piece between two lengths is multiplied once, so that all lengths together take as long as the last alone.
    """
    whole = len(vectors[0])
    ends = [*(length for length in CUTS if length < whole), whole]
    products = [[0.0] * (row + 1) for row in range(len(vectors))]  # of what was multiplied so far, one half of them
    found, begins = [], 0
    for end in ends:
        pieces = [vector[begins:end] for vector in vectors]
        for row, piece in enumerate(pieces):
            # as many as the row has: each with those before it, and with itself
            pairs = zip(products[row], pieces, strict=False)
            products[row] = [sofar + math.sumprod(piece, other) for sofar, other in pairs]
        found.append(_cut(end, products))
        begins = end
    return found


def _cut(dimensions: int, products: list[list[float]]) -> Cut:
    norms = [math.sqrt(line[row]) for row, line in enumerate(products)]
    scales = [1 / norm if norm else 0.0 for norm in norms]
    count = len(products)
    cosines = [array("f", bytes(4 * count)) for _ in range(count)]
    for row, line in enumerate(products):
        for place in range(row):
            value = max(-1.0, min(1.0, line[place] * scales[row] * scales[place]))
            cosines[row][place] = cosines[place][row] = value
        cosines[row][row] = 1.0
    return Cut(dimensions, norms, cosines)


def cosine(one: Vector, other: Vector) -> float:
    length = math.sqrt(math.sumprod(one, one) * math.sumprod(other, other))
    return max(-1.0, min(1.0, math.sumprod(one, other) / length)) if length else 0.0


@dataclass(frozen=True)
class Agreement:
    """What is left of the whole vectors' picture when they are cut."""

    dimensions: int
    same_nearest: int  # rows whose nearest neighbour stays the same
    of: int
    change: float  # of a cosine, on average


def agreement(cut: Cut, whole: Cut) -> Agreement:
    count = len(whole.cosines)
    same = sum(cut.nearest(row, 1) == whole.nearest(row, 1) for row in range(count))
    pairs = count * (count - 1) / 2
    apart = sum(sum(map(abs, map(sub, line, other))) for line, other in zip(cut.cosines, whole.cosines, strict=True))
    return Agreement(cut.dimensions, same, count, apart / 2 / pairs if pairs else 0.0)


def plane(cut: Cut) -> list[tuple[float, float]]:
    """A point for each vector: the two directions in which they differ most (principal components, from the cosines).

    The signs are arbitrary, so that of the largest coordinate is made positive. All at one place: zeros.
    """
    gram = _centred(cut.cosines)
    axes = []
    for seed in range(2):
        axis, strength = _direction(gram, seed)
        for row, line in enumerate(gram):
            weight = strength * axis[row]
            for place, part in enumerate(axis):
                line[place] -= weight * part
        axes.append([math.sqrt(max(0.0, strength)) * part for part in axis])
    return list(zip(*axes, strict=True))


def _centred(cosines: Matrix) -> list[list[float]]:
    """The products of the vectors once their middle is taken from each."""
    count = len(cosines)
    means = [math.fsum(line) / count for line in cosines]
    middle = math.fsum(means) / count
    return [
        [value - means[row] - means[place] + middle for place, value in enumerate(line)]
        for row, line in enumerate(cosines)
    ]


def _direction(gram: list[list[float]], seed: int) -> tuple[list[float], float]:
    """The eigenvector with the largest eigenvalue, and that; by power iteration."""
    pick = random.Random(seed)  # noqa: S311  # a beginning that is the same every time
    axis = [pick.uniform(-1, 1) for _ in gram]
    strength = 0.0
    for _ in range(ROUNDS):
        turned = [math.sumprod(line, axis) for line in gram]
        strength = math.sqrt(math.sumprod(turned, turned))
        if strength < CLOSE:
            return [0.0] * len(gram), 0.0
        turned = [part / strength for part in turned]
        moved = max(abs(after - before) for after, before in zip(turned, axis, strict=True))
        axis = turned
        if moved < CLOSE:
            break
    if max(axis, key=abs) < 0:
        axis = [-part for part in axis]
    return axis, strength
