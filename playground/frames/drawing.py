"""A run as it is drawn: its texts are rendered once for all who watch it."""

import time
from collections import deque
from weakref import WeakKeyDictionary

from django.utils.html import format_html, format_html_join

from connector import runs
from playground.frames import words
from playground.frames.partials import GrowingText, partial
from playground.markdown import shown

AT_MOST_EVERY = 0.04  # seconds: readers that are out of step must not make more frames for each other
STEPS_KEPT = 20  # a reader that is further behind gets everything again

_drawings: "WeakKeyDictionary[runs.LiveRun, Drawing]" = WeakKeyDictionary()


def of(live: runs.LiveRun | None) -> "Drawing":
    """The drawing that all readers of `live` share; one of its own for a run that is read from its row."""
    if live is None:
        return Drawing()
    return _drawings.setdefault(live, Drawing())


class Drawing:
    def __init__(self) -> None:
        self.version = 0
        self.is_behind = False  # a snapshot was left out because the one before had just been drawn
        self._run_id = 0
        self._revision = -1
        self._drawn = 0.0
        self._waiting = words.NOTHING
        self._answers: dict[int, Answer] = {}
        self._steps: deque[bytes] = deque(maxlen=STEPS_KEPT)  # the last one leads to `version`

    def draw(self, snapshot: runs.Snapshot) -> None:
        """Takes in what is new in `snapshot`."""
        self._run_id = snapshot.run_id
        waiting = words.waiting(snapshot.waiting)
        if snapshot.revision <= self._revision and waiting == self._waiting:
            return
        now = time.monotonic()
        if now - self._drawn < AT_MOST_EVERY and self._revision >= 0:
            self.is_behind = True
            return
        self._drawn, self._revision, self.is_behind = now, max(self._revision, snapshot.revision), False
        changes = [self._answer(pk).grow(text) for pk, text in snapshot.answers.items()]
        if waiting != self._waiting:
            self._waiting = waiting
            changes.append(self._wait())
        if html := "".join(changes):
            self.version += 1
            self._steps.append(frame(html, self._revision))

    def since(self, version: int | None) -> bytes:
        """What brings a page from `version` to now; from nothing when it is None."""
        if version == self.version:
            return b""
        behind = self.version - version if version is not None else STEPS_KEPT + 1
        if behind <= len(self._steps):
            return b"".join(list(self._steps)[-behind:])
        whole = "".join(answer.whole() for answer in self._answers.values()) + self._wait()
        return frame(whole, self._revision)

    def _answer(self, pk: int) -> "Answer":
        if pk not in self._answers:
            self._answers[pk] = Answer(pk)
        return self._answers[pk]

    def _wait(self) -> str:
        return partial(f"#run-{self._run_id}-waiting", "innerHTML", self._waiting)


class View:
    """What one reader has been sent of a drawing."""

    def __init__(self, live: runs.LiveRun | None) -> None:
        self.live = live
        self._drawing = of(live)
        self._version: int | None = None

    @property
    def is_behind(self) -> bool:
        """Whether a look at the snapshot is due soon, although nothing more comes."""
        return self._drawing.is_behind

    async def news(self, snapshot: runs.Snapshot) -> bytes:
        """What brings the reader's page to `snapshot`; nothing when there is nothing new."""
        drawing = self._drawing
        drawing.draw(snapshot)
        if self._version == drawing.version:
            return b""
        new, self._version = drawing.since(self._version), drawing.version  # others may draw on while this one is sent
        return new


class Answer:
    """One answer: reasoning before it, its text, refusal and tool calls behind it."""

    def __init__(self, pk: int) -> None:
        self.pk = pk
        self._content = GrowingText(f"answer-{pk}-settled", f"answer-{pk}")
        self._reasoning = GrowingText(f"answer-{pk}-reasoning", f"answer-{pk}-r")
        self._behind = ""

    def grow(self, text: runs.Text) -> str:
        changes = ""
        if text.reasoning:
            begins = self._reasoning.is_empty
            changes = self._reasoning.grow(shown.beginning(text.reasoning))
            if begins:  # the fold it stands in is not on the page yet
                changes = self._before()
        changes += self._content.grow(shown.beginning(text.content))
        behind = _behind(text)
        if behind != self._behind:
            self._behind = behind
            changes += self._after()
        return changes

    def whole(self) -> str:
        content = "" if self._content.is_empty else self._content.whole()
        return self._before() + content + self._after()

    def _before(self) -> str:
        if self._reasoning.is_empty:
            return ""
        return partial(
            f"#answer-{self.pk}-before",
            "innerHTML",
            '<details class="fold reasoning"><summary>Reasoning</summary>'
            f'<div class="prose" id="{self._reasoning.place}">{self._reasoning.content()}</div></details>',
        )

    def _after(self) -> str:
        return partial(f"#answer-{self.pk}-tail", "innerHTML", self._behind)


def _behind(text: runs.Text) -> str:
    refusal = format_html('<p class="refusal words">{}</p>', text.refusal) if text.refusal else words.NOTHING
    cut = words.TOO_LONG if shown.is_cut(text.content) else words.NOTHING
    calls = (call.get("function") or {} for call in text.tool_calls if isinstance(call, dict))
    return (
        cut
        + refusal
        + format_html_join(
            "",
            '<div class="note"><p class="what">The model asks to call <code>{}</code>.</p>'
            '<pre class="arguments">{}</pre></div>',
            ((call.get("name") or "a tool", call.get("arguments") or "") for call in calls),
        )
    )


def frame(html: str, revision: int) -> bytes:
    """One server-sent event without a name: htmx swaps its data in."""
    if "\r" in html:
        html = html.replace("\r\n", "\n").replace("\r", "\n")
    lines = html.replace("\n", "\ndata: ")
    return f"id: {revision}\ndata: {lines}\n\n".encode(errors="replace")
