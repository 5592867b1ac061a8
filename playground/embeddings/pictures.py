"""What the numbers look like: cosines as a field of shades, and the plane as points. Geometry only; the template draws.

A hundred texts have ten thousand cells. All cells of one shade are one path, and neighbours of the same shade one
stroke, so that the picture stays small.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

from playground.embeddings.similar import Cut

SHADES = 12
WIDEST, LARGEST, SMALLEST = 640, 44, 6  # pixels: of the picture, and of one cell
GUTTER = 34  # beside it and above it, for the numbers of the texts
WRITTEN = 30  # pixels of a cell that has room for its value
NUMBERED = 15  # pixels between two numbers in the gutter
PLANE = (500, 360)  # width and height of the plane
MARGIN = 28  # around its points
SERIES = 6  # labels that get a colour of their own
NUMBERED_POINTS = 40  # more of them would cover each other's numbers


@dataclass(frozen=True)
class Shade:
    number: int
    path: str  # of SVG: a stroke as wide as a cell through the middle of each


@dataclass(frozen=True)
class Mark:
    """A number or a value in the picture."""

    x: float
    y: float
    text: str
    tone: str = ""  # what it stands on: "", `on-middle` or `on-strong`, which want other colours of it


@dataclass(frozen=True)
class Field:
    """The picture of a matrix."""

    count: int
    first: int  # the number of the first text
    cell: int  # pixels
    shades: list[Shade]
    columns: list[Mark]
    rows: list[Mark]
    values: list[Mark]  # where cells are large enough
    least: float
    most: float

    @property
    def side(self) -> int:
        return GUTTER + self.cell * self.count

    @property
    def gutter(self) -> int:
        return GUTTER

    @property
    def scale(self) -> range:
        """The shades of the legend."""
        return range(SHADES)


def matrix(cut: Cut, first: int = 1) -> Field:
    """`first`: the number of the first text. The shades go from the least to the most alike pair."""
    count = len(cut.cosines)
    cell = max(SMALLEST, min(LARGEST, WIDEST // count))
    least, most = cut.extent
    shades = [[_shade(value, least, most) for value in line] for line in cut.cosines]
    every = -(-NUMBERED // cell)
    numbered = [place for place in range(count) if cell >= NUMBERED or (first + place) % max(5, every) == 0]
    middles = {place: GUTTER + cell * place + cell / 2 for place in range(count)}
    return Field(
        count=count,
        first=first,
        cell=cell,
        shades=_paths(shades, cell),
        columns=[Mark(middles[place], GUTTER - 8, str(first + place)) for place in numbered],
        rows=[Mark(GUTTER - 6, middles[place], str(first + place)) for place in numbered],
        values=[
            Mark(middles[place], middles[row], _written(value), _tone(shades[row][place]))
            for row, line in enumerate(cut.cosines)
            for place, value in enumerate(line)
        ]
        if cell >= WRITTEN
        else [],
        least=least,
        most=most,
    )


def _shade(value: float, least: float, most: float) -> int:
    part = (value - least) / (most - least) if most > least else 1.0
    return max(0, min(SHADES - 1, int(part * SHADES)))


def _tone(shade: int) -> str:
    """In both themes the middle wants a dark text; below and above it the themes differ."""
    return "" if shade < SHADES // 2 else "on-middle" if shade < SHADES * 2 // 3 else "on-strong"


def _written(value: float) -> str:
    return f"{round(value, 2) + 0.0:.2f}".replace("0.", ".") if abs(value) < 0.995 else f"{value:.0f}"


def _paths(shades: Sequence[Sequence[int]], cell: int) -> list[Shade]:
    strokes: list[list[str]] = [[] for _ in range(SHADES)]
    for row, line in enumerate(shades):
        place = 0
        for shade, same in groupby(line):
            many = len(list(same))
            strokes[shade].append(f"M{GUTTER + cell * place} {GUTTER + cell * row + cell / 2:g}h{cell * many}")
            place += many
    return [Shade(number, "".join(parts)) for number, parts in enumerate(strokes) if parts]


@dataclass(frozen=True)
class Point:
    x: float
    y: float
    number: int
    series: int = 0  # its label's colour, from 1; 0 without
    text: str = ""


@dataclass(frozen=True)
class Plane:
    points: list[Point]
    series: dict[str, int] = field(default_factory=dict)  # label → the number of its colour; 0: the others
    width: int = PLANE[0]
    height: int = PLANE[1]

    @property
    def is_numbered(self) -> bool:
        return len(self.points) <= NUMBERED_POINTS


def points(cut: Cut, texts: Sequence[str], labels: Sequence[str] = (), first: int = 1) -> Plane:
    """The vectors in the plane in which they differ most; labels that are there most often have their own colours."""
    found = cut.plane
    series = _series(labels)
    horizontal, vertical = (_fitted([point[axis] for point in found], PLANE[axis]) for axis in range(2))
    return Plane(
        [
            Point(x, PLANE[1] - y, first + place, series.get(labels[place], 0) if labels else 0, texts[place])
            for place, (x, y) in enumerate(zip(horizontal, vertical, strict=True))
        ],
        series,
    )


def _series(labels: Sequence[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for label in labels:
        counts[label] = counts.get(label, 0) + 1
    often = sorted(counts, key=lambda label: -counts[label])
    return {label: number if number <= SERIES else 0 for number, label in enumerate(often, 1)}


def _fitted(values: Sequence[float], size: int) -> list[float]:
    """Between the margins of `size` pixels; all in the middle when they are the same."""
    least, most = min(values), max(values)
    room = size - 2 * MARGIN
    if most - least < 1e-9:
        return [size / 2 for _ in values]
    return [round(MARGIN + room * (value - least) / (most - least), 1) for value in values]
