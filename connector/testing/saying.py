"""A text as the answer of the operation that was asked, whole or as a stream."""

import math

from connector.sandbox.replies import tokens
from connector.sandbox.replies.delivery import Delivery
from connector.sandbox.replies.drafts import Draft
from connector.sandbox.replies.pace import Pace
from connector.sandbox.replies.questions import Question
from connector.sandbox.replies.responding import events as responding
from connector.sandbox.replies.responding import reading
from connector.testing.answers import Answer, Sent, events

AT_ONCE = Pace(math.inf)
PLAIN = ("text", "srt", "vtt")  # formats of a transcript that are no JSON


async def say(text: str, sent: Sent) -> Answer:
    """`text` as a provider would say it in answer to `sent`; raises `TypeError` for an operation without texts."""
    path = sent.path.rstrip("/")
    if path.endswith("/chat/completions"):
        return _chat(text, sent)
    if path.endswith("/completions"):
        return _completion(text, sent)
    if path.endswith("/responses"):
        return await _response(text, sent)
    if path.endswith(("/audio/transcriptions", "/audio/translations")):
        return _transcript(text, sent)
    raise TypeError(f"{sent.method} {sent.path} is not answered with a text: record a dict, bytes or an Answer.")


def _chat(text: str, sent: Sent) -> Answer:
    question = Question(sent.json.get("model", ""), sent.json)
    delivery = Delivery(question, [Draft(text=text)] * question.n)
    if not question.streamed:
        return Answer(body=delivery.whole())
    return events(chunk for chunks in delivery.rounds() for chunk in chunks)


def _completion(text: str, sent: Sent) -> Answer:
    ended = {"index": 0, "logprobs": None, "finish_reason": "stop"}
    frame = {"id": "cmpl-recorded", "object": "text_completion", "created": 1, "model": sent.json.get("model", "")}
    if not sent.is_streamed:
        return Answer(body={**frame, "choices": [{"text": text, **ended}]})
    pieces = [{"text": piece, "index": 0, "logprobs": None, "finish_reason": None} for piece in tokens.split(text)]
    return events({**frame, "choices": [choice]} for choice in (*pieces, {"text": "", **ended}))


async def _response(text: str, sent: Sent) -> Answer:
    body = {"model": "", **sent.json}
    answer = responding.Answer(body, reading.question(body, []), Draft(text=text))
    pieces = answer.events(AT_ONCE, 0) if sent.is_streamed else answer.whole(AT_ONCE, 0)
    kind = "text/event-stream" if sent.is_streamed else "application/json"
    return Answer(body=b"".join([piece async for piece in pieces]), headers={"content-type": kind})


def _transcript(text: str, sent: Sent) -> Answer:
    if sent.is_streamed:
        kinds = [{"type": "transcript.text.delta", "delta": piece} for piece in tokens.split(text)]
        return events([*kinds, {"type": "transcript.text.done", "text": text}], done=False)
    if sent.form.get("response_format") in PLAIN:
        return Answer(body=text.encode(), headers={"content-type": "text/plain"})
    return Answer(body={"text": text})
