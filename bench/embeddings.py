"""The page of a hundred vectors: how long the server takes, the first time and when it knows how alike they are.

`python -m bench.embeddings` runs inside an installation and prints JSON.
"""

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator

import django

from bench.figures import Figure, percentile
from bench.pages import seconds
from bench.processes import ROOT
from tests.server import a_server

TEXTS, DIMENSIONS = 100, 1536
WORDS = ("cat", "dog", "sofa", "sleeps", "rates", "bank", "interest", "shares", "garden", "rose", "rain", "sun")


def figures(rounds: int = 40) -> Iterator[Figure]:
    with a_server() as server:
        done = subprocess.run(  # our own module
            [sys.executable, "-m", "bench.embeddings"],
            cwd=ROOT,
            env=server.env,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stderr[-3000:])
        made = json.loads(done.stdout)
        page = f"{server.url}/embeddings/{made['run']}/"
        first = seconds(page, made["cookie"])
        times = [seconds(page, made["cookie"]) for _ in range(rounds)]
        note = f"first {first * 1000:.0f} ms, p50 {percentile(times, 50) * 1000:.0f} ms; {DIMENSIONS} numbers each"
        yield Figure(f"page of {TEXTS} embeddings: server time, p95", percentile(times, 95) * 1000, "ms", 200, note)


def fill() -> dict[str, object]:
    """A reader, and their vectors."""
    from django.contrib.auth.models import User

    from bench.prepare import cookie
    from tests.builders import an_embedding

    pick = random.Random(7)  # noqa: S311  # words for texts
    reader = User.objects.create(username="reader")
    texts = [" ".join(pick.choices(WORDS, k=8)) for _ in range(TEXTS)]
    return {"cookie": cookie(reader), "run": an_embedding(reader, texts, DIMENSIONS).pk}


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    print(json.dumps(fill()))
