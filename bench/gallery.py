"""The gallery: its page with 10,000 pictures, its search, what a page loads, a zip of 500, and storing one.

`python -m bench.gallery fill|store` runs inside an installation and prints JSON.
"""

import asyncio
import io
import json
import os
import random
import re
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

import django

from bench.figures import Figure, percentile
from bench.load import watching
from bench.pages import seconds
from bench.processes import ROOT, resident_mb
from tests.server import Server, a_server

PICTURES, DIFFERENT, ZIPPED = 10_000, 40, 500
VIEWPORT = 24  # thumbnails that a window of 1440 x 900 shows at first
THUMBNAIL = re.compile(r'src="(/images/[0-9a-f-]{36}/thumb/)"')
WORDS = (
    "lighthouse",
    "harbour",
    "storm",
    "morning",
    "fox",
    "snow",
    "glass",
    "city",
    "garden",
    "paper",
    "moon",
    "river",
)


def figures() -> Iterator[Figure]:
    with a_server() as server:
        reader = _inside(server, "fill")
        cookie = reader["cookie"]
        yield from _pages(server, cookie)
        yield _first_viewport(server, cookie)
        yield _zip(server, cookie, reader["images"])
        stored = _inside(server, "store")
        note = "4 MB PNG: written, checked, hashed, two smaller copies; median of 9, in a thread"
        yield Figure("storing a picture of 4 MB", stored["taken"] * 1000, "ms", 60, note)
        yield Figure("storing it: the event loop waits", stored["held"] * 1000, "ms", 20, "longest, median of 9")


def _inside(server: Server, job: str) -> dict[str, Any]:  # Any: what the job prints
    command = [sys.executable, "-m", "bench.gallery", job]
    done = subprocess.run(command, cwd=ROOT, env=server.env, capture_output=True, text=True, check=False)  # noqa: S603  # our own module
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _pages(server: Server, cookie: str, rounds: int = 40) -> Iterator[Figure]:
    pages = {
        "gallery of 10,000 pictures: server time, p95": "/images/gallery/",
        "search in 10,000 pictures: server time, p95": "/images/gallery/?q=lighthouse+storm",
        "search that finds nothing: server time, p95": "/images/gallery/?q=no+such+word",
    }
    for name, page in pages.items():
        first = seconds(server.url + page, cookie)
        times = [seconds(server.url + page, cookie) for _ in range(rounds)]
        note = f"first {first * 1000:.0f} ms, p50 {percentile(times, 50) * 1000:.0f} ms"
        yield Figure(name, percentile(times, 95) * 1000, "ms", 200, note)


def _get(server: Server, path: str, cookie: str, data: bytes | None = None, **headers: str) -> urllib.request.Request:
    return urllib.request.Request(server.url + path, data, {"Cookie": cookie, **headers})  # noqa: S310  # our own server


def _first_viewport(server: Server, cookie: str) -> Figure:
    cookie = f"sessionid={cookie}"
    with urllib.request.urlopen(_get(server, "/images/gallery/", cookie), timeout=30) as page:  # noqa: S310
        addresses = THUMBNAIL.findall(page.read().decode())[:VIEWPORT]
    size = 0
    for address in addresses:
        with urllib.request.urlopen(_get(server, address, cookie), timeout=30) as answer:  # noqa: S310
            size += len(answer.read())
    note = f"{len(addresses)} thumbnails of pictures like photographs"
    return Figure("gallery: thumbnails of the first viewport", size / 1000, "kB", 400, note)


def _zip(server: Server, cookie: str, images: list[str]) -> Figure:
    """How much more memory the server takes while it sends 500 pictures, to a reader who does not hurry."""
    token = "b" * 32  # as cookie and as field: what a form would send
    cookies = f"sessionid={cookie}; csrftoken={token}"
    form = urllib.parse.urlencode([("csrfmiddlewaretoken", token), *(("image", image) for image in images)])
    request = _get(server, "/images/zip/", cookies, form.encode(), Origin=server.url)
    pid = server.process.pid
    before, size = resident_mb(pid), 0
    with watching(pid) as peak, urllib.request.urlopen(request, timeout=300) as answer:  # noqa: S310
        while piece := answer.read(1_000_000):
            size += len(piece)
    more = max(0.0, peak.mb - before)
    return Figure(f"zip of {len(images)} pictures: memory over idle", more, "MB", 60, f"{size / 1e6:,.0f} MB sent")


def _detailed(width: int, height: int, number: int) -> bytes:
    """A PNG like a photograph: soft shapes, and the grain of a film over them."""
    from PIL import Image

    soft = [Image.effect_noise((width // 96, height // 96), 160 + number % 30) for _ in range(3)]
    shapes = Image.merge("RGB", [plane.resize((width, height), Image.Resampling.BICUBIC) for plane in soft])
    grain = Image.merge("RGB", [Image.effect_noise((width, height), 24)] * 3)
    file = io.BytesIO()
    Image.blend(shapes, grain, 0.25).save(file, "PNG", compress_level=1)
    return file.getvalue()


def fill() -> dict[str, object]:
    """A reader with 10,000 pictures; a few different files stand behind them."""
    from django.contrib.auth.models import User

    from bench.prepare import cookie
    from connector.models import Configuration, GeneratedImage

    pick = random.Random(7)  # noqa: S311  # words for prompts
    reader = User.objects.create(username="painter")
    sandbox = Configuration.objects.get(display_name="Sandbox")
    originals = [GeneratedImage(user=reader) for _ in range(DIFFERENT)]
    for number, image in enumerate(originals):
        image.write(_detailed(1024, (1024, 1536, 768)[number % 3], number))
    copied = ("image", "thumbnail", "preview", "media_type", "width", "height", "bytes", "sha256", "state", "kept")
    rows = GeneratedImage.objects.bulk_create(
        GeneratedImage(
            user=reader,
            configuration=sandbox,
            model=f"sandbox-image-{number % 4}",
            prompt=" ".join(pick.choices(WORDS, k=30)),
            favourite=number % 9 == 0,
            **{name: getattr(originals[number % DIFFERENT], name) for name in copied},
        )
        for number in range(PICTURES)
    )
    return {"cookie": cookie(reader), "images": [str(row.public_id) for row in rows[-ZIPPED:]]}


def store() -> dict[str, object]:
    """Seconds for one picture of 4 MB, and the longest that the event loop waited meanwhile."""
    from connector.models import GeneratedImage

    content = _detailed(1400, 1400, 0)
    while len(content) < 4_000_000:
        content = _detailed(1400, 1400, 0) + bytes(4_000_000 - len(content))  # what follows a PNG is not looked at
    image = GeneratedImage.objects.create(prompt="x")
    taken, held = [], []

    def keep() -> None:
        image.write(content)
        image.save_written()
        image.remove_files()

    async def one() -> None:
        longest, begun = 0.0, time.perf_counter()
        work = asyncio.create_task(asyncio.to_thread(keep))
        while not work.done():
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            longest = max(longest, time.perf_counter() - before - 0.001)
        await work
        taken.append(time.perf_counter() - begun)
        held.append(longest)

    for _ in range(9):
        asyncio.run(one())
    return {"taken": percentile(taken, 50), "held": percentile(held, 50)}


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    print(json.dumps({"fill": fill, "store": store}[sys.argv[1]]()))
