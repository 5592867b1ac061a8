"""One call as its page draws it: what was sent and what came, as far as it was kept and may be read."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.safestring import SafeString

from connector.models import Call, CallContent, ChatCompletionsSession, Run, Speech, Transcription
from playground.record import code, scope, waterfall
from playground.requests import headers, jsontext, tree

LONGEST = 100_000  # characters of a body that are shown
EVENTS, LAST_EVENTS = 200, 20  # of a stream that are shown: the first, and the last
LONGEST_EVENT = 4_000  # characters
ONE_LINE = 160
LONGEST_IN_CODE = 40_000  # bytes of a request that stands in five languages on the page


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a stream, or so many that were left out."""

    number: int = 0
    name: str = ""
    line: str = ""  # the beginning of its data
    data: str = ""
    left_out: int = 0


@dataclass(frozen=True)
class Body:
    """What was sent, or what came in one attempt."""

    facts: dict[str, Any]  # of `CallContent`

    @property
    def important(self) -> headers.Pairs:
        return headers.parted(self.facts.get("headers") or {})[0]

    @property
    def others(self) -> headers.Pairs:
        return headers.parted(self.facts.get("headers") or {})[1]

    @property
    def size(self) -> int:
        return int(self.facts.get("size") or 0)

    @property
    def parts(self) -> list[dict[str, Any]]:
        """Of a form."""
        form = self.facts.get("form")
        return form if isinstance(form, list) else []

    @cached_property
    def text(self) -> str:
        return str(self.facts.get("text") or "")

    @cached_property
    def shown(self) -> str:
        """The text, JSON with a line for each value, cut to what a page takes."""
        looks_like_json = self.text.lstrip()[:1] in ("{", "[")
        is_json = looks_like_json and len(self.text) <= jsontext.LONGEST_LAID_OUT and not jsontext.problem(self.text)
        return (jsontext.laid_out(self.text) if is_json else self.text)[:LONGEST]

    @property
    def is_cut(self) -> bool:
        return len(self.text) > LONGEST

    @cached_property
    def tree(self) -> SafeString:
        return tree.NOTHING if self.is_stream else tree.of(self.text.encode("utf-8", "replace"))

    @property
    def is_stream(self) -> bool:
        kind = str((self.facts.get("headers") or {}).get("content-type", ""))
        return kind.startswith("text/event-stream")

    @cached_property
    def _events(self) -> list[Event]:
        return list(events(self.text)) if self.is_stream else []

    @property
    def event_count(self) -> int:
        return len(self._events)

    @property
    def events(self) -> list[Event]:
        """The first and the last ones."""
        found = self._events
        over = len(found) - EVENTS - LAST_EVENTS
        if over <= 0:
            return found
        return [*found[:EVENTS], Event(left_out=over), *found[-LAST_EVENTS:]]

    @property
    def notes(self) -> list[str]:
        """What is not as it was, in sentences."""
        told = []
        if self.facts.get("masked"):
            told.append("Something that looked like a key was replaced.")
        if files := self.facts.get("files"):
            told.append(f"{files} file{'' if files == 1 else 's'} in it stand as type, size and SHA-256 only.")
        if cut := self.facts.get("cut"):
            told.append(f"{cut:,} bytes in the middle were not kept.")
        if self.facts.get("sha256"):
            kind = self.facts.get("media_type") or "no text"
            told.append(f"The body is {kind}, {self.size:,} bytes; of such only the SHA-256 is kept.")
        return told


@dataclass(frozen=True)
class Shown:
    """`content` is None where it was not kept, or is somebody else's."""

    call: Call
    is_own: bool
    content: CallContent | None

    @cached_property
    def request(self) -> Body | None:
        return Body(self.content.request) if self.content else None

    @cached_property
    def answers(self) -> list[Body]:
        """One for each attempt."""
        return [Body(answer) for answer in self.content.answers] if self.content else []

    @property
    def answer(self) -> Body | None:
        return self.answers[-1] if self.answers else None

    @property
    def earlier(self) -> Sequence[tuple[int, Body]]:
        """What came in the attempts before the last one."""
        return list(enumerate(self.answers[:-1], 1))

    @cached_property
    def waterfall(self) -> waterfall.Waterfall:
        return waterfall.of(self.call)

    @property
    def path(self) -> str:
        return path_of(self.call, is_own=self.is_own)

    @property
    def usage(self) -> list[tuple[str, Any]]:
        """Each number that was counted, with the way to it."""
        return list(_flat(self.call.usage))

    @property
    def why_no_code(self) -> str:
        """Empty where there is code."""
        return code.why_not(self.content)

    @property
    def code(self) -> list[tuple[str, str, str]]:
        """Kind, name and text of each language; without the text where the request is long."""
        if self.content is None or self.why_no_code:
            return []
        asked = code.of(self.call, self.content)
        is_short = int(self.content.request.get("size") or 0) <= LONGEST_IN_CODE
        return [(kind, name, write(asked) if is_short else "") for kind, (name, write) in code.KINDS.items()]

    @property
    def origin(self) -> str:
        """The page that the call came from; empty where there is none, or it is somebody else's."""
        return origin_of(self.call.run) if self.is_own and self.call.run else ""


def of(call: Call, user: User) -> Shown:
    is_own = scope.is_own(call, user)
    content = scope.told(CallContent.objects.filter(call=call).first()) if is_own else None
    return Shown(call, is_own, content)


def path_of(call: Call, *, is_own: bool) -> str:
    """Below the configuration's address; of somebody else's only as far as it is the operation's."""
    return call.path if is_own or call.operation != "raw" else ""


def origin_of(run: Run) -> str:
    """Where a run is shown, filled in with it where that is a form; empty when its page is gone."""
    match run.kind:
        case Run.Kind.CHAT | Run.Kind.PROMPT:
            return _of_session(run.session, run) if run.session and run.session.deleted is None else ""
        case Run.Kind.IMAGE:
            image = run.images.filter(deleted=None).first()
            return f"{reverse('playground:images')}?from={image.public_id}#run-{run.pk}" if image else ""
        case Run.Kind.SPEECH:
            speech = Speech.objects.filter(run=run, deleted=None).first()
            return reverse("playground:speech", args=[speech.pk]) if speech else ""
        case Run.Kind.TRANSCRIPTION:
            heard = Transcription.objects.filter(run=run, deleted=None).first()
            return reverse("playground:transcription", args=[heard.pk]) if heard else ""
        case Run.Kind.CALL if run.operation == "embeddings":
            return reverse("playground:embedding", args=[run.pk])
        case Run.Kind.CALL if run.operation == "raw":
            return f"{reverse('playground:request_new')}?run={run.pk}"
    return ""


def _of_session(session: ChatCompletionsSession, run: Run) -> str:
    match session.kind:
        case ChatCompletionsSession.Kind.PROMPT:
            page = f"{reverse('playground:prompt')}?from={session.pk}"
        case ChatCompletionsSession.Kind.COMPARISON:
            page = reverse("playground:comparison", args=[session.comparison_id])
        case _:
            page = reverse("playground:session", args=[session.pk])
    return f"{page}#run-{run.pk}"


def events(text: str) -> Iterator[Event]:
    """The events of a stream (WHATWG HTML, server-sent events): their names and data."""
    name, lines, number = "", [], 0
    for line in [*text.splitlines(), ""]:
        if line:
            field, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if field == "event":
                name = value
            elif field == "data":
                lines.append(value)
        elif lines:
            number += 1
            data = "\n".join(lines)
            yield Event(number, name[:100], data[:ONE_LINE], _readable(data))
            name, lines = "", []


def _readable(data: str) -> str:
    if len(data) > LONGEST_EVENT:
        return data[:LONGEST_EVENT] + "…"
    try:
        return json.dumps(json.loads(data), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return data


def _flat(usage: dict[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in usage.items():
        words = f"{before}{name.replace('_', ' ')}"
        if isinstance(value, dict):
            yield from _flat(value, f"{words}: ")
        else:
            yield words, value
