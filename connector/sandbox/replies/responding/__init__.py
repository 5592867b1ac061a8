"""`POST /responses`: the same answers as for a chat, as items, and as a stream of typed events.

checks.py    what the API refuses, in its words
reading.py   a request → the question that a chat would have asked
memory.py    responses that were stored, to be gone on from
events.py    an answer, item by item, in the official order
"""

from connector.sandbox.replies import checks as chat_checks
from connector.sandbox.replies import drafts, faults, opening
from connector.sandbox.replies.pace import FIRST_TOKEN, WHOLE
from connector.sandbox.replies.reply import Asked, Reply
from connector.sandbox.replies.responding import checks, events, memory, reading

THINKING = 200.0  # tokens per second at the human pace


async def reply(asked: Asked, *, deployment: str = "") -> Reply:
    """The answer to a request; raises as `chat.reply` does."""
    body = chat_checks.read(asked.body)
    clock, instead = await opening.begin(asked, body, "responses", deployment=deployment)
    if instead:
        return instead
    checks.check(body)
    before = memory.recall(body)
    question = reading.question(body, before)
    draft = faults.drafted(body["model"], drafts.write(question, 0))
    answer = events.Answer(body, question, draft)
    if body.get("store", True):
        memory.keep(answer.id, [*before, *reading.messages(body), *answer.messages()])
    thinking = draft.reasoning_tokens / THINKING
    if body.get("stream"):
        pieces = faults.delivered(
            body["model"], answer.events(clock, FIRST_TOKEN + thinking), streamed=True, clock=clock
        )
        return Reply(200, {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache"}, pieces)
    pieces = faults.delivered(body["model"], answer.whole(clock, WHOLE + thinking), streamed=False, clock=clock)
    return Reply(200, {"content-type": "application/json"}, pieces)
