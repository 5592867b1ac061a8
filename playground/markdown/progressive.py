"""Markdown that is still coming: what is finished is rendered once, only its unfinished end again and again.

    progressive = Progressive("answer-5")
    growth = progressive.feed("Some text so f")      # always the whole text so far
    growth = progressive.finish()

The pieces, one after the other, are exactly what `render` makes of the whole text (without a prefix; with one their
containers have ids). Work grows with the length of the text, not with its square: a line is read once; an open
paragraph is rendered from its last word that nothing can change any more; open code is coloured in small parts
and, when its end has come, once more as a whole.
"""

import html
import re
from typing import NamedTuple

from django.utils.safestring import SafeString

from playground.markdown import blocks, closing, code, inline
from playground.markdown.pages import Page, Piece

MAX_COST = 100_000  # microseconds, about: what a text may take before the rest of it is shown as it was written
LINE_COST = 4
EVENT_COST = 8
CODE_COST = 0.1  # a character; what it costs to colour it has a limit of its own
_NOT_TEXT = re.compile("[\0\ud800-\udfff]")


class Tail(NamedTuple):
    """The unfinished end: it stands behind everything else in the container `into`."""

    into: int
    depth: int  # of that container
    html: SafeString
    tag: str  # of the element that holds it


class Growth(NamedTuple):
    pieces: list[Piece]
    tail: Tail


class Progressive:
    def __init__(self, prefix: str = "") -> None:
        self.version = 0  # counts the calls that changed something
        self.tail = Tail(0, 0, SafeString(""), "div")
        self._reader = blocks.Reader()
        self._page = Page(prefix)
        self._shown: list[str] = []  # the pieces; those of open code are taken back when it closes
        self._code: _OpenCode | None = None
        self._paragraph = _OpenText()
        self._text = ""
        self._read = 0  # so much of the text is read in whole lines
        self._cost = 0.0
        self._plain = False

    def feed(self, text: str) -> Growth:
        """`text`: all of it so far. What is new, and what its end looks like at the moment."""
        pieces = self.read(text) + self._open_code()
        line = _clean(text[self._read :])
        pieces += self._decided(line)
        self.tail = self._unfinished(line)
        self.version += 1
        return Growth(pieces, self.tail)

    def read(self, text: str) -> list[Piece]:
        """The same when nobody looks at the unfinished end."""
        self._text = text
        end = text.rfind("\n") + 1
        if end <= self._read:
            return []
        lines, self._read = _clean(text[self._read : end]), end
        return self._as_written(lines) if self._plain else self._lines(lines.removesuffix("\n").split("\n"))

    def finish(self) -> Growth:
        """There is no more: the rest of the pieces, and an empty tail."""
        rest, self._read = _clean(self._text[self._read :]), len(self._text)
        pieces = (self._as_written(rest + "\n") if self._plain else self._lines([rest])) if rest else []
        pieces += [] if self._plain else self._taken(self._reader.end())
        while self._page.open:  # of plain text
            pieces += self._show(self._page.add(blocks.Close(blocks.Quote())))
        self.tail = Tail(0, 0, SafeString(""), "div")
        self.version += 1
        return Growth(pieces, self.tail)

    def so_far(self) -> SafeString:
        """Everything but the tail as one string; containers that are open are left open."""
        return SafeString("".join(self._shown))

    def ends(self, depth: int) -> SafeString:
        """What closes the open containers below `depth`."""
        return SafeString(self._page.ends(depth))

    def _lines(self, lines: list[str]) -> list[Piece]:
        pieces: list[Piece] = []
        for position, line in enumerate(lines):
            if self._cost > MAX_COST:
                return pieces + self._as_written("\n".join(lines[position:]) + "\n")
            self._cost += LINE_COST
            pieces += self._taken(self._reader.line(line))
        return pieces

    def _taken(self, events: list[blocks.Event]) -> list[Piece]:
        pieces: list[Piece] = []
        for event in events:
            if self._code and isinstance(event, blocks.Code):
                pieces.append(self._closed_code(event))
            else:
                pieces += self._show(self._page.add(event))
            self._cost += EVENT_COST + _cost(event)
        return pieces

    def _show(self, *pieces: Piece) -> list[Piece]:
        self._shown += [piece.html for piece in pieces]
        return list(pieces)

    def _open_code(self) -> list[Piece]:
        """Shows the lines of open code that have come; its frame first when it is new."""
        leaf = self._reader.leaf
        if not isinstance(leaf, blocks.Code):
            return []
        pieces: list[Piece] = []
        if self._code is None:
            name = code.language(leaf.info)[0]
            self._code = _OpenCode(len(self._shown), code.Growing(name, self._page.allowance.of(name)))
            pieces += self._show(self._page.open_code(leaf.info))
        coloured = self._code.growing.add(leaf.lines[self._code.read :])
        self._code.read = len(leaf.lines)
        if coloured:
            pieces += self._show(Piece(self._page.current, SafeString(coloured)))
        return pieces

    def _closed_code(self, block: blocks.Code) -> Piece:
        """The whole block, now that its end is known, in place of its parts."""
        assert self._code  # noqa: S101  # the caller looked
        del self._shown[self._code.since :]
        number = self._page.open.pop().number
        self._code = None
        whole = self._page.add(block)
        self._show(whole)
        return Piece(number, whole.html, replaces=True)

    def _as_written(self, text: str) -> list[Piece]:
        """Past the limit: no more Markdown from here on. `text`: whole lines."""
        pieces: list[Piece] = []
        if not self._plain:
            self._plain = True
            pieces += self._taken(self._reader.end())
            pieces += self._show(self._page.open_plain())
        return pieces + self._show(Piece(self._page.current, SafeString(html.escape(text, quote=False))))

    def _decided(self, line: str) -> list[Piece]:
        """Settles the open paragraph as soon as the line that is coming is sure to begin something else."""
        if not isinstance(self._reader.leaf, blocks.Paragraph) or not line.strip() or closing.is_undecided(line):
            return []
        fork = self._reader.fork()
        events = fork.line(line)
        may_be_text = isinstance(fork.leaf, blocks.Formula) or any(isinstance(each, blocks.Formula) for each in events)
        if not events or not isinstance(events[0], blocks.Paragraph) or may_be_text:
            return []
        return self._taken(self._reader.close_leaf())

    def _unfinished(self, line: str) -> Tail:
        """How the open leaf and the line that is still coming look now."""
        if self._plain:
            return Tail(self._page.current, len(self._page.open), SafeString(html.escape(line, quote=False)), "span")
        if self._code:
            inside = self._unfinished_code(line)
            if inside is not None:
                return Tail(self._page.current, len(self._page.open), SafeString(inside), "span")
            line = ""
        fork = self._reader.fork()
        events = fork.line(line) if line.strip() and not closing.is_undecided(line) else []
        return self._tail(events, fork)

    def _unfinished_code(self, line: str) -> str | None:
        """The tail inside open code; None when the line is not part of it."""
        assert self._code  # noqa: S101  # the caller looked
        fork = self._reader.fork()
        text = ""
        if line.strip():
            if fork.line(line) or not isinstance(fork.leaf, blocks.Code):
                return self._code.growing.tail()
            text = "\n".join(fork.leaf.lines)
            fence = fork.leaf.fence
            if fence and not text.strip().strip(fence[0]):  # the closing fence is coming
                text = ""
        return self._code.growing.tail() + html.escape(text, quote=False)

    def _tail(self, events: list[blocks.Event], fork: blocks.Reader) -> Tail:
        """Renders what the fork read. It starts at the shallowest container that is still open."""
        depth = len(self._page.open)
        page = self._page.copy()
        made: list[str] = []
        leaf = fork.leaf
        fork.leaf = None
        for event in events:
            if made and len(page.open) == depth and isinstance(event, blocks.Close):
                leaf = None  # what follows stands elsewhere, and waits until its line is whole
                break
            piece = page.add(_gracefully(event))
            if len(page.open) < depth:
                depth = len(page.open)
            else:
                made.append(piece.html)
        content = "".join([*made, self._leaf(leaf, page), page.ends(depth)])
        inside = depth and self._page.open[depth - 1].end
        if inside in ("</ul>", "</ol>", "</tbody></table></div>"):
            if not content.startswith(("<li", "<tr")):  # nothing yet that may stand in a list or a table
                return Tail(0, 0, SafeString(""), "div")
            tag = content[1:3]
            return Tail(self._page.number_at(depth), depth, SafeString(content[4 : -len(tag) - 3]), tag)
        return Tail(self._page.number_at(depth), depth, SafeString(content), "div")

    def _leaf(self, leaf: blocks.Leaf | None, page: Page) -> str:
        match leaf:
            case blocks.Paragraph(lines=[*before, last]) if last.lstrip().startswith("|"):
                above = page.paragraph("\n".join(before)) if before else ""
                header = blocks.cells(last)[: blocks.MAX_COLUMNS]
                return above + page.table_head(header, [""] * len(header)) + "</tbody></table></div>"
            case blocks.Paragraph():
                text = leaf.text
                return page.paragraph(text, self._paragraph.render(text)) if text else ""
            case blocks.Formula():
                return ""  # half a formula is noise
            case blocks.Code():
                return page.block(leaf)
        return ""


class _OpenCode:
    """Code that is still coming: what of it is shown."""

    def __init__(self, since: int, growing: code.Growing) -> None:
        self.since = since  # its first piece
        self.growing = growing
        self.read = 0  # lines


class _OpenText:
    """The text of an open paragraph: the part that nothing can change any more is rendered once."""

    STEP = 16  # characters: less is not worth parting
    SLOW = 500  # characters that cannot be parted are rendered only when they have grown by a tenth

    def __init__(self) -> None:
        self._done = self._html = ""
        self._last = self._last_html = ""  # the rest when it was last rendered

    def render(self, text: str) -> str:
        if not text.startswith(self._done):
            self.__init__()  # type: ignore[misc]  # another paragraph: as new
        rest = text[len(self._done) :]
        if inline.is_simple(rest):
            return self._html + inline.plain(rest)
        if inline.is_too_much(rest):
            return self._html + inline.plain(rest)
        if (
            len(rest) > self.SLOW
            and rest.startswith(self._last)
            and self._last
            and len(rest) < 1.1 * len(self._last) + 20
        ):
            return self._html + self._last_html + inline.plain(rest[len(self._last) :])
        ended = closing.closed(rest)
        cut = rest.rfind(" ", 0, ended.open_at) + 1
        if cut >= self.STEP and rest[cut : cut + 1].strip() and inline.is_complete(rest[:cut]):
            self._done += rest[:cut]
            self._html += inline.render_once(rest[:cut])
            return self._html + inline.render_once(ended.text[cut:])
        self._last, self._last_html = rest, inline.render_once(ended.text)
        return self._html + self._last_html


def _gracefully(event: blocks.Event) -> blocks.Event:
    """An event of an unfinished line, with what is open in it closed for the moment."""
    match event:
        case blocks.Heading(level=level, text=text):
            return blocks.Heading(level, closing.closed(text).text)
        case blocks.Row(cells=cells):
            return blocks.Row([closing.closed(cell).text for cell in cells])
    return event


def _cost(event: blocks.Event) -> float:
    match event:
        case blocks.Paragraph(lines=lines):
            return inline.cost("\n".join(lines))
        case blocks.Heading(text=text):
            return inline.cost(text)
        case blocks.Row(cells=cells) | blocks.Open(container=blocks.Table(header=cells)):
            return sum(inline.cost(cell) for cell in cells)
        case blocks.Code(lines=lines):
            return CODE_COST * sum(map(len, lines))
        case blocks.Formula(lines=lines):
            return 8 * sum(map(len, lines))
    return 0


def _clean(text: str) -> str:
    """Text as it can be shown: one kind of line end, and nothing that is no character."""
    return _NOT_TEXT.sub("\ufffd", text.replace("\r\n", "\n").removesuffix("\r"))
