"""The blocks of a Markdown text, read line by line.

    reader = Reader()
    for line in lines:
        events += reader.line(line)
    events += reader.end()

An event never changes an earlier one, so what was read can be shown at once and is never read again: an answer that
streams in costs as much as one that came whole. The way of reading is that of CommonMark 0.31 ("a parsing strategy",
phase 1) with GitHub's tables, without raw HTML and without reference definitions (they would change text that was
shown long ago), plus formulas between `$$` or `\\[ \\]`. That a list is tight or loose is left to the style sheet: it,
too, would only be known at the end. markdown-it's own block parser reads a whole document only; the tests compare
the two.
"""

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace

MAX_DEPTH = 12  # containers in each other; deeper is text
MAX_COLUMNS = 64  # of a table; a wider one is text
MAX_FORMULA_LINES = 100  # an opening `$$` that is never closed must not swallow an answer


# What is read: containers that open and close, and leaves.


@dataclass(frozen=True)
class Quote:
    pass


@dataclass(frozen=True)
class List:
    ordered: bool
    marker: str  # `-`, `+`, `*`, `.` or `)`: another one begins another list
    start: int = 1


@dataclass
class Item:
    indent: int  # columns a line must be indented to belong to it
    empty: bool  # nothing in it yet; a blank line now ends it


@dataclass(frozen=True)
class Table:
    header: list[str]
    aligns: list[str]  # "", "left", "center" or "right"


type Container = Quote | List | Item | Table


@dataclass
class Paragraph:
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.lines).strip()


@dataclass(frozen=True)
class Heading:
    level: int
    text: str


@dataclass(frozen=True)
class Rule:
    pass


@dataclass
class Code:
    """Fenced, or indented when it has no fence."""

    info: str = ""
    fence: str = ""
    indent: int = 0  # of the fence: as much is taken off each line
    lines: list[str] = field(default_factory=list)
    blanks: list[str] = field(default_factory=list)  # of an indented block: those at its end do not belong to it

    @property
    def text(self) -> str:
        return "".join(line + "\n" for line in self.lines)


@dataclass
class Formula:
    """A formula of its own; until its end is seen it may turn out to be a paragraph."""

    closer: str
    lines: list[str] = field(default_factory=list)  # as written, delimiters included

    @property
    def tex(self) -> str:
        return "\n".join(self.lines).strip()[2:].removesuffix(self.closer)


@dataclass(frozen=True)
class Row:
    cells: list[str]


type Leaf = Paragraph | Code | Formula
type Block = Paragraph | Heading | Rule | Code | Formula | Row


@dataclass(frozen=True)
class Open:
    container: Container


@dataclass(frozen=True)
class Close:
    container: Container


type Event = Open | Close | Block

_RULE = re.compile(r" {0,3}(?:(?:\* *){3,}|(?:- *){3,}|(?:_ *){3,})$")
_HEADING = re.compile(r" {0,3}(#{1,6})(?: +(.*))?$")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)$")
_QUOTE = re.compile(r" {0,3}> ?")
_MARKER = re.compile(r" {0,3}([-+*]|(\d{1,9})([.)]))( +|$)")
_UNDERLINE = re.compile(r" {0,3}(=+|-+) *$")
_DELIMITERS = re.compile(r"(?!-(?: |$))\|? *:?-+:? *(?:\| *:?-+:? *)*\|?$")
_FORMULA = re.compile(r" {0,3}(\$\$|\\\[)(.*)$")
_FORMULA_END = {"$$": "$$", "\\[": "\\]"}
_PREFIX = re.compile(r"[\s>*+\-\d.)]*")  # where a tab may stand between markers


class Reader:
    """What is open at the end of the lines read so far: `stack` (containers, outermost first) and `leaf`."""

    def __init__(self) -> None:
        self.stack: list[Container] = []
        self.leaf: Leaf | None = None

    def fork(self) -> "Reader":
        """A copy that can read on without changing this one. The lines of open code are left behind."""
        other = Reader()
        other.stack = [replace(each) if isinstance(each, Item) else each for each in self.stack]
        match self.leaf:
            case Code() as code:
                other.leaf = replace(code, lines=[], blanks=[])
            case Paragraph() | Formula() as leaf:
                other.leaf = replace(leaf, lines=list(leaf.lines))
        return other

    def line(self, line: str) -> list[Event]:
        """Reads one whole line, without its end; what it opened, closed and completed."""
        return list(self._line(line))

    def end(self) -> list[Event]:
        """The text is over: closes whatever is open."""
        return list(self._close(0))

    def close_leaf(self) -> list[Event]:
        """Ends the open paragraph early: the caller knows that the next line does not go on with it."""
        return list(self._close_leaf())

    def _line(self, line: str) -> Iterator[Event]:
        rest = _without_tabs(line) if "\t" in line else line
        depth, rest = self._continued(rest)
        whole = depth == len(self.stack)
        if whole and isinstance(self.leaf, Code) and self.leaf.fence:
            yield from self._code_line(self.leaf, rest if self.stack else line)
            return
        if whole and isinstance(self.leaf, Formula):
            yield from self._formula_line(self.leaf, rest)
            return
        yield from self._opened(depth, rest)

    def _continued(self, rest: str) -> tuple[int, str]:
        """How many of the open containers the line belongs to, and what is left of it inside them."""
        depth = 0
        blank = not rest.strip()
        for position, container in enumerate(self.stack):
            match container:
                case Quote():
                    mark = _QUOTE.match(rest)
                    if not mark:
                        return depth, rest
                    rest = rest[mark.end() :]
                    blank = not rest.strip()
                case Item(indent=indent, empty=empty):
                    if blank:
                        if empty:
                            return depth, rest
                        rest = rest[indent:]
                    elif _indent(rest) >= indent:
                        rest = rest[indent:]
                    else:
                        return depth, rest
                case List():
                    continue  # goes on with its item, or with the next one
                case Table():
                    if blank or _indent(rest) >= 4 or self._starts_block(rest):
                        return depth, rest
            depth = position + 1
        return depth, rest

    def _opened(self, depth: int, rest: str) -> Iterator[Event]:
        """Reads the rest of a line of which the first `depth` containers go on."""
        fresh = False  # a container was opened by this line: the open paragraph is not continued
        while True:
            paragraph = self.leaf if isinstance(self.leaf, Paragraph) and not fresh else None
            inside = paragraph is not None and depth == len(self.stack)
            if not rest.strip():
                yield from self._blank(depth, rest)
                return
            if _indent(rest) >= 4:
                if paragraph:
                    paragraph.lines.append(rest.lstrip(" "))
                else:
                    yield from self._indented(depth, rest)
                return
            if isinstance(self._last(depth), Table) and depth == len(self.stack):
                yield self._row(self.stack[-1], rest)  # type: ignore[arg-type]  # the line above says that it is one
                return
            if inside and paragraph and (events := self._changed(paragraph, rest)) is not None:
                yield from events
                return
            if mark := _QUOTE.match(rest):
                if depth >= MAX_DEPTH:
                    break
                yield from self._close(depth)
                yield from self._open(Quote())
                rest, depth, fresh = rest[mark.end() :], depth + 1, True
                continue
            if (block := _single(rest)) is not None:
                yield from self._close(depth)
                self._fill()
                yield block
                return
            if (leaf := _opening(rest)) is not None:
                yield from self._close(depth)
                self._fill()
                self.leaf = leaf
                return
            mark = _MARKER.match(rest)
            if mark and depth < MAX_DEPTH and not (inside and _cannot_interrupt(mark, rest)):
                rest, opened = yield from self._item(depth, mark, rest)
                depth, fresh = opened, True
                continue
            break
        if paragraph:  # also when a container was left out: a lazy continuation
            paragraph.lines.append(rest.lstrip(" "))
            return
        yield from self._close(depth)
        self._fill()
        self.leaf = Paragraph([rest.lstrip(" ")])

    def _blank(self, depth: int, rest: str) -> Iterator[Event]:
        if isinstance(self.leaf, Code) and depth == len(self.stack):
            self.leaf.blanks.append(rest[4:])
        else:
            yield from self._close(depth + self._next_item(depth))  # the list may go on after a blank line

    def _last(self, depth: int) -> Container | None:
        return self.stack[depth - 1] if depth else None

    def _next_item(self, depth: int) -> bool:
        return depth < len(self.stack) and isinstance(self.stack[depth], List)

    def _starts_block(self, rest: str) -> bool:
        return bool(
            _QUOTE.match(rest) or _single(rest) is not None or _opening(rest) is not None or _MARKER.match(rest)
        )

    def _changed(self, paragraph: Paragraph, rest: str) -> list[Event] | None:
        """The events when this line makes the open paragraph a heading or its last line the head of a table."""
        if _DELIMITERS.match(rest.strip()) and (header := cells(paragraph.lines[-1])) and "|" in paragraph.lines[-1]:
            aligns = [_align(cell) for cell in cells(rest)]
            if len(aligns) == len(header) <= MAX_COLUMNS:
                paragraph.lines.pop()
                events = list(self._close(len(self.stack)))
                return [*events, *self._open(Table(header, aligns))]
        if underline := _UNDERLINE.match(rest):
            self.leaf = None
            return [Heading(1 if underline[1].startswith("=") else 2, paragraph.text)]
        return None

    def _item(self, depth: int, mark: re.Match[str], rest: str) -> Generator[Event, None, tuple[str, int]]:
        """Opens the item that `mark` begins, and its list if none goes on; returns the item's rest and the depth."""
        kind = List(mark[2] is not None, mark[3] or mark[1], int(mark[2] or 1))
        after = rest[mark.end() :]
        spaces = len(mark[4])
        if not after or spaces > 4:  # the item begins with a blank line, or with indented code
            after, spaces = mark[4][1:] + after if after else "", 1
        indent = mark.end(1) + spaces
        if self._next_item(depth):
            going = self.stack[depth]
            same = isinstance(going, List) and (going.ordered, going.marker) == (kind.ordered, kind.marker)
            depth += same
        yield from self._close(depth)
        if not isinstance(self._last(depth), List):
            yield from self._open(kind)
            depth += 1
        yield from self._open(Item(indent, empty=not after.strip()))
        return after, depth + 1

    def _indented(self, depth: int, rest: str) -> Iterator[Event]:
        if isinstance(self.leaf, Code) and depth == len(self.stack):
            self.leaf.lines += self.leaf.blanks
            self.leaf.blanks = []
        else:
            yield from self._close(depth)
            self._fill()
            self.leaf = Code()
        self.leaf.lines.append(rest[4:])

    def _code_line(self, code: Code, line: str) -> Iterator[Event]:
        closing = line.strip(" ")
        if len(closing) >= len(code.fence) and closing.strip(code.fence[0]) == "" and closing and _indent(line) < 4:
            yield from self._close_leaf()
        else:
            code.lines.append(line[min(code.indent, _indent(line)) :])

    def _formula_line(self, formula: Formula, rest: str) -> Iterator[Event]:
        if not rest.strip() or len(formula.lines) >= MAX_FORMULA_LINES:
            yield from self._close_leaf()
            yield from self._opened(len(self.stack), rest)
            return
        formula.lines.append(rest.strip(" "))
        if rest.rstrip().endswith(formula.closer):
            self.leaf = None
            yield formula

    def _row(self, table: Table, rest: str) -> Row:
        row = cells(rest)[: len(table.header)]
        return Row(row + [""] * (len(table.header) - len(row)))

    def _open(self, container: Container) -> Iterator[Event]:
        self._fill()
        self.stack.append(container)
        yield Open(container)

    def _fill(self) -> None:
        """The innermost item has something in it now."""
        if self.stack and isinstance(self.stack[-1], Item):
            self.stack[-1].empty = False

    def _close(self, depth: int) -> Iterator[Event]:
        yield from self._close_leaf()
        while len(self.stack) > depth:
            yield Close(self.stack.pop())

    def _close_leaf(self) -> Iterator[Event]:
        leaf, self.leaf = self.leaf, None
        if isinstance(leaf, Formula):  # its end never came
            yield Paragraph(leaf.lines)
        elif leaf is not None and (leaf.lines or isinstance(leaf, Code)):
            yield leaf


def _single(rest: str) -> Block | None:
    """The block that this line is by itself."""
    first = rest.lstrip(" ")[:1]
    if first == "#" and (mark := _HEADING.match(rest)):
        text = (mark[2] or "").strip()
        bare = text.rstrip("#")
        return Heading(len(mark[1]), bare.rstrip() if not bare or bare.endswith(" ") else text)
    if first in "*-_" and _RULE.match(rest):
        return Rule()
    if first in "$\\" and (mark := _FORMULA.match(rest)):
        closer, text = _FORMULA_END[mark[1]], mark[2].rstrip()
        if text.endswith(closer) and text.count(closer) == 1 and text.removesuffix(closer).strip():
            return Formula(closer, [rest.strip()])
    return None


def _opening(rest: str) -> Leaf | None:
    """The leaf that this line begins and later lines go on with."""
    first = rest.lstrip(" ")[:1]
    if first in "`~" and (mark := _FENCE.match(rest)) and not (first == "`" and "`" in mark[2]):
        return Code(info=mark[2].strip(), fence=mark[1], indent=_indent(rest))
    if first in "$\\" and (mark := _FORMULA.match(rest)) and _FORMULA_END[mark[1]] not in mark[2]:
        return Formula(_FORMULA_END[mark[1]], [rest.strip(" ")])
    return None


def _cannot_interrupt(mark: re.Match[str], rest: str) -> bool:
    """Inside a paragraph, an empty item or a number other than 1 is text."""
    return not rest[mark.end() :].strip() or (mark[2] is not None and int(mark[2]) != 1)


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip(" "))


def _without_tabs(line: str) -> str:
    """Tabs before and between markers as spaces up to the next multiple of four."""
    end = _PREFIX.match(line).end()  # type: ignore[union-attr]  # matches the empty string too
    return line[:end].expandtabs(4) + line[end:]


def cells(line: str) -> list[str]:
    """The cells of a row: parted by `|`; `\\|` is a bar in a cell."""
    found = [cell.replace("\\|", "|").strip() for cell in re.split(r"(?<!\\)\|", line.strip())]
    if found and not found[0]:
        found = found[1:]
    if found and not found[-1]:
        found = found[:-1]
    return found


def _align(cell: str) -> str:
    match cell.startswith(":"), cell.endswith(":"):
        case True, True:
            return "center"
        case True, False:
            return "left"
        case False, True:
            return "right"
    return ""
