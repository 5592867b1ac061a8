"""`POST /moderations`: flags a few words, so that both outcomes can be seen. It judges nothing."""

import re
import uuid
from typing import Any

from connector.client import wire
from connector.sandbox.replies import checks, models, problems
from connector.sandbox.replies.problems import Problem, missing
from connector.sandbox.replies.reply import Asked, Reply
from connector.sandbox.replies.values import an_object, text, wrong_type

WORDS = {
    "harassment": r"idiot|stupid",
    "harassment/threatening": r"i will find you",
    "hate": r"hate (them|those people)",
    "hate/threatening": r"hate them and will hurt",
    "illicit": r"shoplift|pick a lock",
    "illicit/violent": r"build a bomb",
    "self-harm": r"hurt myself",
    "self-harm/intent": r"i (want|am going) to hurt myself",
    "self-harm/instructions": r"how to hurt myself",
    "sexual": r"nude|naked",
    "sexual/minors": r"$^",
    "violence": r"kill|stab|shoot",
    "violence/graphic": r"blood everywhere",
}
SEES = {"self-harm", "self-harm/intent", "self-harm/instructions", "sexual", "violence", "violence/graphic"}


async def reply(asked: Asked, *, deployment: str = "") -> Reply:
    """One result for each text; parts belong together and have one. Raises `Problem` for what the API refuses."""
    body = checks.read(asked.body)
    if "input" not in body:
        raise missing("input")
    for name in body.keys() - {"input", "model"}:
        raise Problem(f"Unknown parameter: '{name}'.", param=name, code="unknown_parameter")
    model = body.get("model", "sandbox-moderation")
    if not isinstance(model, str) or model not in models.MODERATIONS:
        raise problems.no_model(asked, str(model))
    answer = {
        "id": f"modr-{uuid.uuid4().hex}",
        "model": model,
        "results": [_result(words, has_picture) for words, has_picture in _inputs(body["input"])],
    }
    return Reply(200, {"content-type": "application/json"}, wire.encode(answer))


def _inputs(given: Any) -> list[tuple[str, bool]]:
    """Texts, and whether a picture comes with them."""
    if isinstance(given, str):
        return [(given, False)]
    if not isinstance(given, list):
        raise wrong_type("input", "a string", given)
    if not given:
        raise Problem("Invalid 'input': empty array.", param="input", code="empty_array")
    if all(isinstance(each, str) for each in given):
        return [(each, False) for each in given]
    said, has_picture = [], False
    for index, part in enumerate(given):
        name = f"input[{index}]"
        an_object(name, part)
        if part.get("type") == "text":
            text()(f"{name}.text", part.get("text"))
            said.append(part["text"])
        elif part.get("type") == "image_url":
            an_object(f"{name}.image_url", part.get("image_url"))
            text()(f"{name}.image_url.url", part["image_url"].get("url"))
            has_picture = True
        else:
            raise Problem(f"Invalid value for '{name}.type'.", param=f"{name}.type", code="invalid_value")
    return [("\n".join(said), has_picture)]


def _result(words: str, has_picture: bool) -> dict[str, Any]:
    found = {name: bool(re.search(pattern, words, re.IGNORECASE)) for name, pattern in WORDS.items()}
    return {
        "flagged": any(found.values()),
        "categories": found,
        "category_scores": {name: 0.97 if flagged else 0.0001 for name, flagged in found.items()},
        "category_applied_input_types": {
            name: (["text"] if words else []) + (["image"] if has_picture and name in SEES else []) for name in WORDS
        },
    }
