"""Where the time of a call went: a bar for each stretch of each attempt, on one scale."""

from collections.abc import Iterator
from dataclasses import dataclass

from connector.models import Call

WIDTH = 600  # units of the drawing
ROW, BAR = 18, 10  # height of a line, and of the bar in it
NARROWEST = 1.5  # a stretch that took no time can still be seen
LONGEST = 40  # lines that are drawn: ten retries, each with a wait before it


@dataclass(frozen=True, slots=True)
class Stretch:
    """`kind`: wait, connect, answer, first_token, receive."""

    kind: str
    words: str
    start: int  # milliseconds from the beginning of the call
    end: int
    line: int = 0
    scale: float = 1.0  # units to a millisecond

    @property
    def duration(self) -> int:
        return self.end - self.start

    @property
    def x(self) -> float:
        return round(min(self.start * self.scale, WIDTH - NARROWEST), 1)

    @property
    def width(self) -> float:
        return round(max(self.duration * self.scale, NARROWEST), 1)

    @property
    def y(self) -> int:
        return self.line * ROW + (ROW - BAR) // 2


@dataclass(frozen=True, slots=True)
class Waterfall:
    stretches: list[Stretch]
    total: int  # milliseconds

    @property
    def height(self) -> int:
        return max(1, len(self.stretches)) * ROW


def of(call: Call) -> Waterfall:
    found = list(_stretches(call))[:LONGEST]
    total = max([call.duration_ms, *(stretch.end for stretch in found)], default=0)
    scale = WIDTH / total if total else 1.0
    placed = [Stretch(one.kind, one.words, one.start, one.end, line, scale) for line, one in enumerate(found)]
    return Waterfall(placed, total)


def _stretches(call: Call) -> Iterator[Stretch]:
    before = 0
    several = len(call.attempts) > 1
    for attempt in call.attempts:
        number, begin = attempt.get("number", 1), _ms(attempt, "started_ms")
        of_it = f" (attempt {number})" if several else ""
        if begin > before:
            yield Stretch("wait", "Waited before it was sent again" if number > 1 else "Queued", before, begin)
        end = begin + _ms(attempt, "duration_ms")
        now = begin
        for name, kind, words in (
            ("connected_ms", "connect", "Connected"),
            ("first_byte_ms", "answer", "First byte of the answer"),
            ("first_token_ms", "first_token", "First token"),
        ):
            if name in attempt:
                then = min(max(now, begin + _ms(attempt, name)), end)
                yield Stretch(kind, words + of_it, now, then)
                now = then
        yield Stretch("receive", ("Failed" if attempt.get("error") else "Done") + of_it, now, end)
        before = end


def _ms(attempt: dict[str, object], name: str) -> int:
    value = attempt.get(name)
    return max(0, int(value)) if isinstance(value, int | float) else 0
