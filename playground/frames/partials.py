"""What the next frame of one text changes on the page, as htmx partials.

A text stands in an element (`place`). In it are the settled blocks and, always last in the deepest container that the
unfinished end belongs to, the end itself (`<prefix>-end`): in a code block it stands behind the lines, in a list it is
the next item. Most frames only morph the end. htmx looks up the targets of all partials before it swaps the first
one, so a target must have been on the page before the frame.
"""

from dataclasses import dataclass, field

from playground.markdown import Growth, Progressive, Tail

LONG = 500  # an unfinished end of so many characters is drawn again for each character; a longer one less often


@dataclass
class Group:
    """HTML to append to the container `base`, which is on the page already."""

    base: int
    html: list[str] = field(default_factory=list)
    opened: set[int] = field(default_factory=set)  # containers that are still open inside it

    def holds(self, number: int) -> bool:
        return number == self.base or number in self.opened


class GrowingText:
    """Markdown that grows in the element `place`."""

    def __init__(self, place: str, prefix: str) -> None:
        self.place = place
        self._end = f"{prefix}-end"
        self._prefix = prefix
        self._progressive = Progressive(prefix)
        self._length = 0

    @property
    def is_empty(self) -> bool:
        return not self._length

    def grow(self, text: str) -> str:
        """The partials that bring a page from the text before to `text`."""
        if len(text) == self._length or len(text) - self._length < len(self._progressive.tail.html) // LONG:
            return ""
        begins = self.is_empty
        self._length = len(text)
        before = self._progressive.tail
        growth = self._progressive.feed(text)
        return self.whole() if begins else self._changes(before, growth)

    def whole(self) -> str:
        """The partial that draws everything so far, whatever the page shows now."""
        return partial(f"#{self.place}", "innerHTML", self.content())

    def content(self) -> str:
        """Everything so far, the end included."""
        tail = self._progressive.tail
        return self._progressive.so_far() + self._progressive.ends(tail.depth) + self._tail(tail)

    def _changes(self, before: Tail, growth: Growth) -> str:
        tail = growth.tail
        stays = (before.into, before.tag) == (tail.into, tail.tag)
        if stays and not growth.pieces:
            return "" if before.html == tail.html else self._morphed(tail)
        groups, replaced = self._groups(growth)
        if stays and not replaced and all(group.base == tail.into for group in groups):
            fresh = "".join("".join(group.html) for group in groups)
            return partial(f"#{self._end}", "beforebegin", fresh) + self._morphed(tail)
        last = groups[-1] if groups else None
        if last is None or not last.holds(tail.into):
            last = Group(tail.into)
            groups.append(last)
        last.html += [self._progressive.ends(tail.depth), self._tail(tail)]
        appended = (partial(self._target(group.base), "beforeend", "".join(group.html)) for group in groups)
        return partial(f"#{self._end}", "delete") + replaced + "".join(appended)

    def _groups(self, growth: Growth) -> tuple[list[Group], str]:
        """The pieces by the container on the page that they go into; and what replaces finished code."""
        groups: list[Group] = []
        replaced = ""
        for piece in growth.pieces:
            if piece.replaces:
                replaced = partial(f"figure:has(#{self._prefix}-b{piece.into})", "outerHTML", piece.html)
                continue
            group = groups[-1] if groups else None
            if piece.closes:
                if group and piece.into in group.opened:
                    group.opened.discard(piece.into)
                    group.html.append(piece.html)
                continue  # one that is on the page needs no end
            if group is None or not group.holds(piece.into):
                group = Group(piece.into)
                groups.append(group)
            group.html.append(piece.html)
            if piece.opens:
                group.opened.add(piece.opens)
        return groups, replaced

    def _morphed(self, tail: Tail) -> str:
        return partial(f"#{self._end}", "outerMorph", self._tail(tail))

    def _tail(self, tail: Tail) -> str:
        return f'<{tail.tag} class="tail" id="{self._end}">{tail.html}</{tail.tag}>'

    def _target(self, number: int) -> str:
        return f"#{self._prefix}-b{number}" if number else f"#{self.place}"


def partial(target: str, swap: str, html: str = "") -> str:
    return f'<hx-partial hx-target="{target}" hx-swap="{swap}">{html}</hx-partial>'
