"""JSON as a tree that can be folded, drawn on the server within bounds: so many values, so deep, so long a text.

A list of vectors has a million numbers, and an answer of a thousand levels would make a page that no browser opens.
What is left out is said, and stands in the text beside the tree.
"""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from connector.client import errors, wire

LARGEST = 1_000_000  # bytes that are drawn as a tree
DEEPEST = 40  # levels
MOST = 2_000  # values on the page
MOST_IN_ONE = 100  # values of one list or object
LONGEST = 1_000  # characters of one text
OPEN = 2  # levels that are unfolded at first, and below them what is small, as long as
FEW = 60  # … there are so few values on the page
SMALL = 8  # values of one list or object, and of the one around it
PREVIEW = 60  # characters that a folded object shows of itself

NOTHING = SafeString("")
ITEM, ITEM_END, LINE, LINE_END = SafeString("<li>"), SafeString("</li>"), SafeString("<p>"), SafeString("</p>")
FOLDED, UNFOLDED = SafeString("<details><summary>"), SafeString("<details open><summary>")
END, END_OF_ITEM = SafeString("</ul></details>"), SafeString("</ul></details></li>")
DEEPER = SafeString(' <span class="left-out">deeper than shown here</span>')


def of(content: bytes) -> SafeString:
    """The tree of `content`; empty when it is no JSON, or too much for a tree."""
    if not content or len(content) > LARGEST:
        return NOTHING
    try:
        value = wire.parse(content)
    except errors.BadAnswer:
        return NOTHING
    return drawn(value)


def drawn(value: Any) -> SafeString:  # Any: JSON
    drawing = _Drawing()
    drawing.draw(value)
    return format_html_join("", "{}", ((piece,) for piece in drawing.pieces))


@dataclass
class _Drawing:
    """Values are drawn one after the other, without recursion: the levels that are open stand in a list."""

    pieces: list[SafeString] = field(default_factory=list)
    count: int = 0

    def draw(self, value: Any) -> None:
        open_levels: list[Iterator[tuple[SafeString, Any]]] = [iter([(NOTHING, value)])]
        sizes = [1]  # of the lists and objects that are open
        while open_levels:
            found = next(open_levels[-1], None)
            if found is None:
                open_levels.pop()
                sizes.pop()
                if open_levels:
                    self.pieces.append(END_OF_ITEM if len(open_levels) > 1 else END)
                continue
            name, inner = found
            level = len(open_levels)
            self.count += 1
            if self._is_folded(inner, level):
                is_small = self.count < FEW and max(len(inner), sizes[-1]) <= SMALL
                self._begin(name, inner, level, is_open=level <= OPEN or is_small)
                open_levels.append(self._values_of(inner))
                sizes.append(len(inner))
            else:
                begin, end = (ITEM, ITEM_END) if level > 1 else (LINE, LINE_END)
                self.pieces.append(format_html("{}{}{}{}", begin, name, _leaf(inner), end))

    def _is_folded(self, value: Any, level: int) -> bool:
        return isinstance(value, dict | list) and bool(value) and level <= DEEPEST and self.count < MOST

    def _begin(self, name: SafeString, value: dict[str, Any] | list[Any], level: int, *, is_open: bool) -> None:
        self.pieces.append(
            format_html(
                "{}{}{}{}{}</summary><ul>",
                ITEM if level > 1 else NOTHING,
                UNFOLDED if is_open else FOLDED,
                name,
                _size(value),
                NOTHING if is_open else _preview(value),
            )
        )

    def _values_of(self, value: dict[str, Any] | list[Any]) -> Iterator[tuple[SafeString, Any]]:
        """Name and value of each, as far as there is room; at the end how many there are besides."""
        named: Iterable[tuple[SafeString, Any]] = (
            ((format_html('<span class="name">{}</span> ', name[:LONGEST]), inner) for name, inner in value.items())
            if isinstance(value, dict)
            else ((format_html('<span class="index">{}</span> ', place), inner) for place, inner in enumerate(value))
        )
        for place, pair in enumerate(named):
            if place >= MOST_IN_ONE or self.count >= MOST:
                yield NOTHING, _Left(len(value) - place)
                return
            yield pair


@dataclass(frozen=True, slots=True)
class _Left:
    """So many more were left out."""

    count: int


def _leaf(value: Any) -> SafeString:
    match value:
        case _Left(count=count):
            return format_html('<span class="left-out">… {} more</span>', f"{count:,}")
        case None | True | False:
            return format_html('<span class="constant">{}</span>', str(value).lower() if value is not None else "null")
        case str() if len(value) > LONGEST:
            return format_html(
                '<span class="string">“{}…</span> <span class="left-out">{} characters in all</span>',
                value[:LONGEST],
                f"{len(value):,}",
            )
        case str():
            return format_html('<span class="string">“{}”</span>', value)
        case dict() | list():
            return format_html("{}{}", _size(value), DEEPER if value else NOTHING)
        case _:
            return format_html('<span class="number">{}</span>', repr(value))


def _preview(value: dict[str, Any] | list[Any]) -> SafeString:
    """The first texts and numbers of an object, which tell it from its neighbours."""
    if isinstance(value, list):
        return NOTHING
    plain = (str(inner) for inner in value.values() if isinstance(inner, str | int | float) and inner != "")
    words = ", ".join(" ".join(text[:PREVIEW].split()) for text in itertools.islice(plain, 3))
    if not words:
        return NOTHING
    return format_html(' <span class="preview">{}{}</span>', words[:PREVIEW], "…" if len(words) > PREVIEW else "")


def _size(value: dict[str, Any] | list[Any]) -> SafeString:
    begin, end = "[]" if isinstance(value, list) else "{}"
    return format_html('<span class="size">{}{}{}</span>', begin, f"{len(value):,}" if value else " ", end)
