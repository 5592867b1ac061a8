"""An answer as items, whole or event by event, in the order in which the API sends them."""

import time
import uuid
from collections.abc import AsyncGenerator, Iterator
from typing import Any

from connector.client import wire
from connector.sandbox.replies import tokens
from connector.sandbox.replies.drafts import Call, Draft
from connector.sandbox.replies.pace import Pace
from connector.sandbox.replies.questions import Question, text_of

type Plain = dict[str, Any]

ECHOED: tuple[tuple[str, Any], ...] = (  # settings that the answer repeats, and what they are when they are not set
    ("background", False), ("conversation", None), ("instructions", None), ("max_output_tokens", None),
    ("max_tool_calls", None), ("metadata", {}), ("parallel_tool_calls", True), ("previous_response_id", None),
    ("prompt_cache_key", None), ("safety_identifier", None), ("service_tier", "default"), ("store", True),
    ("temperature", 1.0), ("tool_choice", "auto"), ("tools", []), ("top_logprobs", 0), ("top_p", 1.0),
    ("truncation", "disabled"),
)  # fmt: skip
_THOUGHT = "**Looking at the request** The sandbox does not think; it looks at what arrived and repeats it."


class Answer:
    def __init__(self, body: Plain, question: Question, draft: Draft) -> None:
        self.body, self.question, self.draft = body, question, draft
        self.id = f"resp_{uuid.uuid4().hex}"
        self.created = int(time.time())
        self.number = 0  # of the next event

    async def whole(self, clock: Pace, seconds: float) -> AsyncGenerator[bytes]:
        await clock.wait(seconds)
        yield wire.encode(self._response(self._items(), self._status))

    async def events(self, clock: Pace, seconds: float) -> AsyncGenerator[bytes]:
        yield self._event("response.created", response=self._response([], "in_progress"))
        yield self._event("response.in_progress", response=self._response([], "in_progress"))
        await clock.wait(seconds)
        beat = clock.beat()
        items = self._items()
        for index, item in enumerate(items):
            for event in self._item_events(index, item):
                yield event
                await beat.wait()
        yield self._event(f"response.{self._status}", response=self._response(items, self._status))

    def messages(self) -> list[Plain]:
        """The answer as messages of a chat."""
        calls = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.input}}
            for call in self.draft.calls
        ]
        said = {"role": "assistant", "content": self.draft.text or self.draft.refusal or ""}
        return [said | ({"tool_calls": calls} if calls else {})]

    @property
    def _status(self) -> str:
        return "incomplete" if self.draft.finish in ("length", "content_filter") else "completed"

    def _response(self, items: list[Plain], status: str) -> Plain:
        response: Plain = {
            "id": self.id,
            "object": "response",
            "created_at": self.created,
            "completed_at": int(time.time()) if status == "completed" else None,
            "status": status,
            "error": None,
            "incomplete_details": self._incomplete(status),
            "model": self.body["model"],
            "output": items,
            "reasoning": {"effort": None, "summary": None} | self.body.get("reasoning", {}),
            "text": {"format": {"type": "text"}} | self.body.get("text", {}),
            "usage": None if status == "in_progress" else self._usage(),
        }
        response |= {name: self.body.get(name, default) for name, default in ECHOED}
        if isinstance(response["conversation"], str):
            response["conversation"] = {"id": response["conversation"]}
        if status == "in_progress":
            del response["usage"]
        return response

    def _incomplete(self, status: str) -> Plain | None:
        if status != "incomplete":
            return None
        return {"reason": "content_filter" if self.draft.finish == "content_filter" else "max_output_tokens"}

    def _usage(self) -> Plain:
        read = sum(4 + tokens.count(text_of(message)) for message in self.question.messages) + 3
        return {
            "input_tokens": read,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": self.draft.tokens,
            "output_tokens_details": {"reasoning_tokens": self.draft.reasoning_tokens},
            "total_tokens": read + self.draft.tokens,
        }

    def _items(self) -> list[Plain]:
        items: list[Plain] = []
        if self.draft.reasoning_tokens:
            asked = (self.body.get("reasoning") or {}).get("summary")
            summary = [{"type": "summary_text", "text": _THOUGHT}] if asked else []
            items.append({"id": self._own_id("rs"), "type": "reasoning", "summary": summary})
        items += [self._call(call, number) for number, call in enumerate(self.draft.calls)]
        if not self.draft.calls:
            items.append(
                {
                    "id": self._own_id("msg"),
                    "type": "message",
                    "status": self._status,
                    "role": "assistant",
                    "content": [self._part()],
                }
            )
        return items

    def _part(self) -> Plain:
        if self.draft.refusal is not None:
            return {"type": "refusal", "refusal": self.draft.refusal}
        return {"type": "output_text", "text": self.draft.text or "", "annotations": [], "logprobs": []}

    def _call(self, call: Call, number: int) -> Plain:
        own = self._own_id("fc", number)
        if call.kind == "custom":
            return {"id": own, "type": "custom_tool_call", "call_id": call.id, "name": call.name, "input": call.input}
        return {
            "id": own,
            "type": "function_call",
            "call_id": call.id,
            "name": call.name,
            "arguments": call.input,
            "status": "completed",
        }

    def _own_id(self, prefix: str, number: int = 0) -> str:
        return f"{prefix}_{self.id.removeprefix('resp_')}{number:02}"

    def _item_events(self, index: int, item: Plain) -> Iterator[bytes]:
        where = {"output_index": index}
        yield self._event("response.output_item.added", **where, item=_begun(item))
        where["item_id"] = item["id"]
        match item["type"]:
            case "reasoning":
                yield from self._summary(item, where)
            case "message":
                yield from self._content(item["content"][0], where | {"content_index": 0})
            case "custom_tool_call":
                yield from self._pieces("response.custom_tool_call_input", item["input"], where)
                yield self._event("response.custom_tool_call_input.done", **where, input=item["input"])
            case _:
                given = {"arguments": item["arguments"], "name": item["name"]}
                yield from self._pieces("response.function_call_arguments", item["arguments"], where)
                yield self._event("response.function_call_arguments.done", **where, **given)
        yield self._event("response.output_item.done", output_index=index, item=item)

    def _summary(self, item: Plain, where: Plain) -> Iterator[bytes]:
        for number, part in enumerate(item["summary"]):
            where = where | {"summary_index": number}
            yield self._event("response.reasoning_summary_part.added", **where, part=part | {"text": ""})
            yield from self._pieces("response.reasoning_summary_text", part["text"], where)
            yield self._event("response.reasoning_summary_text.done", **where, text=part["text"])
            yield self._event("response.reasoning_summary_part.done", **where, part=part)

    def _content(self, part: Plain, where: Plain) -> Iterator[bytes]:
        kind, name = ("refusal", "refusal") if part["type"] == "refusal" else ("output_text", "text")
        more: Plain = {} if kind == "refusal" else {"logprobs": []}
        yield self._event("response.content_part.added", **where, part=part | {name: ""})
        yield from self._pieces(f"response.{kind}", part[name], where | more)
        yield self._event(f"response.{kind}.done", **where, **more, **{name: part[name]})
        yield self._event("response.content_part.done", **where, part=part)

    def _pieces(self, kind: str, text: str, where: Plain) -> Iterator[bytes]:
        for piece in tokens.split(text):
            yield self._event(f"{kind}.delta", **where, delta=piece)

    def _event(self, kind: str, **fields: Any) -> bytes:
        data = {"type": kind, "sequence_number": self.number, **fields}
        self.number += 1
        return f"event: {kind}\n".encode() + b"data: " + wire.encode(data) + b"\n\n"


def _begun(item: Plain) -> Plain:
    """An item before anything of it was said."""
    empty: dict[str, Plain] = {
        "message": {"status": "in_progress", "content": []},
        "reasoning": {"summary": []},
        "function_call": {"status": "in_progress", "arguments": ""},
        "custom_tool_call": {"input": ""},
    }
    return item | empty[item["type"]]
