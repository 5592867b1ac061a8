"""Sums → what the page shows of them: pictures of the days with their figures beside, and tables by one thing each."""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from connector.models import UsageDay
from connector.models.usage import percentile
from playground import money
from playground.templatetags.promptyard import seconds
from playground.usage import charts
from playground.usage.charts import Chart, Series
from playground.usage.figures import KINDS, Figures, Line, all_tokens, cost

NONE = "\N{EN DASH}"


@dataclass(frozen=True, slots=True)
class Panel:
    """A picture of the days, and the same as a table."""

    name: str
    id: str
    chart: Chart
    headings: list[str]
    rows: list[tuple[str, list[str]]]  # the day, and its cells
    note: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    query: str
    share: str  # of all, in percent of a bar
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Table:
    """By one thing."""

    name: str
    id: str
    share_of: str  # what the bars show
    headings: list[str]
    rows: list[Row]


def panels(figures: Figures) -> list[Panel]:
    return [_calls(figures), _cost(figures), *_tokens(figures), *_latency(figures)]


def tables(figures: Figures) -> list[Table]:
    """Each thing by which something differs; what there is only one of is still said."""
    found = [
        ("By model", "models", "Model", figures.models),
        ("By configuration", "configurations", "Configuration", figures.configurations),
        ("By operation", "operations", "Operation", figures.operations),
        ("By person", "people", "Person", figures.people),
    ]
    return [_table(figures, name, id, heading, lines) for name, id, heading, lines in found if lines]


def _table(figures: Figures, name: str, id: str, heading: str, lines: Sequence[Line]) -> Table:
    kinds = [KINDS[column] for column in figures.kinds]
    whole = figures.whole.total
    headings = [heading, "Calls", "Errors", "Cost", *map(str.capitalize, kinds), "Median", "95 %"]
    rows = []
    for line in lines:
        share = line.total.nanodollars / whole.nanodollars if whole.nanodollars else line.total.calls / whole.calls
        tokens = dict(line.tokens)
        cells = [
            number(line.total.calls),
            _errors(line.total),
            _cost_with_rest(line.total),
            *(number(tokens[kind]) for kind in kinds),
            _time(line.median),
            _time(line.p95),
        ]
        rows.append(Row(line.name, line.query, f"{100 * share:.1f}%", cells))
    return Table(name, id, "Share of cost" if whole.nanodollars else "Share of calls", headings, rows)


def _calls(figures: Figures) -> Panel:
    good = [total.calls - total.errors for _, total in figures.calendar]
    bad = [total.errors for _, total in figures.calendar]
    series = [Series("answered", "is-first", good), Series("failed", "is-bad", bad)]
    whole = figures.whole.total
    summary = f"Calls by day: {number(whole.calls)} in all, {number(whole.errors)} of them failed."
    chart = charts.bars(_days(figures), series, _count, summary, whole=True)
    rows = [(line.name, [number(line.total.calls), _errors(line.total)]) for line in figures.days]
    return Panel("Calls", "calls", chart, ["Day", "Calls", "Errors"], rows)


def _cost(figures: Figures) -> Panel:
    spent = [total.nanodollars / 1e9 for _, total in figures.calendar]
    whole = figures.whole.total
    told = cost(whole) or "nothing"
    chart = charts.bars(
        _days(figures),
        [Series("cost", "is-first", spent)],
        _dollars,
        f"Cost by day: {told} in all.",
        whole=False,
        axis=_axis_dollars,
    )
    rows = [(line.name, [line.cost, number(line.total.unpriced)]) for line in figures.days]
    note = f"{number(whole.unpriced)} of the calls have no known price; they are not in it." if whole.unpriced else ""
    return Panel("Cost", "cost", chart, ["Day", "Cost", "Unpriced"], rows, note)


def _tokens(figures: Figures) -> Iterator[Panel]:
    if not figures.kinds:
        return
    looks = dict(zip(KINDS, ("input", "cached", "write", "output", "reasoning", "image", "audio"), strict=True))
    series = [
        Series(KINDS[column], f"is-{looks[column]}", [getattr(total, column) for _, total in figures.calendar])
        for column in figures.kinds
    ]
    summary = f"Tokens by day: {number(all_tokens(figures.whole.total))} in all."
    chart = charts.bars(_days(figures), series, _count, summary, whole=True)
    rows = [(line.name, [number(getattr(line.total, column)) for column in figures.kinds]) for line in figures.days]
    headings = ["Day", *(KINDS[column].capitalize() for column in figures.kinds)]
    yield Panel("Tokens", "tokens", chart, headings, rows)


def _latency(figures: Figures) -> Iterator[Panel]:
    names = (
        ("Time to the answer", "took", "From sending to the end of the answer, of calls that were answered."),
        ("Time to the first token", "first_token", "Of answers that came as a stream."),
    )
    for name, column, note in names:
        if not getattr(figures.whole.total, column):
            continue
        halves, slow = (
            [percentile(getattr(total, column), share) for _, total in figures.calendar] for share in (0.5, 0.95)
        )
        series = [Series("median", "is-first", halves), Series("95 %", "is-second", slow)]
        whole = getattr(figures.whole.total, column)
        summary = (
            f"{name} by day: median {_time(percentile(whole, 0.5))}, 95 % within {_time(percentile(whole, 0.95))}."
        )
        chart = charts.curves(_days(figures), series, _time, summary, axis=_axis_time)
        rows = [
            (line.name, [_time(percentile(getattr(line.total, column), share)) for share in (0.5, 0.95)])
            for line in figures.days
        ]
        yield Panel(name, column.replace("_", "-"), chart, ["Day", "Median", "95 %"], rows, note)


def _days(figures: Figures) -> list[datetime.date]:
    return [day for day, _ in figures.calendar]


def number(value: float) -> str:
    return f"{value:,.0f}" if value else NONE


def _errors(total: UsageDay) -> str:
    if not total.errors:
        return NONE
    return f"{total.errors:,} ({100 * total.errors / total.calls:.0f} %)"


def _cost_with_rest(total: UsageDay) -> str:
    """What is priced, and how much is not."""
    told = cost(total)
    return f"{told} + {total.unpriced:,} unpriced" if total.unpriced and told != money.UNPRICED else told


def _time(milliseconds: float | None) -> str:
    return seconds(round(milliseconds)) if milliseconds is not None else NONE


def _count(value: float) -> str:
    """`12,000` → `12k`, for an axis and in a title."""
    for unit, factor in (("M", 1_000_000), ("k", 1_000)):
        if value >= max(factor, 10_000):
            return f"{_three_digits(value / factor)}{unit}"
    return f"{value:,.0f}"


def _three_digits(value: float) -> str:
    places = 0 if value >= 100 else 1 if value >= 10 else 2
    told = f"{value:,.{places}f}"
    return told.rstrip("0").rstrip(".") if places else told


def _dollars(value: float) -> str:
    return money.dollars(Decimal(repr(value)).quantize(Decimal("1e-9")))


def _axis_dollars(value: float) -> str:
    return f"${value:,.10f}".rstrip("0").rstrip(".")


def _axis_time(milliseconds: float) -> str:
    return f"{milliseconds / 1000:,.3f}".rstrip("0").rstrip(".") + " s"


def summary(figures: Figures) -> list[tuple[str, str, str]]:
    """Name, figure and what else is to be said of it, for the head of the page."""
    whole = figures.whole.total
    tokens = all_tokens(whole)
    read = _count(whole.input_tokens + whole.cached_tokens + whole.cache_write_tokens)
    written = _count(whole.output_tokens + whole.reasoning_tokens)
    found = [
        ("Calls", number(whole.calls), f"{_errors(whole)} failed" if whole.errors else "none failed"),
        ("Cost", cost(whole), f"{whole.unpriced:,} unpriced" if whole.unpriced else "all priced"),
    ]
    if tokens:
        found.append(("Tokens", _count(tokens), f"{read} read, {written} written"))
    if whole.took:
        found.append(("Time to the answer", _time(figures.whole.median), f"95 % within {_time(figures.whole.p95)}"))
    if whole.first_token:
        found.append(
            ("First token", _time(figures.whole.first_median), f"95 % within {_time(figures.whole.first_p95)}")
        )
    return [*found, *_others(whole)]


def _others(whole: UsageDay) -> Iterator[tuple[str, str, str]]:
    if whole.pictures:
        yield "Pictures", number(whole.pictures), ""
    if whole.characters:
        yield "Spoken", number(whole.characters), "characters"
    if whole.sound_ms:
        yield "Heard", f"{whole.sound_ms / 60_000:,.1f}", "minutes"
