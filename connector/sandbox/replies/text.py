"""What the sandbox says: that there is no model, what it understood, and what was asked to be shown."""

import json
import random
from typing import Any

from connector.sandbox.replies import samples
from connector.sandbox.replies.questions import Question, text_of

CELL = 200  # characters of a value in the table
MARKUP = "\\`*_{}<>#+-!|~$&"
BRACKETS = {"[": "&#91;", "]": "&#93;"}  # with a backslash before it a bracket begins a formula
QUOTED = 1500  # characters of the last message

_OPENINGS = (
    "**This is the sandbox: there is no model behind it.** It answers so that everything can be tried without a key.",
    "**No model is answering here; this is the sandbox.** What follows is what it understood of your request.",
    "**You are talking to the sandbox, which has no model behind it.** It can only show you what arrived.",
    "**There is no model behind this answer: it comes from the sandbox.** It repeats what it was given.",
)
_HINTS = (
    "Write one of these words to see how it is shown: {words}.",
    "Choose a model like `sandbox-429`, `sandbox-cut` or `sandbox-filter` to look at an error; the word *models* "
    "lists them all.",
    "A configuration with a key, made by an administrator, brings a real model here. Until then, try one of these "
    "words: {words}.",
)


def answer(question: Question, chance: random.Random, *, choice: int = 0) -> str:
    """The answer in Markdown; `choice` is its number when several were asked for."""
    if question.format["type"] == "json_object":
        return json.dumps(understood(question), ensure_ascii=False, indent=2)
    if question.begun:
        return "\n\n".join([_continuation(question), *samples.asked_for(_asked(question), chance)])
    parts = [chance.choice(_OPENINGS)]
    if question.n > 1:
        parts.append(f"*Choice {choice + 1} of {question.n}.*")
    parts += ["**What arrived**", _table(question)]
    if question.earlier:
        parts.append(_history(question))
    parts += [_last(question), *samples.asked_for(_asked(question), chance)]
    words = ", ".join(f"*{word}*" for word in (*samples.WORDS, "everything"))
    parts.append("---\n\n" + chance.choice(_HINTS).format(words=words))
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def understood(question: Question) -> dict[str, Any]:
    """The same as data, for an answer in JSON."""
    return {
        "sandbox": True,
        "note": "There is no model behind this answer.",
        "model": question.model,
        "system_prompt": question.system or None,
        "parameters": question.parameters,
        "earlier_messages": len(question.earlier),
        "last_message": text_of(question.last)[:QUOTED],
    }


def _asked(question: Question) -> str:
    """Where words are looked for: what a person wrote, not what a tool sent back."""
    return text_of(question.last) if question.last["role"] == "user" else ""


def _table(question: Question) -> str:
    rows = [("Model", f"`{question.model}`"), ("System prompt", _cell(question.system) or "none")]
    rows += [(f"`{name}`", _value(value)) for name, value in question.parameters.items()]
    rows.append(("Earlier messages", str(len(question.earlier))))
    return "| What | Value |\n|---|---|\n" + "\n".join(f"| {name} | {value} |" for name, value in rows)


def _value(value: Any) -> str:
    """A value as JSON; in a code span, which needs more backticks than are in it."""
    text = _cut(json.dumps(value, ensure_ascii=False), CELL).replace("|", "\\|")
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def _cell(text: str) -> str:
    """Text for a table: on one line, and nothing in it is taken for Markdown."""
    text = _cut(" ".join(text.split()), CELL)
    return "".join(BRACKETS.get(char) or (f"\\{char}" if char in MARKUP else char) for char in text)


def _history(question: Question) -> str:
    asked = [text_of(message) for message in question.earlier if message["role"] == "user"]
    answered = sum(message["role"] == "assistant" for message in question.earlier)
    said = [f"You asked before: “{_cell(text)}”" for text in asked[-3:]]
    if len(asked) > 3:
        said.insert(0, f"*{len(asked) - 3} older questions are not repeated here.*")
    said.append(f"Answers of mine that came back with your message: {answered}.")
    return "\n\n".join(said)


def _last(question: Question) -> str:
    text = text_of(question.last)
    if question.last["role"] in ("tool", "function"):
        heading = "The tool answered:"
    elif question.last["role"] == "user":
        heading = f"Your message, {len(text)} characters:"
    else:
        heading = "There is no message besides the system prompt, which says:"
    return f"{heading}\n\n" + "\n".join(f"> {line}" for line in _cut(text, QUOTED).split("\n"))


def _continuation(question: Question) -> str:
    end = " ".join(question.begun.split())[-60:]
    return (
        f" … and so it goes on. The part before has {len(question.begun)} characters and ends with “{_cell(end)}”. "
        "A real model would now finish its thought; the sandbox, having none, only shows that the part arrived, and "
        "ends here.\n"
    )


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]} … ({len(text)} characters)"
