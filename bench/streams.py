"""Streams from Enter to the last token: the direct call, and the way through the server, at the same upstream."""

import asyncio
import json
import re
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import aiohttp

FIELD = re.compile(r"<input[^>]*>")
ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')
EVENTS_URL = re.compile(r'hx-sse:connect="([^"]+)"')
REFUSAL = re.compile(r"<div id=\"refusal\">(.*?)<form", re.S)


@dataclass(frozen=True)
class Timing:
    """Seconds from the beginning of the request to the first token, and to the end."""

    first: float
    total: float


async def direct(http: aiohttp.ClientSession, upstream: str, model: str) -> Timing:
    """What any client pays: POST to the provider, read to the end."""
    body = {"model": model, "stream": True, "messages": [{"role": "user", "content": "hi"}]}
    start = time.perf_counter()
    first = 0.0
    async with http.post(f"{upstream}/v1/chat/completions", json=body) as response:
        async for data in response.content.iter_any():
            if not first and b'"content":"' in data.replace(b'"content":""', b""):
                first = time.perf_counter() - start
    return Timing(first, time.perf_counter() - start)


@dataclass(frozen=True)
class Asker:
    """Somebody signed in, with a chat open: where the form posts to and what it carries."""

    cookies: dict[str, str]
    action: str
    fields: dict[str, str]


async def open_page(http: aiohttp.ClientSession, site: str, person: dict[str, str]) -> Asker:
    """The chat page as the browser has it before Enter is pressed."""
    cookies = {"sessionid": person["cookie"]}
    async with http.get(f"{site}/chat/{person['session']}/", cookies=cookies) as response:
        page = await response.text()
        if response.status != 200:
            raise RuntimeError(f"the chat page answered {response.status}: {page[:500]}")
        cookies |= {name: morsel.value for name, morsel in response.cookies.items()}
    composer = page[page.index('id="composer"') :]
    composer = composer[: composer.index("</form>")]
    inputs = [dict(ATTRIBUTE.findall(field)) for field in FIELD.findall(composer)]
    fields = {field["name"]: field.get("value", "") for field in inputs if "name" in field}
    return Asker(cookies, f"/chat/{person['session']}/ask/", fields)


async def through(http: aiohttp.ClientSession, site: str, asker: Asker) -> Timing:
    """What our user pays: POST the question, open the events, read to the end."""
    headers = {"HX-Request": "true", "HX-Request-Type": "partial", "Origin": site, "Referer": f"{site}/chat/"}
    headers["X-CSRFToken"] = asker.fields.get("csrfmiddlewaretoken", "")
    start = time.perf_counter()
    first = 0.0
    fields = asker.fields | {"text": "hi"}
    async with http.post(f"{site}{asker.action}", data=fields, cookies=asker.cookies, headers=headers) as response:
        fragment = await response.text()
        events = EVENTS_URL.search(fragment)
        if response.status != 200 or not events:
            raise RuntimeError(
                f"the question was answered with {response.status}: {REFUSAL.findall(fragment) or fragment[-600:]}"
            )
    async with http.get(f"{site}{events[1]}", cookies=asker.cookies, headers=headers) as response:
        async for data in response.content.iter_any():
            if not first and b"answer" in data.partition(b"<")[2]:  # the second word of the upstream's text
                first = time.perf_counter() - start
    return Timing(first, time.perf_counter() - start)


async def at_once(number: int, one: Callable[[int], Awaitable[Timing]]) -> list[Timing]:
    """`number` streams started at the same moment; raises what the first failing one raised."""
    return list(await asyncio.gather(*(one(index) for index in range(number))))


async def run(job: dict[str, object]) -> list[Timing]:
    """One job of the load generator: see `main`."""
    upstream, site, model = str(job["upstream"]), str(job["site"]), str(job["model"])
    number, way = int(str(job["number"])), str(job["way"])
    people: Sequence[dict[str, str]] = job["people"]  # type: ignore[assignment]  # JSON knows no types
    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=180)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as http:
        askers = [await open_page(http, site, person) for person in people] if way == "through" else []
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        if way == "direct":
            return await at_once(number, lambda index: direct(http, upstream, model))
        return await at_once(number, lambda index: through(http, site, askers[index]))


def main(text: str) -> None:
    """A process of its own, so that the load's CPU is not the server's.

    The job comes as JSON; when all pages are open it says so and waits for a line; timings go out as JSON.
    """
    import uvloop

    timings = uvloop.run(run(json.loads(text)))
    print(json.dumps([[timing.first, timing.total] for timing in timings]))


if __name__ == "__main__":
    main(sys.argv[1])
