"""What it costs to write the record of a call: of a streamed answer of 500 tokens, and of a whole one.

`python -m bench.recording` runs inside an installation and prints seconds as JSON.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import django

from bench.figures import Figure, percentile
from bench.processes import ROOT
from tests.server import a_server

TOKENS, ROUNDS = 500, 200


def figures() -> Iterator[Figure]:
    with a_server() as server:
        command = [sys.executable, "-m", "bench.recording"]
        done = subprocess.run(command, cwd=ROOT, env=server.env, capture_output=True, text=True, check=False)  # noqa: S603  # our own module
        if done.returncode:
            raise RuntimeError(done.stderr[-3000:])
        taken: dict[str, list[float]] = json.loads(done.stdout)
    kept = f"of {TOKENS} tokens: masked, packed, priced, counted, written with the end of the run"
    yield _figure("the record of a streamed answer adds", taken["stream"], kept)
    yield _figure("the record of a whole answer adds", taken["whole"], "likewise")
    yield _figure("the record of a call from code adds", taken["alone"], "in a transaction of its own")
    seconds = percentile(taken["feed"], 50) / TOKENS
    yield Figure("keeping the events of an answer: CPU per token", seconds * 1e6, "µs", 5, "median")


def _figure(name: str, seconds: list[float], note: str) -> Figure:
    note = f"{note}; p95 {percentile(seconds, 95) * 1000:.1f} ms"
    return Figure(name, percentile(seconds, 50) * 1000, "ms", 2, note)


def measured() -> dict[str, list[float]]:
    from django.contrib.auth.models import User
    from django.db import transaction

    from connector.models import Configuration, Run, record

    user = User.objects.create(username="writer")
    configuration = Configuration.objects.create(
        display_name="Recorded", api_type="openai_compatible", endpoint="https://api.example.org/v1"
    )
    run = Run.objects.create(user=user, configuration=configuration, model="gpt-6-sol")
    taken: dict[str, list[float]] = {"stream": [], "whole": [], "alone": [], "feed": []}
    for _ in range(ROUNDS):
        for kind in ("stream", "whole"):
            recorder, fed = _recorder(configuration, run, is_stream=kind == "stream")
            if kind == "stream":
                taken["feed"].append(fed)
            with transaction.atomic():
                Run.objects.filter(pk=run.pk).update(revision=1)  # as the end of a run does
                began = time.thread_time()
                record.write_down(recorder.drafts)
                taken[kind].append(time.thread_time() - began)
        recorder, _ = _recorder(configuration, None, is_stream=False)
        began = time.thread_time()
        record.write_down(recorder.drafts)
        taken["alone"].append(time.thread_time() - began)
    return taken


def _recorder(configuration: Any, run: Any, *, is_stream: bool) -> tuple[Any, float]:
    """One that was told of a call, and the seconds of CPU that its answer took to be kept."""
    from connector.client.exchange import Exchange, Request, new_call
    from connector.client.transcript import Transcript
    from connector.models.recording import Recorder

    recorder = Recorder(configuration, user_id=run.user_id if run else None, run_id=run.pk if run else None)
    messages = [{"role": "user", "content": f"Why is the sky blue, number {number}? " * 10} for number in range(8)]
    body = json.dumps({"model": "gpt-6-sol", "messages": messages, "stream": is_stream}).encode()
    headers = {"content-type": "application/json", "accept": "*/*", "user-agent": "Promptyard"}
    asked = Request("chat_completions", "POST", "/chat/completions", "gpt-6-sol", headers, body, new_call())
    kind = "text/event-stream" if is_stream else "application/json"
    exchange = Exchange(asked, 1, status=200, is_stream=is_stream, headers={"content-type": kind}, first_byte_ms=300.0)
    exchange.answer = Transcript(kind)
    pieces = _events() if is_stream else [json.dumps(_answer("word " * TOKENS)).encode()]
    began = time.process_time()
    for piece in pieces:
        exchange.answer.feed(piece)
    fed = time.process_time() - began
    recorder(exchange)
    return recorder, fed


def _answer(text: str) -> dict[str, Any]:
    usage = {"prompt_tokens": 900, "completion_tokens": TOKENS, "total_tokens": 900 + TOKENS}
    message = {"role": "assistant", "content": text}
    return {"id": "chatcmpl-1", "model": "gpt-6-sol", "choices": [{"index": 0, "message": message}], "usage": usage}


def _events() -> list[bytes]:
    """As OpenAI writes them, 250 bytes each."""
    choice = {"index": 0, "delta": {"content": " word"}, "logprobs": None, "finish_reason": None}
    facts = {"id": "chatcmpl-" + "b" * 29, "object": "chat.completion.chunk", "created": 1_795_000_000}
    event = facts | {"model": "gpt-6-sol", "choices": [choice], "usage": None, "obfuscation": "xK2p"}
    last = facts | {"model": "gpt-6-sol", "choices": [], "usage": _answer("")["usage"]}
    return [b"data: " + json.dumps(each).encode() + b"\n\n" for each in [*[event] * TOKENS, last]]


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    print(json.dumps(measured()))
