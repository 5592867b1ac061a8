"""A right answer with the oddities of real servers (Azure, vLLM and others), which a client has to take.

The first event has no choices, keys are left out or unknown, a delta is null, reasoning has a field of its own, the
usage comes without `choices`, lines end in CRLF, comments and other fields stand between the events, the content
type is wrong, and there is no `[DONE]`.
"""

from collections.abc import Iterator

from connector.client import wire
from connector.sandbox.replies.delivery import Plain

CONTENT_TYPE = "text/plain; charset=utf-8"
SAFE = {name: {"filtered": False, "severity": "safe"} for name in ("hate", "self_harm", "sexual", "violence")}
PROMPT_FILTER: Plain = {
    "id": "",
    "object": "",
    "created": 0,
    "model": "",
    "choices": [],
    "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": SAFE}],
}
_THOUGHT = "Odd servers tell what they think. "


def whole(answer: Plain) -> Plain:
    """An answer that was not streamed."""
    answer = {**answer, "system_fingerprint": None, "prompt_logprobs": None, "kv_transfer_params": None}
    answer["usage"] = {**answer["usage"], "prompt_tokens_details": None, "completion_tokens_details": None}
    for choice in answer["choices"]:
        del choice["logprobs"]
        choice |= {"stop_reason": None, "content_filter_results": SAFE}
        message = choice["message"]
        del message["refusal"]
        message |= {"reasoning_content": _THOUGHT, "tool_calls": message.get("tool_calls", [])}
    return answer


def rounds(regular: Iterator[list[Plain]]) -> Iterator[list[Plain]]:
    yield [PROMPT_FILTER]
    for number, chunks in enumerate(regular):
        for chunk in chunks:
            chunk["system_fingerprint"] = None
            chunk.pop("service_tier", None)
            if not chunk["choices"]:
                del chunk["choices"]
            for choice in chunk.get("choices", ()):
                del choice["logprobs"]
                if choice["finish_reason"] is None:
                    del choice["finish_reason"]
                else:
                    choice |= {"delta": None, "stop_reason": None}
        yield chunks
        if number == 0:
            for word in _THOUGHT.split():
                delta = {"reasoning_content": word + " ", "content": None}
                yield [{**chunks[0], "choices": [{"index": 0, "delta": delta}]}]


def event(chunk: Plain) -> bytes:
    comment = b": keep-alive\r\nretry: 3000\r\n\r\n" if chunk is PROMPT_FILTER else b""
    return comment + b"event: message\r\ndata:" + wire.encode(chunk) + b"\r\n\r\n"
