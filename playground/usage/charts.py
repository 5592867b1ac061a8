"""Numbers of days → a picture of them: where its bars, points and lines are.

Along the picture everything is in percent, so that one drawing fits every width; upwards it is in pixels.
"""

import datetime
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.formats import date_format

type Told = Callable[[float], str]  # a number as it is written

HEIGHT = 128  # px, of the part with the bars
ROOM = 22  # px below it, for the days
LABELS = 5  # days that are named, at most
FILLED = 0.76  # of a day's width
LEAST = 1.5  # px: what is not nothing can be seen


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of a picture."""

    name: str
    look: str  # its class
    values: Sequence[float | None]  # one for each day; None: there is none


@dataclass(frozen=True, slots=True)
class Segment:
    look: str
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Column:
    """A day's bar."""

    x: str
    width: str
    title: str
    segments: list[Segment]


@dataclass(frozen=True, slots=True)
class Point:
    x: str
    y: float
    title: str
    look: str


@dataclass(frozen=True, slots=True)
class Stroke:
    """From one day to the next."""

    x1: str
    y1: float
    x2: str
    y2: float
    look: str


@dataclass(frozen=True, slots=True)
class Label:
    x: str
    words: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Chart:
    summary: str  # for those who do not see it
    axis: list[str]  # from the top to zero
    labels: list[Label]
    series: list[Series]
    columns: Sequence[Column] = ()
    points: Sequence[Point] = ()
    strokes: Sequence[Stroke] = ()

    height = HEIGHT
    whole_height = HEIGHT + ROOM
    lines = (0.5, HEIGHT / 2, HEIGHT - 0.5)  # where the axis has its words


def bars(
    days: Sequence[datetime.date],
    series: Sequence[Series],
    told: Told,
    summary: str,
    *,
    whole: bool,
    axis: Told | None = None,
) -> Chart:
    """Bars that stand on each other. `whole`: what is counted cannot be halved."""
    sums = [sum(each.values[place] or 0 for each in series) for place in range(len(days))]
    top = _top(max(sums, default=0), whole)
    columns = []
    for place, day in enumerate(days):
        below, segments = 0.0, []
        for each in series:
            if value := each.values[place]:
                height = max(LEAST, value / top * HEIGHT)
                below += height
                segments.append(Segment(each.look, round(HEIGHT - below, 2), round(height, 2)))
        parts = [f"{each.name} {told(each.values[place] or 0)}" for each in series if each.values[place]]
        title = f"{_named(day)}: {', '.join(parts) or told(0)}"
        width = 100 / len(days)
        x = place * width + width * (1 - FILLED) / 2
        columns.append(Column(_percent(x), _percent(width * FILLED), title, segments))
    return Chart(summary, _axis(top, axis or told), _labels(days), _seen(series), columns=columns)


def curves(days: Sequence[datetime.date], series: Sequence[Series], told: Told, summary: str, *, axis: Told) -> Chart:
    """A line for each series, broken where there is nothing."""
    top = _top(max((value for each in series for value in each.values if value), default=0), whole=False)
    points, strokes = [], []
    for each in series:
        before: Point | None = None
        for place, value in enumerate(each.values):
            if value is None:
                before = None
                continue
            title = f"{_named(days[place])}: {each.name} {told(value)}"
            x = _percent((place + 0.5) * 100 / len(days))
            point = Point(x, round(HEIGHT - value / top * HEIGHT, 2), title, each.look)
            if before:
                strokes.append(Stroke(before.x, before.y, point.x, point.y, each.look))
            points.append(point)
            before = point
    return Chart(summary, _axis(top, axis), _labels(days), _seen(series), points=points, strokes=strokes)


def _seen(series: Sequence[Series]) -> list[Series]:
    return [each for each in series if any(each.values)]


def _top(most: float, whole: bool) -> float:
    """A round number above `most`, of which a half is round, too."""
    if not most:
        return 2 if whole else 1
    step = 10 ** math.floor(math.log10(most))
    top: float = next(factor * step for factor in (1, 2, 4, 6, 8, 10) if factor * step >= most * (1 - 1e-9))
    return max(2, math.ceil(top)) if whole else top


def _axis(top: float, told: Told) -> list[str]:
    return [told(top), told(top / 2), told(0)]


def _labels(days: Sequence[datetime.date]) -> list[Label]:
    step = max(1, math.ceil((len(days) - 1) / (LABELS - 1))) if len(days) > 1 else 1
    found = []
    for place in range(0, len(days), step):
        x = (place + 0.5) * 100 / len(days)
        anchor = "start" if x < 5 else "end" if x > 95 else "middle"
        at = 0 if anchor == "start" else 100 if anchor == "end" else x
        found.append(Label(_percent(at), _named(days[place]), anchor))
    return found


def _named(day: datetime.date) -> str:
    return date_format(day, "j M")


def _percent(value: float) -> str:
    return f"{value:.3f}%"
