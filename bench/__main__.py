"""`python -m bench [installation client streams pages gallery embeddings record recording usage browser crash clone]`.

All but `clone` without a name.
"""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from bench import browser, client, crash, embeddings, gallery, installation, load, pages, record, recording, usage
from bench.figures import Figure, show, write
from bench.load import MODEL, Place
from bench.processes import ROOT, an_upstream
from tests.server import a_server

PEOPLE, MESSAGES, SESSIONS = 500, 1_000, 10_000
PARTS = (
    *("installation", "client", "streams", "pages", "gallery", "embeddings", "record", "recording", "usage"),
    *("browser", "crash", "clone"),
)


def a_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def a_place() -> Iterator[Place]:
    """A server with people and history in it, and the paced upstream behind it."""
    with an_upstream(a_port()) as upstream, a_server(ALLOW_PRIVATE_HOSTS="1") as server:
        command = [sys.executable, "-m", "bench.prepare", upstream, MODEL, *map(str, (PEOPLE, MESSAGES, SESSIONS))]
        done = subprocess.run(command, cwd=ROOT, env=server.env, capture_output=True, text=True, check=False)  # noqa: S603  # our own module
        if done.returncode:
            raise RuntimeError(done.stderr[-3000:])
        yield Place(server, upstream, **json.loads(done.stdout))


def streams(place: Place) -> Iterator[Figure]:
    yield from load.one_stream(place)
    yield from load.many_streams(place, 100, first_ms=150, late_percent=5)
    yield from load.many_streams(place, 500, first_ms=1000, late_percent=25)


def measure(parts: list[str]) -> Iterator[Figure]:
    if "clone" in parts:
        yield from installation.clone()
    if "installation" in parts:
        yield from installation.start_times()
        yield from installation.packages()
    if "client" in parts:
        with an_upstream(a_port()) as upstream:
            yield from client.figures(upstream)
    if "streams" in parts or "pages" in parts:
        with a_place() as place:
            if "pages" in parts:
                yield from pages.heavy_pages(place)
            if "streams" in parts:
                yield from streams(place)
    if "gallery" in parts:
        yield from gallery.figures()
    if "embeddings" in parts:
        yield from embeddings.figures()
    if "record" in parts:
        yield from record.figures()
    if "recording" in parts:
        yield from recording.figures()
    if "usage" in parts:
        yield from usage.figures()
    if "browser" in parts:
        yield from browser.first_page()
    if "crash" in parts:
        yield from crash.killed_in_mid_answer()


def main() -> None:
    parts = sys.argv[1:] or [part for part in PARTS if part != "clone"]
    figures = []
    for figure in measure(parts):
        figures.append(figure)
        print(show(figure), flush=True)
    write(figures, ROOT / "build" / "bench.json")
    missed = sum(figure.reached is False for figure in figures)
    print(f"\n{len(figures)} figures, {missed} targets missed; written to build/bench.json")


if __name__ == "__main__":
    main()
