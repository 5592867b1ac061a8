"""`POST /completions`: a text is gone on with."""

import math
import random
import time
import uuid
from collections.abc import AsyncGenerator, Iterator
from itertools import zip_longest
from typing import Any

from connector.client import wire
from connector.sandbox.replies import checks, faults, opening, prose, tokens
from connector.sandbox.replies.delivery import DONE, FINGERPRINT, Plain, event
from connector.sandbox.replies.drafts import Draft
from connector.sandbox.replies.pace import FIRST_TOKEN, WHOLE, Pace
from connector.sandbox.replies.parameters import logit_bias, stream_options
from connector.sandbox.replies.problems import Problem, missing
from connector.sandbox.replies.reply import Asked, Reply
from connector.sandbox.replies.values import Check, array, boolean, decimal, either, integer, text

LIMIT = 16  # tokens, when nothing is said (OpenAI API reference, completions/create)
MOST = 512  # answers at once


def prompt(name: str, value: Any) -> None:
    either(str, text(), array(_prompt, least=1))(name, value)


def _prompt(name: str, value: Any) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        either(str, text(), array(integer(0), least=1))(name, value)


PARAMETERS: dict[str, Check] = {
    "model": text(),
    "prompt": prompt,
    "best_of": integer(0, 20),
    "echo": boolean,
    "frequency_penalty": decimal(-2, 2),
    "logit_bias": logit_bias,
    "logprobs": integer(0, 5),
    "max_tokens": integer(0),
    "n": integer(1, 128),
    "presence_penalty": decimal(-2, 2),
    "seed": integer(-(2**63), 2**63 - 1),
    "stop": either(str, text(), array(text(), least=1, most=4)),
    "stream": boolean,
    "stream_options": stream_options,
    "suffix": text(),
    "temperature": decimal(0, 2),
    "top_p": decimal(0, 1),
    "user": text(),
}


async def reply(asked: Asked, *, deployment: str = "") -> Reply:
    """The answer to a request; raises as `chat.reply` does."""
    body = checks.read(asked.body)
    clock, instead = await opening.begin(asked, body, "completions", deployment=deployment)
    if instead:
        return instead
    _check(body)
    fault = opening.fault(body["model"])
    answer = _Answer(body, fault)
    streamed = bool(body.get("stream"))
    pieces = answer.events(clock) if streamed else answer.whole(clock)
    pieces = faults.delivered(fault, pieces, streamed=streamed, clock=clock)
    content_type = "text/event-stream; charset=utf-8" if streamed else "application/json"
    return Reply(200, {"content-type": content_type, "cache-control": "no-cache"}, pieces)


def _check(body: dict[str, Any]) -> None:
    for name in ("model", "prompt"):
        if name not in body:
            raise missing(name)
    for name, value in body.items():
        if name not in PARAMETERS:
            raise Problem(f"Unrecognized request argument supplied: {name}")
        PARAMETERS[name](name, value)
    best_of = body.get("best_of", 1)
    if "best_of" in body and best_of < body.get("n", 1):
        raise Problem("You requested that the server return more choices than it will generate. (HINT: n > best_of)")
    if body.get("stream") and best_of > 1:
        raise Problem("Cannot stream results with best_of > 1.", param="best_of")
    if "stream_options" in body and not body.get("stream"):
        raise Problem(
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.", param="stream_options"
        )
    if len(_prompts(body)) * body.get("n", 1) > MOST:
        raise Problem(f"The sandbox writes at most {MOST} answers at once.", param="n")


class _Answer:
    def __init__(self, body: dict[str, Any], fault: str) -> None:
        self.body = body
        self.id, self.created = f"cmpl-{uuid.uuid4().hex[:24]}", int(time.time())
        self.prompts = _prompts(body)
        n = body.get("n", 1)
        self.drafts = [
            faults.drafted(fault, _draft(given, body, index * n + number))
            for index, given in enumerate(self.prompts)
            for number in range(n)
        ]

    async def whole(self, clock: Pace) -> AsyncGenerator[bytes]:
        await clock.wait(WHOLE)
        choices = [
            self._choice(index, draft.text or "", draft.finish, tokens.split(draft.text or ""), 0)
            for index, draft in enumerate(self.drafts)
        ]
        yield wire.encode({**self._frame(), "choices": choices, "usage": self._usage()})

    async def events(self, clock: Pace) -> AsyncGenerator[bytes]:
        await clock.wait(FIRST_TOKEN)
        beat = clock.beat()
        for one_each in zip_longest(*map(self._chunks, range(len(self.drafts)))):
            yield b"".join(event({**self._frame(), "choices": [choice]}) for choice in one_each if choice)
            await beat.wait()
        if self.body.get("stream_options", {}).get("include_usage"):
            yield event({**self._frame(), "choices": [], "usage": self._usage()})
        yield DONE

    def _chunks(self, index: int) -> Iterator[Plain]:
        draft, offset = self.drafts[index], 0
        for piece in tokens.split(draft.text or ""):
            yield self._choice(index, piece, None, [piece], offset)
            offset += len(piece)
        yield self._choice(index, "", draft.finish, [], offset)

    def _choice(self, index: int, said: str, finish: str | None, pieces: list[str], offset: int) -> Plain:
        logprobs = self._logprobs(pieces, offset) if "logprobs" in self.body else None
        return {"text": said, "index": index, "logprobs": logprobs, "finish_reason": finish}

    def _logprobs(self, pieces: list[str], offset: int) -> Plain:
        """Made up, but such as probabilities can be."""
        likely = [0.5 + (len(piece) * 37 % 50) / 100 for piece in pieces]
        found = [round(math.log(each), 6) for each in likely]
        count = self.body["logprobs"]
        top = [
            {piece + "·" * rank: round(logprob - rank, 6) for rank in range(count)}
            for piece, logprob in zip(pieces, found, strict=True)
        ]
        offsets = [offset + sum(map(len, pieces[:number])) for number in range(len(pieces))]
        return {"tokens": pieces, "token_logprobs": found, "top_logprobs": top, "text_offset": offsets}

    def _frame(self) -> Plain:
        return {
            "id": self.id,
            "object": "text_completion",
            "created": self.created,
            "model": self.body["model"],
            "system_fingerprint": FINGERPRINT,
        }

    def _usage(self) -> Plain:
        asked = sum(tokens.count(each) for each in self.prompts)
        written = sum(draft.tokens for draft in self.drafts)
        return {"prompt_tokens": asked, "completion_tokens": written, "total_tokens": asked + written}


def _draft(given: str, body: dict[str, Any], index: int) -> Draft:
    """One continuation, cut before the first stop sequence, then at the limit."""
    seed = body.get("seed", 0 if body.get("temperature") == 0 else None)
    chance = random.Random(None if seed is None else f"{seed}/{index}")  # noqa: S311  # nothing secret here
    said = f" … goes on the sandbox, which has no model behind it. {_tale(chance)}"
    if suffix := body.get("suffix"):
        said += f" And then, as asked: {suffix}"
    stops = body.get("stop", [])
    found = [at for stop in ([stops] if isinstance(stops, str) else stops) if stop and (at := said.find(stop)) >= 0]
    finish, pieces = "stop", tokens.split(said[: min(found)] if found else said)
    limit = body.get("max_tokens", LIMIT)
    if len(pieces) > limit:
        finish, pieces = "length", pieces[:limit]
    return Draft(text=(given if body.get("echo") else "") + "".join(pieces), finish=finish)


def _tale(chance: random.Random) -> str:
    """A paragraph out of the long text, without its headings."""
    paragraphs = [each for each in prose.write(chance, words=150).split("\n\n") if not each.startswith("#")]
    return " ".join(paragraphs).strip()


def _prompts(body: dict[str, Any]) -> list[str]:
    """The prompts as texts; tokens stand for what nobody can read here."""
    given = body["prompt"]
    if isinstance(given, str):
        return [given]
    if all(isinstance(item, int) for item in given):
        return [f"[{len(given)} tokens]"]
    return [item if isinstance(item, str) else f"[{len(item)} tokens]" for item in given]
