"""A run of embeddings as its page shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from django.contrib.auth.models import User
from django.http import Http404
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from connector import catalogue
from connector.client import errors
from connector.models import Run, choosing
from connector.operations import sending
from playground import endings
from playground.embeddings import owned, pictures, similar, vectors
from playground.embeddings.similar import Agreement, Compared, Cut
from playground.embeddings.vectors import TOGETHER, Stored

TEMPLATE = "playground/embeddings/embeddings.html"
NEAREST_OF_ONE = 20
WORDS = 160  # characters of a text in a table
NUMBERS = 24  # of a vector that are shown


@dataclass(frozen=True, slots=True)
class Neighbour:
    number: int  # of its text, from 1
    text: str
    cosine: float


@dataclass(frozen=True, slots=True)
class Row:
    number: int
    text: str
    label: str
    norm: float
    nearest: list[Neighbour]
    cells: SafeString  # of the table of all cosines


@dataclass(frozen=True, slots=True)
class One:
    """A single text: its vector and what is nearest to it of all."""

    number: int
    text: str
    label: str
    norm: float
    numbers: list[float]
    nearest: list[Neighbour]


class Result:
    """`first`: the number of the first text of the block that is looked at. `dimensions`: at which length; None: whole.
    `number`: of the text that is looked at by itself."""

    def __init__(self, run: Run, first: int = 1, dimensions: int | None = None, number: int | None = None) -> None:
        self.run = run
        self.first = first
        self.number = number
        self._dimensions = dimensions

    # What was asked.

    @cached_property
    def texts(self) -> Sequence[str]:
        given = self.run.request.get("input", [])
        return [given] if isinstance(given, str) else [each if isinstance(each, str) else str(each) for each in given]

    @cached_property
    def labels(self) -> Sequence[str]:
        labels = self.run.about.get("labels") or []
        return labels if len(labels) == len(self.texts) else []

    @property
    def title(self) -> str:
        return (self.texts[0] if self.texts else "").strip()[:WORDS]

    @property
    def address(self) -> str:
        return reverse("playground:embedding", args=[self.run.pk])

    # What came.

    @cached_property
    def stored(self) -> Stored | None:
        return vectors.of(self.run)

    @cached_property
    def is_missing(self) -> bool:
        """Whether vectors came and their file is gone."""
        return self.run.state == Run.State.DONE and self._compared is None

    @property
    def dimensions(self) -> int:
        return self.stored.dimensions if self.stored else 0

    @property
    def blocks(self) -> list[tuple[int, int]]:
        """The first and the last text of each block; none where there is only one."""
        count = len(self.texts)
        if count <= TOGETHER:
            return []
        return [(first, min(count, first + TOGETHER - 1)) for first in range(1, count + 1, TOGETHER)]

    @property
    def last(self) -> int:
        return min(len(self.texts), self.first + TOGETHER - 1)

    @cached_property
    def _compared(self) -> Compared | None:
        try:
            return self.stored.compared(self.first - 1) if self.stored else None
        except Http404:
            return None

    @cached_property
    def can_be_cut(self) -> bool | None:
        """Whether the model's vectors may be shortened; None where nobody knows."""
        configuration = self.run.configuration
        family, overrides = choosing.known_of(configuration, self.run.model) if configuration else ("", None)
        if catalogue.find(family or self.run.model, overrides=overrides) is None:
            return None
        try:
            api = sending.api(configuration.parsed_endpoint()) if configuration else ""
        except errors.InvalidParameter:
            api = ""
        taken = catalogue.parameters(owned.OPERATION, self.run.model, api, family, overrides)
        return any(parameter.name == "dimensions" for parameter in taken)

    @cached_property
    def cut(self) -> Cut:
        """The vectors at the length that is looked at."""
        assert self._compared  # noqa: S101  # for the type checker; who asks looked
        cuts = self._compared.cuts if self.can_be_cut is not False else []
        return next((cut for cut in cuts if cut.dimensions == self._dimensions), self._compared.whole)

    @property
    def is_whole(self) -> bool:
        return self.cut.dimensions == self.dimensions

    @cached_property
    def agreements(self) -> list[Agreement]:
        """How the picture changes with the length, the whole one last; none where there is only one length."""
        found = self._compared
        return found.agreements if found and len(found.cuts) > 1 and self.can_be_cut is not False else []

    @cached_property
    def matrix(self) -> pictures.Field:
        return _matrix(self.cut, self.first)

    @cached_property
    def plane(self) -> pictures.Plane | None:
        """None for less than three texts, which say nothing there."""
        if len(self.cut.cosines) < 3:
            return None
        part = slice(self.first - 1, self.last)
        return pictures.points(self.cut, [_short(text) for text in self.texts[part]], self.labels[part], self.first)

    @cached_property
    def rows(self) -> list[Row]:
        cells = _cells(self.cut)
        return [
            Row(
                number=self.first + place,
                text=_short(self._text(self.first + place)),
                label=self._label(self.first + place),
                norm=self.cut.norms[place],
                nearest=[self._neighbour(self.first + near, line[near]) for near in self.cut.nearest[place]],
                cells=cells[place],
            )
            for place, line in enumerate(self.cut.cosines)
        ]

    @cached_property
    def closest(self) -> tuple[Neighbour, Neighbour] | None:
        """The two texts that are most alike."""
        if self.cut.closest is None:
            return None
        one, other = self.cut.closest
        cosine = self.cut.cosines[one][other]
        return self._neighbour(self.first + one, cosine), self._neighbour(self.first + other, cosine)

    @cached_property
    def one(self) -> One | None:
        """The text that is looked at by itself."""
        if self.number is None or self.stored is None:
            return None
        try:
            (vector,) = self.stored.some(self.number - 1, 1)
            nearest = self.stored.nearest(self.number - 1, NEAREST_OF_ONE)
        except Http404:
            return None
        return One(
            number=self.number,
            text=self._text(self.number),
            label=self._label(self.number),
            norm=similar.norm(vector),
            numbers=vector[:NUMBERS],
            nearest=[self._neighbour(place + 1, cosine) for place, cosine in nearest],
        )

    def _text(self, number: int) -> str:
        return self.texts[number - 1] if number <= len(self.texts) else ""

    def _label(self, number: int) -> str:
        return self.labels[number - 1] if self.labels else ""

    def _neighbour(self, number: int, cosine: float) -> Neighbour:
        return Neighbour(number, _short(self._text(number)), cosine)


def of(run: Run, query: Any = None) -> Result:  # Any: a page's query
    """The run as its page's `query` asks for it: `from`, `dimensions` and `text`, each only if there is such a one."""
    query = query or {}
    count = len(Result(run).texts)
    first, number, dimensions = (_number(query.get(name, "")) for name in ("from", "text", "dimensions"))
    begins = first if first and first <= count and first % TOGETHER == 1 else 1
    if number and 1 <= number <= count:
        begins = (number - 1) // TOGETHER * TOGETHER + 1
    return Result(run, begins, dimensions, number if number and 1 <= number <= count else None)


@endings.register(Run.Kind.CALL, owned.OPERATION)
def run_fragment(run: Run, user: User) -> str:
    """The element `#run-<pk>` as it is now."""
    return render_to_string(f"{TEMPLATE}#result", {"result": of(run), "run": run, "user": user})


# Ten thousand cells take longer to write than everything else of the page; a page is looked at more than once.


@lru_cache(maxsize=vectors.REMEMBERED)
def _cells(cut: Cut) -> list[SafeString]:
    return [
        format_html_join("", "<td>{}", ((f"{round(value, 2) + 0.0:.2f}",) for value in line))  # never -0.00
        for line in cut.cosines
    ]


@lru_cache(maxsize=vectors.REMEMBERED)
def _matrix(cut: Cut, first: int) -> pictures.Field:
    return pictures.matrix(cut, first)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else None


def _short(text: str) -> str:
    text = text.strip()
    return text if len(text) <= WORDS else f"{text[: WORDS - 1]}…"
