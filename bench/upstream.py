"""A provider that streams at an even pace, as its own process: `python -m bench.upstream PORT`.

One answer is `tokens` words at `pace` words a second; both stand in the model's name: `paced-50-200`, and
`paced-inf-200` for no waiting. All streams share one clock, so that 500 of them cost little and are late together if at
all. The model `whole` answers in one piece.
"""

import asyncio
import contextlib
import json
import sys
import time

HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
    b"x-request-id: req_bench\r\ntransfer-encoding: chunked\r\n\r\n"
)


def plain(body: object) -> bytes:
    """A whole answer with `body` as JSON."""
    content = json.dumps(body, separators=(",", ":")).encode()
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (
        len(content),
        content,
    )


def chunk(payload: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(payload), payload)


def event(delta: dict[str, str], finish: str | None = None) -> bytes:
    body = {
        "id": "chatcmpl-bench",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "paced",
        "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}],
    }
    return chunk(b"data: " + json.dumps(body, separators=(",", ":")).encode() + b"\n\n")


# A little Markdown, so that rendering does real work: paragraphs, emphasis, a list, a fence.
TEXT = (
    "The **answer** comes word by word, and each `word` is one token of this stream.\n\n"
    "- a list item with some text\n- and another one\n\n```python\nfor word in answer:\n    print(word)\n```\n\n"
)
WORDS = [word + " " for word in TEXT.split(" ")]
EVENTS = [event({"content": word}) for word in WORDS]
FIRST = event({"role": "assistant", "content": ""})
LAST = event({}, "stop") + chunk(b"data: [DONE]\n\n") + b"0\r\n\r\n"

EMPTY = plain({"data": []})
WHOLE = plain(
    {
        "id": "chatcmpl-bench",
        "object": "chat.completion",
        "created": 1,
        "model": "whole",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": TEXT}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 20, "completion_tokens": 60, "total_tokens": 80},
    }
)


async def read_request(reader: asyncio.StreamReader) -> bytes | None:
    """The body of the next request on this connection; None when it was closed."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
    return await reader.readexactly(length)


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while (body := await read_request(reader)) is not None:
            if not body:
                writer.write(EMPTY)
            elif (model := json.loads(body)["model"]) == "whole":
                writer.write(WHOLE)
            else:
                _, pace, tokens = model.split("-")
                await stream(writer, 1 / float(pace), int(tokens))
    writer.close()


async def stream(writer: asyncio.StreamWriter, gap: float, tokens: int) -> None:
    start = time.monotonic()
    writer.write(HEAD + FIRST)
    for number in range(tokens):
        if gap:
            await asyncio.sleep(max(0.0, start + number * gap - time.monotonic()))
        else:
            await writer.drain()
        if writer.is_closing():
            return
        writer.write(EVENTS[number % len(EVENTS)])
    writer.write(LAST)
    await writer.drain()


async def main(port: int) -> None:
    server = await asyncio.start_server(answer, "127.0.0.1", port, backlog=1024)
    print("ready", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        try:
            import uvloop

            uvloop.run(main(int(sys.argv[1])))
        except ImportError:
            asyncio.run(main(int(sys.argv[1])))
