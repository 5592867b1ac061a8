"""A figure, its target, and the table they are printed in."""

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """`value` in `unit`, and the most (`at_most`) it should be; no target where it only explains another figure."""

    name: str
    value: float
    unit: str
    at_most: float | None = None
    note: str = ""

    @property
    def reached(self) -> bool | None:
        return None if self.at_most is None else self.value <= self.at_most


def percentile(values: Sequence[float], percent: float) -> float:
    """The `percent` percentile (0 to 100) of `values`, interpolated; NaN when there are none."""
    if not values:
        return float("nan")
    if len(values) == 1:
        return values[0]
    return statistics.quantiles(values, n=1000, method="inclusive")[min(998, max(0, round(percent * 10) - 1))]


def show(figure: Figure) -> str:
    """One line: mark, name, value, target, note."""
    mark = {True: "ok  ", False: "MISS", None: "    "}[figure.reached]
    target = "" if figure.at_most is None else f"target <= {figure.at_most:g} {figure.unit}"
    value = f"{figure.value:,.1f} {figure.unit}"
    return f"{mark} {figure.name:<58} {value:>14}   {target:<24} {figure.note}".rstrip()


def write(figures: Sequence[Figure], path: Path) -> None:
    """All figures as JSON, for comparing one day with another."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [asdict(figure) | {"reached": figure.reached} for figure in figures]
    path.write_text(json.dumps(rows, indent=1))
