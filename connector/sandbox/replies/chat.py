"""`POST /chat/completions`."""

import math
from collections.abc import AsyncGenerator, Iterator
from typing import Any

from connector.client import wire
from connector.sandbox.replies import checks, delivery, drafts, faults, models, odd, problems
from connector.sandbox.replies.delivery import Delivery
from connector.sandbox.replies.pace import FIRST_TOKEN, HUMAN, WHOLE, Pace
from connector.sandbox.replies.questions import Question
from connector.sandbox.replies.reply import Asked, Reply

CONTEXT = 128_000  # tokens
THINKING = 200.0  # tokens per second at the human pace


async def reply(asked: Asked, *, deployment: str = "") -> Reply:
    """The answer to a request; `deployment` is the model where the path names it (Azure's dated versions).

    Raises `Problem` for what the API refuses, `Unreachable` and `Dropped` for connections that fail.
    """
    body = checks.read(asked.body)
    if deployment:
        body["model"] = deployment
    model = body.get("model", "") if isinstance(body.get("model"), str) else ""  # what it is instead is refused below
    if model and model not in models.SERVING["chat_completions"]:
        raise problems.no_model(asked, model)
    clock = asked.pace or Pace(math.inf if model == "sandbox-fast" else HUMAN)
    instead = await faults.before(model, asked, body, clock)
    if instead:
        return instead
    question = _understand(body)
    sent = Delivery(question, [faults.drafted(model, drafts.write(question, index)) for index in range(question.n)])
    size = sent.usage().prompt_tokens
    if size > CONTEXT:
        raise faults.too_long(CONTEXT, size)
    pieces = _events(sent, clock, azure=asked.azure) if question.streamed else _whole(sent, clock)
    pieces = faults.delivered(model, pieces, streamed=question.streamed, clock=clock)
    if not question.streamed:
        return Reply(200, {"content-type": "application/json"}, pieces)
    content_type = odd.CONTENT_TYPE if model == "sandbox-odd" else "text/event-stream; charset=utf-8"
    return Reply(200, {"content-type": content_type, "cache-control": "no-cache", "x-accel-buffering": "no"}, pieces)


def _understand(body: dict[str, Any]) -> Question:
    checks.check(body)
    if body["model"] == "sandbox-reasoning":
        checks.reasoning(body)
    return Question(body["model"], body)


async def _whole(sent: Delivery, clock: Pace) -> AsyncGenerator[bytes]:
    await clock.wait(WHOLE + _thinking(sent))
    answer = sent.whole()
    yield wire.encode(odd.whole(answer) if sent.question.model == "sandbox-odd" else answer)


async def _events(sent: Delivery, clock: Pace, *, azure: bool) -> AsyncGenerator[bytes]:
    await clock.wait(FIRST_TOKEN + _thinking(sent))
    beat = clock.beat()
    rounds: Iterator[list[dict[str, Any]]] = sent.rounds()
    event = delivery.event
    is_odd = sent.question.model == "sandbox-odd"
    if is_odd:
        rounds, event = odd.rounds(rounds), odd.event
    elif azure:
        yield event(odd.PROMPT_FILTER)
    for chunks in rounds:
        yield b"".join(map(event, chunks))
        await beat.wait()
    if not is_odd:
        yield delivery.DONE


def _thinking(sent: Delivery) -> float:
    """Seconds of the human pace before the first word."""
    return max(draft.reasoning_tokens for draft in sent.drafts) / THINKING
