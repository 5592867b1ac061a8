"""How alike vectors are: cosines, nearest neighbours, what cutting them changes, and a plane to look at them.

Plain Python: a cosine of 1536 numbers takes `math.sumprod` some ten microseconds, so a hundred vectors are compared in
less than a tenth of a second and two thousand with one of them likewise; all with all would take half a minute.
"""

import heapq
import math
import random
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import sub

CUTS = (128, 256, 512, 1024, 1536, 2048)  # how many numbers of longer vectors are looked at, too
NEAREST = 3
ROUNDS = 60  # of the power iteration at most; near directions take many
CLOSE = 1e-9  # a change that is none

type Vector = Sequence[float]
type Matrix = list[array[float]]


@dataclass(frozen=True, eq=False)
class Cut:
    """How alike the first `dimensions` numbers of each vector are, made as long as 1 again. What follows from the
    cosines is worked out once."""

    dimensions: int
    norms: list[float]  # of the vectors as they came, cut
    cosines: Matrix

    @cached_property
    def extent(self) -> tuple[float, float]:
        """The least and the most alike that two different ones are; 0 and 1 of a single one."""
        beside = [value for row, line in enumerate(self.cosines) for place, value in enumerate(line) if place != row]
        return (min(beside), max(beside)) if beside else (0.0, 1.0)

    @cached_property
    def nearest(self) -> list[list[int]]:
        """For each vector the `NEAREST` others that are most like it, the nearest first."""
        return [
            heapq.nlargest(NEAREST, (place for place in range(len(line)) if place != row), key=line.__getitem__)
            for row, line in enumerate(self.cosines)
        ]

    @cached_property
    def closest(self) -> tuple[int, int] | None:
        """The two that are most alike; None where there is only one."""
        pairs = [
            (line[near[0]], row, near[0])
            for row, (line, near) in enumerate(zip(self.cosines, self.nearest, strict=True))
            if near
        ]
        _, one, other = max(pairs, default=(0.0, 0, 0))
        return (min(one, other), max(one, other)) if pairs else None

    @cached_property
    def plane(self) -> list[tuple[float, float]]:
        """A point for each: the two directions in which they differ most (principal components, from the cosines).

        The signs are arbitrary, so that of the largest coordinate is made positive. All at one place: zeros.
        """
        return _plane(self.cosines)


@dataclass(frozen=True, eq=False)
class Compared:
    """Vectors at several lengths, the whole ones last."""

    cuts: list[Cut]

    @property
    def whole(self) -> Cut:
        return self.cuts[-1]

    @cached_property
    def agreements(self) -> "list[Agreement]":
        """What is left of the whole vectors' picture at each length."""
        return [agreement(cut, self.whole) for cut in self.cuts]


def compared(vectors: Sequence[Vector]) -> Compared:
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
    return Compared(found)


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
    return cosines(one, [other])[0]


def cosines(one: Vector, others: Iterable[Vector]) -> list[float]:
    """How alike `one` is to each of the others."""
    own = norm(one)
    lengths = ((other, own * norm(other)) for other in others)
    return [max(-1.0, min(1.0, math.sumprod(one, other) / length)) if length else 0.0 for other, length in lengths]


def norm(vector: Vector) -> float:
    """How long it is."""
    return math.sqrt(math.sumprod(vector, vector))


@dataclass(frozen=True)
class Agreement:
    """What is left of the whole vectors' picture when they are cut."""

    dimensions: int
    same_nearest: int  # vectors whose nearest neighbour stays the same
    of: int
    change: float  # of a cosine, on average
    kept: float  # of the vectors' length, before it is made 1 again, on average


def agreement(cut: Cut, whole: Cut) -> Agreement:
    count = len(whole.cosines)
    same = sum(near[:1] == of_whole[:1] for near, of_whole in zip(cut.nearest, whole.nearest, strict=True))
    pairs = count * (count - 1) / 2
    apart = sum(sum(map(abs, map(sub, line, other))) for line, other in zip(cut.cosines, whole.cosines, strict=True))
    kept = [one / all_of_it for one, all_of_it in zip(cut.norms, whole.norms, strict=True) if all_of_it]
    return Agreement(
        dimensions=cut.dimensions,
        same_nearest=same,
        of=count,
        change=apart / 2 / pairs if pairs else 0.0,
        kept=sum(kept) / len(kept) if kept else 0.0,
    )


def _plane(cosines: Matrix) -> list[tuple[float, float]]:
    gram = _centred(cosines)
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
