"""What is to be said, before it is known in which shape it travels: one `Draft` per choice."""

import json
import random
from dataclasses import dataclass, replace
from typing import Any

from connector.sandbox.replies import schemas, text, tokens
from connector.sandbox.replies.questions import Question

# tokens spent before the first word; the default effort is medium
REASONING = {"none": 0, "minimal": 16, "low": 64, "medium": 192, "high": 512, "xhigh": 1024, "max": 2048}

_WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]},
    },
}


@dataclass(frozen=True, slots=True)
class Call:
    """A tool that is to be called; `kind` is `function`, `custom`, or `legacy` for the older `functions`."""

    id: str
    name: str
    input: str
    kind: str = "function"


@dataclass(frozen=True, slots=True)
class Draft:
    text: str | None = None
    refusal: str | None = None
    calls: tuple[Call, ...] = ()
    finish: str = "stop"
    reasoning_tokens: int = 0

    @property
    def tokens(self) -> int:
        said = (self.text or "", self.refusal or "", *(call.name + call.input for call in self.calls))
        return self.reasoning_tokens + sum(map(tokens.count, said))


def write(question: Question, index: int) -> Draft:
    """Choice `index` of the answer, with its stop sequences and token limit kept."""
    chance = question.chance(index)
    calls = _calls(question, chance)
    reasoning = 0
    if question.model == "sandbox-reasoning":
        reasoning = REASONING[question.body.get("reasoning_effort", "medium")]
    if calls:
        finish = "function_call" if calls[0].kind == "legacy" else "tool_calls"
        return Draft(calls=calls, finish=finish, reasoning_tokens=reasoning)
    if question.format["type"] == "json_schema":
        given = question.format["json_schema"]
        made = schemas.instance(given.get("schema", {"type": "object"}), name=given["name"])
        said = json.dumps(made, ensure_ascii=False, indent=2)
    else:
        said = text.answer(question, chance, choice=index)
    return _ended(Draft(text=said, reasoning_tokens=reasoning), question)


def _ended(draft: Draft, question: Question) -> Draft:
    """Cut before the first stop sequence, then at the limit, which counts the reasoning too."""
    said = draft.text or ""
    found = [place for stop in question.stops if stop and (place := said.find(stop)) >= 0]
    if found:
        said = said[: min(found)]
    if question.limit is None or draft.reasoning_tokens + tokens.count(said) <= question.limit:
        return replace(draft, text=said)
    reasoning = min(draft.reasoning_tokens, question.limit)
    kept = tokens.split(said)[: question.limit - reasoning]
    return replace(draft, text="".join(kept), reasoning_tokens=reasoning, finish="length")


def _calls(question: Question, chance: random.Random) -> tuple[Call, ...]:
    """The tools to be called: one of those offered, unless the last message is the result of one."""
    always = question.model == "sandbox-tools"
    if question.last["role"] in ("tool", "function"):
        return ()
    if question.body.get("functions") and not always:
        return _legacy(question, chance)
    offered = question.body.get("tools") or ([_WEATHER] if always else [])
    wanted = question.body.get("tool_choice", "auto")
    if not offered or wanted == "none":
        return ()
    if isinstance(wanted, dict):
        inner = wanted[wanted["type"]]
        tools = inner["tools"] if wanted["type"] == "allowed_tools" else [wanted]
        names = [tool[tool["type"]]["name"] for tool in tools]
        offered = [tool for tool in offered if tool[tool["type"]]["name"] in names] or offered
    count = 2 if always and question.body.get("parallel_tool_calls", True) else 1
    chosen = [offered[number % len(offered)] for number in range(count)]
    return tuple(_call(tool["type"], tool[tool["type"]], question, chance) for tool in chosen)


def _legacy(question: Question, chance: random.Random) -> tuple[Call, ...]:
    wanted = question.body.get("function_call", "auto")
    functions = question.body["functions"]
    if wanted == "none":
        return ()
    if isinstance(wanted, dict):
        functions = [each for each in functions if each["name"] == wanted.get("name")] or functions
    return (_call("legacy", functions[0], question, chance),)


def _call(kind: str, definition: dict[str, Any], question: Question, chance: random.Random) -> Call:
    name = definition["name"]
    if kind == "custom":
        given = "the input that the sandbox made up"
    else:
        given = json.dumps(schemas.instance(definition.get("parameters", {"type": "object"})), ensure_ascii=False)
    return Call(f"call_{chance.getrandbits(96):024x}", name, given, kind)
