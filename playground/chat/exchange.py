"""What a page shows of a conversation: the branch in view in exchanges, each run with its answers and versions.

Of a conversation of a thousand messages only the links are read, and its last forty exchanges as a whole.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User
from django.db.models import F
from django.template.loader import render_to_string

from connector.models import ChatCompletionsMessage, ChatCompletionsSession, Run
from connector.models.prepared import Prepared, given
from connector.models.run import Errand
from playground import endings
from playground.chat import facts
from playground.markdown import kept

AT_ONCE = 80  # messages: about forty exchanges
LINKS = ("parent_id", "session_id", "role", "run_id", "choice")  # of a message: all but its text
ASSISTANT = ChatCompletionsMessage.Role.ASSISTANT

_answers = Prepared(
    lambda: (
        ChatCompletionsMessage.objects.filter(run=given("run"))
        .annotate(leaf=F("session__leaf"))
        .order_by("choice", "pk")
    )
)
_first = Prepared(lambda: ChatCompletionsMessage.objects.filter(session=given("session"), parent=None).only(*LINKS))
_below = Prepared(lambda: ChatCompletionsMessage.objects.filter(parent=given("parent")).only(*LINKS))


@dataclass(frozen=True, slots=True)
class Answer:
    """A message with its text as HTML."""

    message: ChatCompletionsMessage
    html: str  # safe, or empty
    reasoning: str
    shown: bool = True  # on the branch in view; of several choices only one is

    @property
    def is_something(self) -> bool:
        """Whether the model said anything."""
        return bool(self.message.content or self.message.refusal or self.message.tool_calls)


@dataclass(frozen=True, slots=True)
class Leafing:
    """Where a message stands among its versions; `previous` and `next` are the messages to show instead."""

    place: int
    count: int
    previous: int | None
    next: int | None


@dataclass(frozen=True, slots=True)
class Item:
    """One thing in the conversation: somebody's message, or a run with its answers (`run` is None for the former)."""

    answers: list[Answer]
    leafing: Leafing
    run: Run | None = None
    is_last: bool = False

    @property
    def message(self) -> ChatCompletionsMessage:
        """The message on the branch in view."""
        return next((answer.message for answer in self.answers if answer.shown), self.answers[0].message)

    @property
    def about(self) -> list[tuple[str, str]]:
        return facts.about(self.run, self.message) if self.run else []


@dataclass(frozen=True, slots=True)
class Window:
    """A part of the conversation; `earlier` is the message before which there is more, `later`: more follows it."""

    items: list[Item] = field(default_factory=list)
    earlier: int | None = None
    later: bool = False

    @property
    def is_going(self) -> bool:
        return any(item.run is not None and item.run.is_going for item in self.items)


def window(session: ChatCompletionsSession, before: int | None = None) -> Window:
    """The last part of the branch in view, or the part that ends before the message `before`."""
    path = session.path_of(list(session.messages.only(*LINKS)))
    end = next((place for place, message in enumerate(path) if message.pk == before), len(path))
    start = max(0, end - AT_ONCE)
    while start > 0 and path[start].role == ASSISTANT:
        start -= 1  # an answer stays with its question
    shown = path[start:end]
    groups = [message.choices if message is path[-1] else [message] for message in shown]
    siblings = {choice.pk: message.siblings for message, group in zip(shown, groups, strict=True) for choice in group}
    whole = _whole(siblings)
    answers = {answer.message.pk: answer for answer in _rendered(whole.values(), path)}
    return Window(
        items=[
            _item(whole[message.pk], [answers[choice.pk] for choice in group], is_last=message is path[-1])
            for message, group in zip(shown, groups, strict=True)
        ],
        earlier=shown[0].pk if start > 0 else None,
        later=end < len(path),
    )


def _whole(siblings: Mapping[int, Sequence[ChatCompletionsMessage]]) -> dict[int, ChatCompletionsMessage]:
    """The messages whose `siblings` are given, with everything; a run of a dead process is marked on the way."""
    rows = ChatCompletionsMessage.objects.select_related("run__configuration")
    found = rows.in_bulk(siblings)
    going = [message.run.pk for message in found.values() if message.run and message.run.is_going]
    if going and Run.objects.filter(pk__in=going).interrupt_dead():
        found = rows.in_bulk(siblings)
    for pk, message in found.items():
        message.siblings = siblings[pk]
    return {pk: found[pk] for pk in siblings}


def of(asked: Errand) -> list[Item]:
    """What a question has just added to its session: itself and its run. One query: somebody waits for the first word.

    `asked`: the errand of a question that was made a moment ago.
    """
    question, answers = asked.question, asked.answers
    assert question is not None  # noqa: S101  # for the type checker: only a question comes here
    question.siblings = _siblings(question)
    item = _item(question, _rendered([question], [question]), is_last=False)
    return [item, _run_item(answers, siblings=answers, leaf=answers[0].pk)]


def item_of(run: Run) -> Item | None:
    """The run with its answers, as they are now, at the end of its conversation; None when they are gone."""
    answers: Any = _answers.all(run=run.pk)  # Any: messages with their session's `leaf`
    if not answers:
        return None
    for message in answers:
        message.run = run
    return _run_item(answers, _siblings(answers[0]), answers[0].leaf)


def items_of(runs: Sequence[Run]) -> dict[int, Item]:
    """By their pk the runs that have answers, each the only one of its session. One query."""
    answers: dict[int, list[ChatCompletionsMessage]] = {run.pk: [] for run in runs}
    by_pk = {run.pk: run for run in runs}
    for message in ChatCompletionsMessage.objects.filter(run__in=by_pk).order_by("choice", "pk"):
        message.run = run = by_pk[message.run_id or 0]
        answers[run.pk].append(message)
    return {pk: _run_item(found, siblings=found, leaf=found[0].pk) for pk, found in answers.items() if found}


def _siblings(message: ChatCompletionsMessage) -> list[ChatCompletionsMessage]:
    """Those with the same parent, `message` included, without their texts."""
    if message.parent_id is None:
        return _first.all(session=message.session_id)
    return _below.all(parent=message.parent_id)


def _run_item(answers: list[ChatCompletionsMessage], siblings: list[ChatCompletionsMessage], leaf: int | None) -> Item:
    for message in answers:
        message.siblings = siblings
    shown = next((message for message in answers if message.pk == leaf), answers[0])
    return _item(shown, _rendered(answers, [shown]), is_last=True)


@endings.register(Run.Kind.CHAT)
def run_fragment(run: Run, user: User) -> str:
    """The element `#run-<pk>` as it is now: what the last frame of a stream puts in the place of the growing one."""
    item = item_of(run)
    if item is None:
        return ""
    return render_to_string("playground/chat/session.html#run", {"item": item, "run": item.run, "user": user})


def _item(message: ChatCompletionsMessage, answers: list[Answer], is_last: bool) -> Item:
    return Item(
        answers=answers,
        leafing=_leafing(message),
        run=message.run if message.role == ASSISTANT else None,
        is_last=is_last,
    )


def _leafing(message: ChatCompletionsMessage) -> Leafing:
    versions = [other.pk for other in message.versions if other.role == message.role]
    place = versions.index(message.pk)
    return Leafing(
        place=place + 1,
        count=len(versions),
        previous=versions[place - 1] if place > 0 else None,
        next=versions[place + 1] if place + 1 < len(versions) else None,
    )


def _rendered(messages: Iterable[ChatCompletionsMessage], path: list[ChatCompletionsMessage]) -> list[Answer]:
    """Answers as HTML. People's own words are shown as they were typed, so they need no rendering."""
    messages, on_path = list(messages), {message.pk for message in path}
    texts = [text for m in messages if m.role == ASSISTANT for text in (m.content, m.reasoning) if text]
    html = kept.rendered(texts)
    return [Answer(m, html.get(m.content, ""), html.get(m.reasoning, ""), shown=m.pk in on_path) for m in messages]
