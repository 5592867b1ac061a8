"""Streams at 1, 100 and 500: time to the first token, the end, CPU per token, memory per stream."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from bench.figures import Figure, percentile
from bench.processes import ROOT, cpu_seconds, resident_mb
from bench.streams import Timing
from tests.server import Server

PACE, TOKENS = 50, 200  # words a second, words an answer: four seconds of a quick model
MODEL = f"paced-{PACE}-{TOKENS}"


@dataclass(frozen=True)
class Place:
    """Where the load goes: a prepared server and the upstream behind it."""

    server: Server
    upstream: str
    people: Sequence[dict[str, str]]
    reader: str
    big: int


@contextmanager
def generator(place: Place, way: str, number: int) -> Iterator[Callable[[], list[Timing]]]:
    """A load of `number` streams at once, ready in a process of its own; what is yielded starts it and waits for it.

    `way` is "direct" or "through".
    """
    job = {"way": way, "number": number, "upstream": place.upstream, "site": place.server.url, "model": MODEL}
    text = json.dumps(job | {"people": list(place.people[:number])})
    command = [sys.executable, "-m", "bench.streams", text]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, text=True, stdin=pipe, stdout=pipe, stderr=pipe) as process:  # noqa: S603  # our own module
        if process.stdout is None or process.stdout.readline() != "ready\n":
            raise RuntimeError(process.communicate()[1][-3000:])

        def go() -> list[Timing]:
            answer, problems = process.communicate("go\n", timeout=300)
            if process.returncode:
                raise RuntimeError(problems[-3000:])
            return [Timing(*pair) for pair in json.loads(answer)]

        yield go


def generate(place: Place, way: str, number: int) -> list[Timing]:
    with generator(place, way, number) as go:
        return go()


def one_stream(place: Place, rounds: int = 10) -> list[Figure]:
    """What we add to the first token of a single stream."""
    straight = [generate(place, "direct", 1)[0].first for _ in range(rounds)]
    ours = [generate(place, "through", 1)[0].first for _ in range(rounds)]
    base = percentile(straight, 50)
    note = f"direct {base * 1000:.1f} ms; POST and events, {rounds} rounds"
    return [
        Figure("added to the first token, 1 stream, p50", (percentile(ours, 50) - base) * 1000, "ms", 15, note),
        Figure("added to the first token, 1 stream, p95", (percentile(ours, 95) - base) * 1000, "ms", 50, note),
    ]


@dataclass
class Peak:
    """The most memory seen while it was watched."""

    mb: float = 0.0
    done: threading.Event = field(default_factory=threading.Event)


@contextmanager
def watching(pid: int) -> Iterator[Peak]:
    peak = Peak()

    def watch() -> None:
        while not peak.done.wait(0.1):
            peak.mb = max(peak.mb, resident_mb(pid))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peak
    finally:
        peak.done.set()
        thread.join()


def many_streams(place: Place, number: int, first_ms: float, late_percent: float) -> list[Figure]:
    """`number` streams at once, beside as many direct ones."""
    pid = place.server.process.pid
    straight = generate(place, "direct", number)
    time.sleep(1)
    with generator(place, "through", number) as go:
        before, cpu = resident_mb(pid), cpu_seconds(pid)
        with watching(pid) as peak:
            ours = go()
    time.sleep(1.5)  # the last checkpoint belongs to the price
    used = cpu_seconds(pid) - cpu
    slowest, base = max(timing.total for timing in ours), max(timing.total for timing in straight)
    first = percentile([timing.first for timing in ours], 95) * 1000
    beside = percentile([timing.first for timing in straight], 95) * 1000
    name = f"{number} streams"
    figures = [
        Figure(f"{name}: first token, p95", first, "ms", first_ms, f"direct {beside:.0f} ms"),
        Figure(f"{name}: end later than direct", (slowest / base - 1) * 100, "%", late_percent, f"direct {base:.2f} s"),
        Figure(f"{name}: CPU per token, posts included", used / (number * TOKENS) * 1e6, "µs", 60),
        Figure(f"{name}: memory per open stream", max(0.0, peak.mb - before) * 1000 / number, "kB", 150),
    ]
    return figures
