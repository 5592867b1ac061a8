"""How long the server takes for its heavy pages."""

import time
import urllib.request

from bench.figures import Figure, percentile
from bench.load import Place


def seconds(url: str, cookie: str) -> float:
    """From the request to the last byte of the answer."""
    request = urllib.request.Request(url, headers={"Cookie": f"sessionid={cookie}"})  # noqa: S310  # our own server
    start = time.perf_counter()
    with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
        response.read()
    return time.perf_counter() - start


def heavy_pages(place: Place, rounds: int = 40) -> list[Figure]:
    """A conversation of 1,000 messages and a list of 10,000 sessions, warm, one after the other."""
    url, cookie = place.server.url, place.reader
    pages = {
        "chat of 1,000 messages: server time, p95": f"{url}/chat/{place.big}/",
        "list of 10,000 sessions: server time, p95": f"{url}/chat/",
        "search in 10,000 sessions: server time, p95": f"{url}/chat/?q=session+77",
    }
    figures = []
    for name, page in pages.items():
        first = seconds(page, cookie)
        times = [seconds(page, cookie) for _ in range(rounds)]
        note = f"first {first * 1000:.0f} ms, p50 {percentile(times, 50) * 1000:.0f} ms"
        figures.append(Figure(name, percentile(times, 95) * 1000, "ms", 200, note))
    return figures
