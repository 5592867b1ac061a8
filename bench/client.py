"""What our client costs beside `openai` and bare `httpx`: CPU per call, per streamed chunk, and to import it.

CPU and not time, because whatever else the machine does adds to time. Each way has a process of its own and the same
upstream, which sends as fast as it can: `python -m bench.client WAY UPSTREAM` prints seconds of CPU as JSON.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

from bench.figures import Figure
from bench.processes import ROOT

WAYS = ("httpx", "openai", "ours")
CALLS, CHUNKS, STREAMS, ROUNDS = 400, 2_000, 5, 3
WHOLE, STREAMED = "whole", f"paced-inf-{CHUNKS}"  # models of `bench.upstream`
MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why is the sky blue?"}]
OPERATIONS = (
    "chat_completions, completions, embeddings, image_edits, image_generations, image_variations, models, moderations, "
    "raw, responses, speech, transcriptions, translations"
)
IMPORT = f"""
import sys, time
began = time.process_time()
from connector.operations import {OPERATIONS}
print(time.process_time() - began)
assert "django" not in sys.modules
"""


@dataclass(frozen=True)
class Way:
    """`call` reads a whole answer; `stream` reads one to its end and gives the number of chunks with a text."""

    call: Callable[[], Awaitable[Any]]
    stream: Callable[[], Awaitable[int]]


def httpx_alone(upstream: str) -> Way:
    """What anybody would write by hand: lines and `json`."""
    import httpx

    http = httpx.AsyncClient(base_url=f"{upstream}/v1", timeout=60)

    async def call() -> Any:
        response = await http.post("/chat/completions", json={"model": WHOLE, "messages": MESSAGES})
        return response.raise_for_status().json()["choices"][0]["message"]["content"]

    async def stream() -> int:
        texts = 0
        body = {"model": STREAMED, "messages": MESSAGES, "stream": True}
        async with http.stream("POST", "/chat/completions", json=body) as response:
            async for line in response.aiter_lines():
                if line.startswith("data: ") and line != "data: [DONE]":
                    choices = json.loads(line[6:])["choices"]
                    texts += bool(choices and choices[0]["delta"].get("content"))
        return texts

    return Way(call, stream)


def official(upstream: str) -> Way:
    """The `openai` package."""
    from openai import AsyncOpenAI

    client = AsyncOpenAI(base_url=f"{upstream}/v1", api_key="bench")
    messages: Any = MESSAGES  # its types are its own

    async def call() -> Any:
        response = await client.chat.completions.create(model=WHOLE, messages=messages)
        return response.choices[0].message.content

    async def stream() -> int:
        texts = 0
        async for chunk in await client.chat.completions.create(model=STREAMED, messages=messages, stream=True):
            texts += bool(chunk.choices and chunk.choices[0].delta.content)
        return texts

    return Way(call, stream)


def ours(upstream: str) -> Way:
    """As an activity does it: a new client, a request that is fitted, deadlines, limits, errors."""
    from connector.client import endpoint
    from connector.client.secret import Secret
    from connector.client.transport import Client
    from connector.operations import chat_completions

    where = endpoint.parse(f"{upstream}/v1", "openai_compatible", allow_private=True)
    key = Secret("bench-key-that-opens-nothing")

    def asked(model: str) -> Any:
        client = Client(where, key, name="bench", allow_private=True)
        request = chat_completions.Request(model=model, messages=[dict(message) for message in MESSAGES])
        return client, chat_completions.fit(request, where)

    async def call() -> Any:
        response = await chat_completions.create(*asked(WHOLE))
        return response.choices[0].message.content

    async def stream() -> int:
        texts = 0
        async with chat_completions.stream(*asked(STREAMED)) as chunks:
            async for chunk in chunks:
                texts += bool(chunk.choices and chunk.choices[0].delta.content)
        return texts

    return Way(call, stream)


MADE = {"httpx": httpx_alone, "openai": official, "ours": ours}


async def cost(way: Way) -> dict[str, float]:
    """Seconds of CPU (this process, all threads) per call and per chunk, after a few that do not count."""
    for _ in range(20):
        await way.call()
    began = time.process_time()
    for _ in range(CALLS):
        await way.call()
    call = (time.process_time() - began) / CALLS
    await way.stream()
    began, chunks = time.process_time(), 0
    for _ in range(STREAMS):
        chunks += await way.stream()
    if chunks != STREAMS * CHUNKS:
        raise RuntimeError(f"{chunks} of {STREAMS * CHUNKS} chunks came")
    return {"call": call, "chunk": (time.process_time() - began) / chunks}


def measured(name: str, upstream: str) -> dict[str, float]:
    """The best of some rounds, each in a process of its own: whatever else runs on the machine only adds."""
    rounds = [json.loads(_output("-m", "bench.client", name, upstream)) for _ in range(ROUNDS)]
    return {what: min(each[what] for each in rounds) for what in rounds[0]}


def figures(upstream: str) -> Iterator[Figure]:
    """All figures of the client; `upstream` is the address of a `bench.upstream`."""
    found = {name: measured(name, upstream) for name in WAYS}
    alone, official_, own = (found[name] for name in WAYS)
    beside = f"httpx {alone['call'] * 1e3:.2f} ms, openai {official_['call'] * 1e3:.2f} ms"
    yield Figure("client: CPU per call, whole", own["call"] * 1e3, "ms", None, beside)
    added = (own["call"] - alone["call"]) * 1e3
    yield Figure("client: CPU per call over bare httpx", added, "ms", 1)
    beside = f"httpx {alone['chunk'] * 1e6:.1f} µs, openai {official_['chunk'] * 1e6:.1f} µs"
    yield Figure("client: CPU per streamed chunk", own["chunk"] * 1e6, "µs", 25, beside)
    seconds = min(float(_output("-c", IMPORT)) for _ in range(5))
    yield Figure("client: CPU to import all operations, without Django", seconds * 1e3, "ms", 150)


def _output(*arguments: str) -> str:
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603  # our own modules
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    return done.stdout


def main(name: str, upstream: str) -> None:
    import uvloop

    async def run() -> dict[str, float]:
        return await cost(MADE[name](upstream))

    runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
    with runner:
        print(json.dumps(runner.run(run())))


if __name__ == "__main__":
    main(*sys.argv[1:3])
