"""`POST /embeddings`: honest vectors. Equal texts have equal ones, similar texts near ones; no meaning is in them.

Pieces of a text (words, and runs of three characters) are each thrown onto a few places of the vector with a sign, by
their hash; the more two texts share, the more their vectors point the same way.
"""

import asyncio
import math
import re
import zlib
from array import array
from collections import Counter
from collections.abc import Iterator
from typing import Any

from connector.client import wire
from connector.operations import embeddings
from connector.sandbox.replies import checks, models, problems, tokens
from connector.sandbox.replies.pace import HUMAN, Pace
from connector.sandbox.replies.problems import Problem, missing
from connector.sandbox.replies.reply import Asked, Reply
from connector.sandbox.replies.values import Check, choice, integer, text, wrong_type

USUAL = 1536  # numbers in a vector
MOST = 8192  # numbers that may be asked for
PLACES = 12  # of the vector that one piece of text touches
LONGEST, TOGETHER, TEXTS = 8192, 300_000, 2048  # tokens of a text, of all; texts (OpenAI API reference, embeddings)
ADA = "sandbox-embedding-ada"
TIME = 0.1  # seconds at the human pace

_WORD = re.compile(r"\w+")

PARAMETERS: dict[str, Check] = {
    "model": text(),
    "input": lambda name, value: None,  # looked at below
    "dimensions": integer(1, MOST),
    "encoding_format": choice("float", "base64"),
    "user": text(),
}


async def reply(asked: Asked, *, deployment: str = "") -> Reply:
    """The vectors of a text, of several, or of tokens. Raises `Problem` for what the API refuses."""
    body = checks.read(asked.body)
    body["model"] = model = deployment or body.get("model", "")
    _check(asked, body)
    inputs = _inputs(body["input"])
    counts = [len(each) if isinstance(each, list) else tokens.count(each) for each in inputs]
    _measure(counts)
    dimensions = body.get("dimensions", USUAL)
    vectors = await asyncio.to_thread(lambda: [vector(_text(each), dimensions) for each in inputs])
    await (asked.pace or Pace(HUMAN)).wait(TIME)
    pack = embeddings.packed if body.get("encoding_format") == "base64" else list
    answer = {
        "object": "list",
        "data": [
            {"object": "embedding", "index": index, "embedding": pack(each)} for index, each in enumerate(vectors)
        ],
        "model": model,
        "usage": {"prompt_tokens": sum(counts), "total_tokens": sum(counts)},
    }
    return Reply(200, {"content-type": "application/json"}, wire.encode(answer))


def vector(text: str, dimensions: int) -> list[float]:
    """Of length 1, in numbers that a float32 holds exactly."""
    found = [0.0] * dimensions
    for piece, times in Counter(_pieces(text)).items():
        weight = 1 + math.log(times)
        for place in range(PLACES):
            digest = zlib.crc32(f"{place}/{piece}".encode("utf-8", "replace"))
            found[digest % dimensions] += weight if digest & 0x80000000 else -weight
    length = math.sqrt(sum(number * number for number in found))
    if not length:  # everything took everything else away; there are few places
        found[0] = length = 1.0
    return array("f", [number / length for number in found]).tolist()


def _pieces(text: str) -> Iterator[str]:
    folded = " ".join(text.casefold().split())
    yield from _WORD.findall(folded)
    padded = f" {folded} "
    yield from (padded[start : start + 3] for start in range(len(padded) - 2))


def _check(asked: Asked, body: dict[str, Any]) -> None:
    if not body["model"]:
        raise Problem("you must provide a model parameter")
    if not isinstance(body["model"], str) or body["model"] not in models.EMBEDDINGS:
        raise problems.no_model(asked, str(body["model"]))
    if "input" not in body:
        raise missing("input")
    for name, value in body.items():
        if name not in PARAMETERS:
            raise Problem(f"Unknown parameter: '{name}'.", param=name, code="unknown_parameter")
        PARAMETERS[name](name, value)
    if body["model"] == ADA and "dimensions" in body:
        raise Problem("This model does not support specifying dimensions.", param="dimensions")


def _inputs(given: Any) -> list[str | list[int]]:
    if isinstance(given, str):
        found: list[Any] = [given]
    elif isinstance(given, list):
        found = [given] if given and all(map(_is_token, given)) else given
    else:
        raise wrong_type("input", "a string", given)
    if not found or not all(found):
        raise Problem("Input cannot be an empty string.", param="input", code="empty_string")
    if len(found) > TEXTS:
        raise Problem(
            f"Invalid 'input': array too long. Expected an array with maximum length {TEXTS}, "
            f"but got an array with length {len(found)} instead.",
            param="input",
            code="array_above_max_length",
        )
    for each in found:
        if not isinstance(each, str) and not (isinstance(each, list) and all(map(_is_token, each))):
            raise Problem("'$.input' is invalid. Please check the API reference.", param="input")
    return found


def _is_token(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _text(given: str | list[int]) -> str:
    return given if isinstance(given, str) else " ".join(map(str, given))


def _measure(counts: list[int]) -> None:
    if (longest := max(counts)) > LONGEST:
        raise Problem(
            f"This model's maximum context length is {LONGEST} tokens, however you requested {longest} tokens. "
            "Please reduce your prompt.",
            param="input",
            code="context_length_exceeded",
        )
    if sum(counts) > TOGETHER:
        raise Problem(
            f"Requested {sum(counts)} tokens, max {TOGETHER} tokens per request",
            param="input",
            code="max_tokens_per_request",
        )
