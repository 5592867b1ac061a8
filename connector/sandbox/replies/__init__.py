"""What the sandbox answers, whichever door the question came through. Knows neither Django nor a network.

asked ── route ── chat ── checks      is the request right (parameters, values), in the API's words (problems)
                   │  ── questions   what was understood of it
                   │  ── drafts      what is to be said (text, samples, prose, schemas)
                   │  ── delivery    in the API's shape, on the operations' own wire types
                   │  ── faults, odd how the misbehaving models misbehave
                   ├─ pictures, vectors, moderation, completions, responding, speech, listening: the other operations,
                   │  each with its own checks
                   └─ models         the list of models
"""

import re
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import replace

from connector.sandbox.replies import (
    chat,
    completions,
    listening,
    models,
    moderation,
    pictures,
    problems,
    responding,
    speech,
    vectors,
)
from connector.sandbox.replies import pace as paces
from connector.sandbox.replies.problems import Problem
from connector.sandbox.replies.reply import Asked, Dropped, Reply, Unreachable

__all__ = ["Asked", "Dropped", "Problem", "Reply", "Unreachable", "is_open", "reply"]

# /v1/…, /openai/v1/… and, with a version in the query, /openai/… and /openai/deployments/{deployment}/…
_PATH = re.compile(r"(?:/v1|(?P<azure>/openai)(?P<v1>/v1)?(?:/deployments/(?P<deployment>[^/]+))?)/(?P<what>.+)")
_MODEL = re.compile(r"models(?:/(?P<model>.+))?")

type Answering = Callable[..., Awaitable[Reply]]  # (asked, *, deployment)

OPERATIONS: dict[str, Answering] = {
    "audio/speech": speech.reply,
    "audio/transcriptions": listening.transcribe,
    "audio/translations": listening.translate,
    "chat/completions": chat.reply,
    "completions": completions.reply,
    "embeddings": vectors.reply,
    "images/edits": pictures.edits,
    "images/generations": pictures.generations,
    "images/variations": pictures.variations,
    "moderations": moderation.reply,
    "responses": responding.reply,
}
OUTSIDE = {"responses", "moderations"}  # what Azure's dated versions do not put into a deployment


async def reply(asked: Asked) -> Reply:
    """The reply to a request, with the headers every reply has. Raises `Unreachable` and `Dropped` only."""
    if asked.pace is None and (pace := asked.headers.get("x-sandbox-pace")):
        asked = replace(asked, pace=paces.parse(pace))
    try:
        found = await _route(asked)
    except Problem as problem:
        found = problem.reply()
    return Reply(found.status, _headers(asked, found) | found.headers, found.body)


async def _route(asked: Asked) -> Reply:
    path = _PATH.fullmatch(asked.path)
    if not path or (path["azure"] and not path["v1"] and "api-version" not in asked.query):
        raise problems.no_path(asked)
    if operation := OPERATIONS.get(path["what"]):
        _only(asked, "POST")
        in_deployment = path["azure"] and not path["v1"] and path["what"] not in OUTSIDE
        if bool(in_deployment) != bool(path["deployment"]):
            raise problems.no_path(asked)
        return await operation(asked, deployment=path["deployment"] or "")
    if (listed := _MODEL.fullmatch(path["what"])) and not path["deployment"]:
        _only(asked, "GET")
        return models.reply(asked, listed["model"] or "")
    if is_open(asked):
        _only(asked, "GET")
        return await pictures.serve(asked, path["what"])
    raise problems.no_path(asked)


def is_open(asked: Asked) -> bool:
    """Whether it is answered without a key: pictures behind their address."""
    return asked.path.startswith("/v1/images/files/")


def _only(asked: Asked, method: str) -> None:
    if asked.method != method:
        raise problems.wrong_method(asked, method)


def _headers(asked: Asked, found: Reply) -> dict[str, str]:
    request_id = uuid.uuid4().hex
    headers = {"x-request-id": f"req_{request_id}", "openai-version": "2020-10-01", "openai-organization": "sandbox"}
    if asked.azure:
        headers |= {"apim-request-id": str(uuid.UUID(request_id)), "x-ms-region": "Nowhere"}
    if asked.method == "POST":
        headers |= {
            "openai-processing-ms": "21",
            "x-ratelimit-limit-requests": "10000",
            "x-ratelimit-limit-tokens": "2000000",
            "x-ratelimit-remaining-requests": "0" if found.status == 429 else "9999",
            "x-ratelimit-remaining-tokens": "1999000",
            "x-ratelimit-reset-requests": found.headers.get("retry-after", "") + "s" if found.status == 429 else "6ms",
            "x-ratelimit-reset-tokens": "30ms",
        }
    return headers
