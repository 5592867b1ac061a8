"""A comparison as its page shows it: its columns, what is known of each, and the table of their figures."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from string import ascii_uppercase
from typing import Any

from connector.models import ChatCompletionsSession, Comparison, Run
from connector.models.configuration import ApiType
from playground import money
from playground.chat import exchange
from playground.templatetags.promptyard import seconds


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of a column, and whether no other column has a better one."""

    key: str
    name: str
    text: str
    title: str = ""
    is_best: bool = False


@dataclass(frozen=True)
class Column:
    """One column: its session, its run and what came of it."""

    session: ChatCompletionsSession
    run: Run | None
    item: exchange.Item | None
    is_hidden: bool  # nobody may know yet who answers
    is_winner: bool
    number: int = 0  # among those with the same model, from 1; 0 without another

    @property
    def letter(self) -> str:
        return ascii_uppercase[self.session.place % len(ascii_uppercase)]

    @property
    def name(self) -> str:
        """What the column is called: its model, or its letter alone."""
        if self.is_hidden or not self.run:
            return f"Answer {self.letter}"
        return f"{self.run.model} ({self.number})" if self.number else self.run.model

    @property
    def answer(self) -> exchange.Answer | None:
        return self.item.answers[0] if self.item else None

    @property
    def is_going(self) -> bool:
        return self.run is not None and self.run.is_going

    @property
    def settings(self) -> list[tuple[str, str]]:
        """The parameters that were set, as they stand under the model's name."""
        return [(name, _brief(value)) for name, value in self.session.parameters.items()]

    @property
    def figures(self) -> list[Figure]:
        return figures(self.run) if self.run else []


@dataclass(frozen=True)
class Shown:
    """All of a comparison. `columns` stand in the order they are shown in."""

    comparison: Comparison
    columns: Sequence[Column]

    @property
    def going(self) -> int:
        return sum(column.is_going for column in self.columns)

    @property
    def ended(self) -> int:
        return len(self.columns) - self.going

    @cached_property
    def table(self) -> list[tuple[Column, list[Figure]]]:
        """A row for each column; the best of each figure is marked."""
        best = {key: pick(values) for key, pick in BEST.items() if (values := self._values(key))}
        return [(column, [_marked(column, figure, best) for figure in column.figures]) for column in self.columns]

    def _values(self, key: str) -> list[float]:
        """Of the columns that have it, when it differs among them."""
        found = [_numbers(column.run)[key] for column in self.columns if column.run]
        values = [value for value in found if value is not None]
        return values if len(set(values)) > 1 else []


DASH = "\N{EN DASH}"
FIRST, SPEED, READ, WRITTEN, TOOK, COST = "first", "speed", "read", "written", "took", "cost"
BEST: dict[str, Callable[[list[float]], float]] = {FIRST: min, SPEED: max, TOOK: min, COST: min}


def figures(run: Run) -> list[Figure]:
    """What is known of a run, in a fixed order; a dash for what is not."""
    numbers = _numbers(run)
    about, hint = ("about ", ", estimated") if run.usage_estimated else ("", "")
    speed, read, written = (numbers[key] for key in (SPEED, READ, WRITTEN))
    return [
        Figure(FIRST, "First token", seconds(run.first_token_ms) or DASH, "Time from sending to the first token"),
        Figure(SPEED, "Tokens/s", f"{speed:,.0f}" if speed else DASH, f"From the first token to the end{hint}"),
        Figure(READ, "Tokens in", DASH if read is None else f"{about}{read:,}", f"Tokens read{hint}"),
        Figure(WRITTEN, "Tokens out", DASH if written is None else f"{about}{written:,}", f"Tokens written{hint}"),
        Figure(TOOK, "Took", seconds(run.duration_ms) or DASH, "Time from sending to the end"),
        Figure(COST, "Cost", _price(run), "US dollars"),
    ]


def _numbers(run: Run) -> dict[str, Any]:
    """By the figures' keys what can be compared; None for what is not known, or says nothing of a broken answer."""
    return {
        FIRST: run.first_token_ms,
        SPEED: run.tokens_per_second,
        READ: run.usage.get("prompt_tokens"),
        WRITTEN: run.usage.get("completion_tokens"),
        TOOK: run.duration_ms if run.state in (Run.State.DONE, Run.State.LENGTH) else None,
        COST: run.cost,
    }


def _price(run: Run) -> str:
    """An unknown price is never zero."""
    if run.configuration and run.configuration.api_type == ApiType.SANDBOX and not run.is_going:
        return "free"
    return money.of_run(run) or DASH


def _marked(column: Column, figure: Figure, best: dict[str, float]) -> Figure:
    is_best = column.run is not None and figure.key in best and _numbers(column.run)[figure.key] == best[figure.key]
    return replace(figure, is_best=is_best)


def shown(comparison: Comparison) -> Shown:
    """The comparison with everything of it; a run of a dead process is marked as interrupted on the way."""
    sessions = columns_of(comparison)
    runs = runs_of(comparison)
    going = [run.pk for run in runs.values() if run.is_going]
    if going and Run.objects.filter(pk__in=going).interrupt_dead():
        runs = runs_of(comparison)
    items = exchange.items_of(list(runs.values()))
    return Shown(comparison, _columns(comparison, sessions, runs, items))


def column(comparison: Comparison, run: Run) -> Column | None:
    """One column of it, by its run."""
    sessions, runs = columns_of(comparison), {run.session_id or 0: run}
    found = _columns(comparison, sessions, runs, exchange.items_of([run]))
    return next((column for column in found if column.run), None)


def columns_of(comparison: Comparison) -> list[ChatCompletionsSession]:
    return list(comparison.columns.select_related("configuration").order_by("place", "pk"))


def runs_of(comparison: Comparison) -> dict[int, Run]:
    """By the pk of the column's session; there is one in each."""
    runs = Run.objects.filter(session__comparison=comparison).select_related("configuration").order_by("pk")
    return {run.session_id: run for run in runs if run.session_id}


def _columns(
    comparison: Comparison,
    sessions: Sequence[ChatCompletionsSession],
    runs: Mapping[int, Run],
    items: Mapping[int, exchange.Item],
) -> list[Column]:
    models = [session.model for session in sessions]
    return [
        Column(
            session=session,
            run=(run := runs.get(session.pk)),
            item=items.get(run.pk) if run else None,
            is_hidden=comparison.is_hidden,
            is_winner=comparison.winner_id == session.pk,
            number=models[: place + 1].count(session.model) if models.count(session.model) > 1 else 0,
        )
        for place, session in enumerate(sessions)
    ]


def _brief(value: Any) -> str:  # Any: JSON
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"{text[:40]}…" if len(text) > 40 else text
