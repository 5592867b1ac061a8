"""Drafts in the shape in which the API sends them: one object, or chunks of which every choice has its turn."""

import math
import random
import time
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from connector.client import wire
from connector.operations import chat_completions
from connector.sandbox.replies import tokens
from connector.sandbox.replies.drafts import Call, Draft
from connector.sandbox.replies.questions import Question, text_of

FINGERPRINT = "fp_sandbox"
DONE = b"data: [DONE]\n\n"
CACHED = 1024  # tokens; the API caches prompts from this length on, in steps of 128

type Plain = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is sent for one question."""

    question: Question
    drafts: list[Draft]
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid.uuid4().hex[:29]}")
    created: int = field(default_factory=lambda: int(time.time()))

    def whole(self) -> Plain:
        """The answer as one object."""
        choices = [
            chat_completions.Choice(
                index=index,
                message=_message(draft),
                logprobs=self.logprobs(index, _said(draft), self.question.chance(index)),
                finish_reason=draft.finish,
            )
            for index, draft in enumerate(self.drafts)
        ]
        return chat_completions.written(
            chat_completions.Response(
                id=self.id,
                created=self.created,
                model=self.question.model,
                choices=choices,
                usage=self.usage(),
                system_fingerprint=FINGERPRINT,
                service_tier="default",
                metadata=self.question.body.get("metadata"),
            )
        )

    def rounds(self) -> Iterator[list[Plain]]:
        """The chunks of a stream, in rounds that belong to the same moment: one token of every choice."""
        frame = self._frame()
        if self.question.with_usage:
            frame["usage"] = None
        for one_each in zip_longest(*map(self._chunk_choices, range(len(self.drafts)))):
            yield [{**frame, "choices": [choice]} for choice in one_each if choice]
        if self.question.with_usage:
            yield [self._frame(self.usage())]

    def usage(self) -> chat_completions.Usage:
        prompt = sum(4 + tokens.count(text_of(message)) for message in self.question.messages) + 3
        completion = sum(draft.tokens for draft in self.drafts)
        cached = prompt // 128 * 128 if prompt >= CACHED and self.question.earlier else 0
        return chat_completions.Usage(
            prompt_tokens=prompt,
            completion_tokens=completion,
            total_tokens=prompt + completion,
            prompt_tokens_details=chat_completions.PromptTokensDetails(cached_tokens=cached, text_tokens=prompt),
            completion_tokens_details=chat_completions.CompletionTokensDetails(
                reasoning_tokens=sum(draft.reasoning_tokens for draft in self.drafts),
                text_tokens=completion - sum(draft.reasoning_tokens for draft in self.drafts),
            ),
        )

    def logprobs(self, index: int, pieces: Iterable[str], chance: random.Random) -> Plain | None:
        """Of the tokens `pieces` of choice `index`, if asked for. Made up, but such as probabilities can be."""
        if not self.question.body.get("logprobs"):
            return None
        found = [_logprob(piece, chance, self.question.body.get("top_logprobs", 0)) for piece in pieces]
        refused = self.drafts[index].refusal is not None
        return {"content": None if refused else found, "refusal": found if refused else None}

    def _chunk_choices(self, index: int) -> Iterator[Plain]:
        """What each chunk says of choice `index`. Plain: a type for each token would cost more than the token."""
        draft = self.drafts[index]
        chance = self.question.chance(index)
        for delta, piece in _deltas(draft):
            logprobs = self.logprobs(index, [piece], chance) if piece else None
            yield {"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": None}
        yield {"index": index, "delta": {}, "logprobs": None, "finish_reason": draft.finish}

    def _frame(self, usage: chat_completions.Usage | None = None) -> Plain:
        """A chunk without choices."""
        return chat_completions.written(
            chat_completions.Chunk(
                id=self.id,
                created=self.created,
                model=self.question.model,
                usage=usage,
                system_fingerprint=FINGERPRINT,
                service_tier="default",
            )
        )


def event(chunk: Plain) -> bytes:
    return b"data: " + wire.encode(chunk) + b"\n\n"


def _said(draft: Draft) -> list[str]:
    return tokens.split(draft.refusal or draft.text or "")


def _message(draft: Draft) -> chat_completions.ChoiceMessage:
    legacy = [call for call in draft.calls if call.kind == "legacy"]
    calls = [_tool_call(call) for call in draft.calls if call.kind != "legacy"]
    return chat_completions.ChoiceMessage(
        content=draft.text,
        refusal=draft.refusal,
        annotations=[],
        tool_calls=calls or None,
        function_call=_function(legacy[0]) if legacy else None,
    )


def _function(call: Call) -> chat_completions.FunctionCall:
    return chat_completions.FunctionCall(name=call.name, arguments=call.input)


def _tool_call(call: Call, index: int | None = None) -> chat_completions.ToolCall:
    if call.kind == "custom":
        custom = {"name": call.name, "input": call.input}
        return chat_completions.ToolCall(index=index, id=call.id, type="custom", custom=custom)
    return chat_completions.ToolCall(index=index, id=call.id, type="function", function=_function(call))


def _deltas(draft: Draft) -> Iterator[tuple[Plain, str]]:
    """Each delta of one choice, and the token it brings, if it brings one."""
    yield {"role": "assistant", "content": None if draft.calls or draft.refusal else "", "refusal": None}, ""
    if draft.refusal is not None:
        yield from (({"refusal": piece}, piece) for piece in tokens.split(draft.refusal))
    yield from (({"content": piece}, piece) for piece in tokens.split(draft.text or ""))
    for index, call in enumerate(draft.calls):
        pieces = tokens.split(call.input)
        if call.kind == "legacy":
            yield {"function_call": {"name": call.name, "arguments": ""}}, ""
            yield from (({"function_call": {"arguments": piece}}, "") for piece in pieces)
            continue
        kind, field = ("custom", "input") if call.kind == "custom" else ("function", "arguments")
        begun = {"index": index, "id": call.id, "type": kind, kind: {"name": call.name, field: ""}}
        yield {"tool_calls": [begun]}, ""
        yield from (({"tool_calls": [{"index": index, kind: {field: piece}}]}, "") for piece in pieces)


def _logprob(piece: str, chance: random.Random, top: int) -> Plain:
    likely = 0.5 + chance.random() / 2
    found = _one(piece, likely)
    others = [_one(f"{piece}{'·' * (rank + 1)}", (1 - likely) / 2 ** (rank + 1)) for rank in range(top - 1)]
    return {**found, "top_logprobs": [found, *others][:top]}


def _one(piece: str, probability: float) -> Plain:
    return {"token": piece, "logprob": round(math.log(probability), 6), "bytes": list(piece.encode("utf-8", "replace"))}
