"""Prompts as the page shows them: each with what was asked, its answers, and the results that tools gave.

A page of them takes five queries, however long the answers are; the next page goes on after the last one (a key).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.template.loader import render_to_string

from connector.models import ChatCompletionsMessage, ChatCompletionsSession, Run, StoredFile, prompting
from playground import endings
from playground.chat import facts
from playground.chat.exchange import Answer
from playground.markdown import kept
from playground.requests import jsontext

AT_ONCE = 8
TEMPLATE = "playground/prompt/page.html"
ASSISTANT = ChatCompletionsMessage.Role.ASSISTANT


@dataclass(frozen=True, slots=True)
class Item:
    """One answer: what `playground/chat/session.html` calls an item, for the parts that are drawn as there."""

    run: Run
    answers: list[Answer]
    is_last: bool

    @property
    def message(self) -> ChatCompletionsMessage:
        return self.answers[0].message

    @property
    def about(self) -> list[tuple[str, str]]:
        return facts.about(self.run, self.message)

    @property
    def calls(self) -> "list[Asked]":
        """What the answer asks for, when it is for a person to say what came of it."""
        is_over = self.run.state == Run.State.DONE
        return calls_of(self.message) if self.is_last and is_over else []


@dataclass(frozen=True, slots=True)
class Asked:
    """One call that an answer asks for, and what somebody typed as its result so far."""

    id: str
    name: str
    given: str  # its arguments
    typed: str = ""


def calls_of(answer: ChatCompletionsMessage, typed: Mapping[str, str] | None = None) -> list[Asked]:
    calls = prompting.calls_of(answer)
    return [Asked(call["id"], call["name"], call["given"], (typed or {}).get(call["id"], "")) for call in calls]


@dataclass(frozen=True, slots=True)
class Result:
    """What a tool gave, as a person said."""

    message: ChatCompletionsMessage
    name: str


@dataclass(frozen=True, slots=True)
class Card:
    session: ChatCompletionsSession
    question: str
    steps: "list[Item | Result]"
    files: list[StoredFile]

    @property
    def first(self) -> Run | None:
        return next((step.run for step in self.steps if isinstance(step, Item)), None)

    @property
    def is_going(self) -> bool:
        return any(isinstance(step, Item) and step.run.is_going for step in self.steps)


@dataclass(frozen=True, slots=True)
class Page:
    cards: list[Card]
    after: int | None  # the key of the next page; None at the end

    @property
    def is_going(self) -> bool:
        return any(card.is_going for card in self.cards)


def page(user: User, after: int | None = None) -> Page:
    """The newest prompts of `user`, or those before the prompt `after`."""
    theirs = ChatCompletionsSession.objects.for_user(user).prompts().select_related("configuration").order_by("-pk")
    found = list((theirs.filter(pk__lt=after) if after else theirs)[: AT_ONCE + 1])
    shown = found[:AT_ONCE]
    return Page(_cards(shown), shown[-1].pk if len(found) > AT_ONCE else None)


def card(session: ChatCompletionsSession) -> Card:
    return _cards([session])[0]


@endings.register(Run.Kind.PROMPT)
def run_fragment(run: Run, user: User) -> str:
    """The element `#run-<pk>` as it is now; nothing when its answers are gone."""
    session = run.session
    found = card(session) if session and not session.deleted else None
    item = (
        next((step for step in found.steps if isinstance(step, Item) and step.run.pk == run.pk), None)
        if found
        else None
    )
    context = {"card": found, "item": item, "run": run, "user": user}
    return render_to_string(f"{TEMPLATE}#run", context) if item else ""


def _cards(sessions: Sequence[ChatCompletionsSession]) -> list[Card]:
    """Runs of dead processes are marked on the way."""
    messages = _messages(sessions)
    going = {message.run.pk for message in messages if message.run and message.run.is_going}
    if going and Run.objects.filter(pk__in=going).interrupt_dead():
        messages = _messages(sessions)
    paths = {session.pk: session.path_of([m for m in messages if m.session_id == session.pk]) for session in sessions}
    answers = _rendered(message for path in paths.values() for message in path if message.role == ASSISTANT)
    files = _files(messages)
    return [_card(session, paths[session.pk], answers, files) for session in sessions]


def _messages(sessions: Iterable[ChatCompletionsSession]) -> list[ChatCompletionsMessage]:
    rows = ChatCompletionsMessage.objects.filter(session__in=[session.pk for session in sessions])
    return list(rows.select_related("run__configuration"))


def _rendered(messages: Iterable[ChatCompletionsMessage]) -> dict[int, Answer]:
    """By their pk the answers, and the other choices of their runs."""
    found = [choice for message in messages for choice in message.choices]
    said = {message.pk: _as_code(message.content) for message in found}
    html = kept.rendered([text for m in found for text in (said[m.pk], m.reasoning) if text])
    return {m.pk: Answer(m, html.get(said[m.pk], ""), html.get(m.reasoning, "")) for m in found}


def _as_code(answer: str) -> str:
    """An answer that is all JSON as a block of code: as Markdown it would lose its lines' indents."""
    if not answer.lstrip().startswith(("{", "[")) or jsontext.problem(answer):
        return answer
    return f"```json\n{jsontext.laid_out(answer)}\n```"


def _files(messages: Iterable[ChatCompletionsMessage]) -> dict[int, StoredFile]:
    wanted = {given["id"] for message in messages if message.run for given in message.run.inputs}
    return StoredFile.objects.in_bulk(wanted) if wanted else {}


def _card(
    session: ChatCompletionsSession,
    path: Sequence[ChatCompletionsMessage],
    answers: dict[int, Answer],
    files: dict[int, StoredFile],
) -> Card:
    steps: list[Item | Result] = []
    names: dict[str, str] = {}  # of the tools, by the ids of their calls
    for message in path:
        if message.role == ASSISTANT and message.run:
            names |= {call["id"]: call["name"] for call in prompting.calls_of(message)}
            shown = [answers[choice.pk] for choice in message.choices]
            steps.append(Item(message.run, shown, is_last=message is path[-1]))
        elif message.role == "tool":
            steps.append(Result(message, names.get(message.tool_call_id, "")))
    last = path[-1].run if path else None
    return Card(
        session=session,
        question=next((message.content for message in path if message.role == "user"), ""),
        steps=steps,
        files=[files[given["id"]] for given in (last.inputs if last else []) if given["id"] in files],
    )
