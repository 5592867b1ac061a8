"""HTML of the blocks: each event of the reader becomes a piece, appended to the container it stands in.

Only this module and `progressive` make safe strings of what a model wrote: every text in them came through
`inline.render`, `code.render` or `html.escape`.
"""

import html
import re
from dataclasses import dataclass

from django.utils.safestring import SafeString

from playground.markdown import blocks, code, formulas, inline, sanitise

HEADINGS_BELOW = 2  # the page has its own first and second headings
_TASK = re.compile(r"\[([ xX])\]\s+")


@dataclass(frozen=True, slots=True)
class Piece:
    """HTML to append to the container `into`. With `replaces` it takes the place of that container itself."""

    into: int  # number of a container; 0 is the answer
    html: SafeString
    opens: int = 0  # the number of the container that this piece opens, and leaves open
    closes: bool = False
    replaces: bool = False


@dataclass(slots=True)
class Container:
    number: int
    is_fresh: bool  # an item in which nothing stands yet
    end: str


class Page:
    """The containers that are open, and the pieces for what comes next.

    With a `prefix` the containers get ids (`<prefix>-b3`), so that later pieces find them on the page.
    """

    def __init__(self, prefix: str = "") -> None:
        self.prefix = prefix
        self.allowance = code.Allowance()
        self.open: list[Container] = []
        self._count = 0
        self._aligns: list[str] = []  # of the open table
        self._last_rank = HEADINGS_BELOW  # of the headings so far

    @property
    def current(self) -> int:
        return self.number_at(len(self.open))

    def number_at(self, depth: int) -> int:
        """The number of the container at `depth`; 0 is the answer itself."""
        return self.open[depth - 1].number if depth else 0

    def ends(self, depth: int) -> str:
        """What closes every container below `depth`."""
        return "".join(each.end for each in reversed(self.open[depth:]))

    def add(self, event: blocks.Event) -> Piece:
        match event:
            case blocks.Open(container=container):
                return self._opened(container)
            case blocks.Close():
                closed = self.open.pop()
                return Piece(closed.number, SafeString(closed.end), closes=True)
        piece = Piece(self.current, SafeString(self.block(event)))
        if self.open:
            self.open[-1].is_fresh = False
        return piece

    def block(self, block: blocks.Block) -> str:
        match block:
            case blocks.Paragraph():
                return self.paragraph(block.text)
            case blocks.Heading(level=level, text=text):
                tag = f"h{self._rank(level)}"
                return f"<{tag}>{inline.render(text)}</{tag}>"
            case blocks.Rule():
                return "<hr>"
            case blocks.Code():
                name, label = code.language(block.info)
                begin, end = code_frame(label)
                return begin + code.render(block.text, name, self.allowance) + end
            case blocks.Formula():
                made = sanitise.inline(formulas.render(block.tex, display=True))
                return f'<div class="formula" tabindex="0" role="group" aria-label="Formula">{made}</div>'
            case blocks.Row(cells=cells):
                return f"<tr>{self._cells('td', cells)}</tr>"

    def paragraph(self, text: str, rendered: str | None = None) -> str:
        """`rendered`: the inline HTML, when the caller has it already."""
        in_fresh_item = bool(self.open) and self.open[-1].is_fresh
        if in_fresh_item and (task := _TASK.match(text)):
            done = task[1] != " "
            box = f'<input type="checkbox" disabled aria-label="{"done" if done else "to do"}"{" checked" * done}>'
            return f'<p class="task">{box} {inline.render(text[task.end() :])}</p>'
        return f"<p>{inline.render(text) if rendered is None else rendered}</p>"

    def open_code(self, info: str) -> Piece:
        """The frame of a code block that is still coming; left open."""
        begin, end = code_frame(code.language(info)[1])
        return self._open(begin, end)

    def open_plain(self) -> Piece:
        """A place for text as it was written."""
        return self._open('<div class="plain">', "</div>")

    def copy(self) -> "Page":
        """A page without ids to try out what an unfinished line would become."""
        other = Page()
        other.open = [Container(each.number, each.is_fresh, each.end) for each in self.open]
        other._aligns = self._aligns
        other._last_rank = self._last_rank
        return other

    def _rank(self, level: int) -> int:
        """The rank of a heading on the page: at most one below the heading before it, so that none is left out."""
        self._last_rank = min(6, level + HEADINGS_BELOW, self._last_rank + 1)
        return self._last_rank

    def _opened(self, container: blocks.Container) -> Piece:
        match container:
            case blocks.Quote():
                return self._open("<blockquote>", "</blockquote>")
            case blocks.List(ordered=True, start=start):
                return self._open(f'<ol start="{start}">' if start != 1 else "<ol>", "</ol>")
            case blocks.List():
                return self._open("<ul>", "</ul>")
            case blocks.Item():
                return self._open("<li>", "</li>", is_fresh=True)
            case blocks.Table(header=header, aligns=aligns):
                self._aligns = aligns
                return self._open(self.table_head(header, aligns), "</tbody></table></div>")

    def table_head(self, header: list[str], aligns: list[str]) -> str:
        self._aligns = aligns
        return (
            '<div class="table" tabindex="0" role="group" aria-label="Table"><table>'
            f"<thead><tr>{self._cells('th', header)}</tr></thead><tbody>"
        )

    def _open(self, begin: str, end: str, *, is_fresh: bool = False) -> Piece:
        if self.open:
            self.open[-1].is_fresh = False
        into = self.current
        self._count += 1
        self.open.append(Container(self._count, is_fresh, end))
        return Piece(into, SafeString(self._with_id(begin, self._count)), opens=self._count)

    def _with_id(self, begin: str, number: int) -> str:
        return f'{begin[:-1]} id="{self.prefix}-b{number}">' if self.prefix else begin

    def _cells(self, tag: str, cells: list[str]) -> str:
        begins = (f'<{tag} class="{align}">' if align else f"<{tag}>" for align in self._aligns)
        return "".join(f"{begin}{inline.render(cell)}</{tag}>" for begin, cell in zip(begins, cells, strict=True))


def code_frame(label: str) -> tuple[str, str]:
    """What stands before and behind the text of a code block."""
    name = html.escape(label)
    return (
        f'<figure class="code"><figcaption><span>{name}</span>'
        '<button type="button" class="button quiet small" data-copy aria-label="Copy code">Copy</button></figcaption>'
        f'<pre tabindex="0" role="group" aria-label="Code, {name}"><code>',
        "</code></pre></figure>",
    )
