"""A run in memory: its text grows, its readers are woken. Everything here happens on the engine's event loop."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from connector.client import errors
from connector.models import Run
from connector.models.recording import Recorder
from connector.models.run import Errand
from connector.models.text import storable
from connector.runs import pace

SAVED_EARLY = 2000  # characters; a run with more unsaved ones does not wait for the next second
COUNT_DOWN = 1.0  # seconds between two snapshots while a wait is shown


@dataclass(frozen=True, slots=True)
class Text:
    """One answer as it is now: the fields of its message."""

    content: str = ""
    reasoning: str = ""
    refusal: str = ""
    tool_calls: list[dict[str, Any]] = field(default_factory=list)
    finish_reason: str = ""

    def __bool__(self) -> bool:
        return bool(self.content or self.reasoning or self.refusal or self.tool_calls)


@dataclass(frozen=True, slots=True)
class Tile:
    """One picture, or one voice's sound, as it is now."""

    state: str = "waiting"  # of its row: waiting, kept, failed
    revision: int = 0  # grows with everything new of it, unfinished pictures included
    has_partial: bool = False  # there is an unfinished one: `LiveRun.partial`


@dataclass(frozen=True, slots=True)
class Waiting:
    """Why nothing comes at the moment."""

    attempt: int  # the one that comes next
    of: int
    seconds: float  # from now
    reason: str  # busy, trouble, connect, …; "first_byte": sent, and the provider has not begun to answer


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A run as a reader sees it at one moment."""

    run_id: int
    state: str
    revision: int
    answers: dict[int, Text]  # by the message's pk
    waiting: Waiting | None = None
    error: dict[str, Any] = field(default_factory=dict)
    ended: bool = False  # the last one; the rows say the same now
    pictures: dict[int, Tile] = field(default_factory=dict)  # by the picture's pk, in their places' order
    kind: str = Run.Kind.CHAT
    live: "LiveRun | None" = None  # shared by all who read it in this process; None: read from the rows


class Growing:
    """One answer that is being written: pieces come in, now and then they are joined."""

    __slots__ = ("_pieces", "_text", "pk")

    def __init__(self, pk: int, content: str = "") -> None:
        self.pk = pk
        self._text = Text(content=content)
        self._pieces: dict[str, list[str]] = {}

    def write(self, piece: str, to: str = "content") -> None:
        """`piece` at the end of the field `to`: content, reasoning or refusal."""
        try:
            self._pieces[to].append(piece)
        except KeyError:
            self._pieces[to] = [piece]

    def finish(self, reason: str) -> None:
        self._text = dataclasses.replace(self.text, finish_reason=reason[:40])

    def call_tools(self, calls: list[dict[str, Any]]) -> None:
        self._text = dataclasses.replace(self.text, tool_calls=calls)

    @property
    def text(self) -> Text:
        if self._pieces:
            joined = {name: getattr(self._text, name) + storable("".join(new)) for name, new in self._pieces.items()}
            self._text = dataclasses.replace(self._text, **joined)
            self._pieces = {}
        return self._text


class LiveRun:
    """A run of this process, from its start until its end is saved."""

    def __init__(self, run_id: int, kind: str, errand: Errand | None = None) -> None:
        self.run_id = run_id
        self.kind = kind
        self.errand = errand  # of a run that was just made; the work takes it and lets it go
        self.state = Run.State.QUEUED
        self.revision = 0
        self.answers: dict[int, Growing] = {}  # by choice
        self.pictures: dict[int, Tile] = {}  # by the row's pk
        self.partials: dict[int, bytes] = {}  # the newest unfinished ones, likewise
        self.recorder: Recorder | None = None  # of its calls
        self.fields: dict[str, Any] = {}  # what else the row gets at the end, by its fields' names
        self.error: dict[str, Any] = {}
        self.ended = False  # and saved
        self.abandoned = False  # another process has it: readers go on with the rows
        self.stopping: errors.ConnectorError | Run.State | None = None  # why it is being stopped
        self.result: Run.State | None = None  # how it ended, from then until this is saved
        self.unsaved = 0  # characters since the last checkpoint
        self.saved_revision = 0
        self.saved_at = 0.0  # on the loop's clock
        self.work: asyncio.Task[None] | None = None  # set while it may be cancelled
        self.on_unsaved: Callable[[], None] = _nothing  # wakes the checkpointer
        self._waiting: Waiting | None = None
        self._waiting_until = 0.0  # on the loop's clock
        self._watching: set[asyncio.Future[None]] = set()  # readers that wait for the next change
        self._resting: set[asyncio.Future[None]] = set()  # readers that just got one; only the end wakes them
        self._snapshot: Snapshot | None = None

    def __repr__(self) -> str:
        return f"<LiveRun {self.run_id} {self.state} revision {self.revision}>"

    # What its work tells it.

    def begin(self, answers: list[Growing]) -> None:
        """The work knows its answers, in the order of the choices."""
        self.answers = dict(enumerate(answers))
        self.changed()

    def draw(self, pk: int, state: str = "waiting", partial: bytes | None = None) -> None:
        """The picture or sound `pk` is waited for (with something unfinished, perhaps), kept or failed."""
        known = self.pictures.get(pk)
        if partial is not None:
            self.partials[pk] = partial
        elif state != "waiting":
            self.partials.pop(pk, None)
        self.pictures[pk] = Tile(state, known.revision + 1 if known else 0, pk in self.partials)
        self.changed()

    def enter(self, state: Run.State) -> None:
        self.state = state
        self.changed()

    def wait(self, waiting: Waiting | None) -> None:
        """Tell the readers why nothing comes; None: it goes on."""
        if waiting is None and self._waiting is None:
            return
        self._waiting = waiting
        self._waiting_until = asyncio.get_running_loop().time() + (waiting.seconds if waiting else 0)
        self.changed()

    def changed(self, characters: int = 0) -> None:
        """Something is new: `characters` of text, or the state."""
        self.revision += 1
        self.unsaved += characters
        if characters and self.unsaved >= SAVED_EARLY > self.unsaved - characters:
            self.on_unsaved()
        if self._watching:
            _wake(self._watching)

    def finish(self, state: Run.State, error: errors.ConnectorError | None = None) -> None:
        """It is over. The readers hear of it when it is saved (`end`). Only the first call counts."""
        if self.result is not None:
            return
        self.result = state
        for pk, tile in self.pictures.items():
            if tile.state == "waiting":
                self.draw(pk, "failed")
        self._waiting = None
        if error is not None:
            self.error = error.as_dict()
        self.changed()
        self.on_unsaved()

    @property
    def has_text(self) -> bool:
        """Whether something came that is worth keeping, a picture for example."""
        texts = any(answer.text for answer in self.answers.values())
        return texts or any(tile.state == "kept" for tile in self.pictures.values())

    # What the engine and the checkpointer tell it.

    def stop(self, why: errors.ConnectorError | Run.State = Run.State.STOPPED) -> None:
        """Cancel its work. Only the first call counts."""
        if self.stopping is None and self.result is None:
            self.stopping = why
            if self.work is not None:
                self.work.cancel()

    def end(self) -> None:
        """The row says how it ended: now the readers may know, too."""
        self.state = self.result or self.state
        self.ended = True
        self.revision += 1
        self._wake_all()

    def abandon(self) -> None:
        self.abandoned = True
        self._wake_all()

    def _wake_all(self) -> None:
        _wake(self._resting)
        _wake(self._watching)

    # What its readers see.

    def snapshot(self) -> Snapshot:
        """The run as it is now; the same object as long as nothing changes."""
        if self._snapshot is None or self._snapshot.revision != self.revision or self._waiting:
            self._snapshot = Snapshot(
                run_id=self.run_id,
                state=self.state,
                revision=self.revision,
                answers={answer.pk: answer.text for answer in self.answers.values()},
                waiting=self._waiting_now(),
                error=self.error if self.ended else {},
                ended=self.ended,
                pictures=dict(self.pictures),
                kind=self.kind,
                live=self,
            )
        return self._snapshot

    def partial(self, pk: int) -> bytes | None:
        """The newest unfinished picture `pk`; None when there is none, or when it is finished."""
        return self.partials.get(pk)

    def _waiting_now(self) -> Waiting | None:
        if self._waiting is None:
            return None
        left = self._waiting_until - asyncio.get_running_loop().time()
        return dataclasses.replace(self._waiting, seconds=max(0.0, left))

    async def follow(self) -> AsyncIterator[Snapshot]:
        """At once the present state, then each change at the pace of the process, until it ended or is abandoned."""
        with pace.Reading() as reading:
            while not self.abandoned:
                snapshot = self.snapshot()
                yield snapshot
                if snapshot.ended:
                    return
                if any(snapshot.answers.values()) and not self._is_over:
                    await self._wait(self._resting, reading.interval)
                if self.revision == snapshot.revision and not self._is_over:
                    await self._wait(self._watching, COUNT_DOWN if self._waiting else None)

    @property
    def _is_over(self) -> bool:
        return self.ended or self.abandoned

    async def _wait(self, among: set[asyncio.Future[None]], seconds: float | None) -> None:
        """Until woken together with the others `among`, at most `seconds`."""
        loop = asyncio.get_running_loop()
        woken = loop.create_future()
        timer = loop.call_later(seconds, _wake, {woken}) if seconds is not None else None
        among.add(woken)
        try:
            await woken
        finally:
            among.discard(woken)
            if timer:
                timer.cancel()


def _wake(readers: set[asyncio.Future[None]]) -> None:
    for reader in readers:
        if not reader.done():
            reader.set_result(None)
    readers.clear()


def _nothing() -> None:
    """What happens to unsaved text where there is no checkpointer."""
