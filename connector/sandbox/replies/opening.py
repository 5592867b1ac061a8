"""How every request for one of the sandbox's models begins: is there such a model, and does it answer at all."""

import math
from typing import Any

from connector.sandbox.replies import faults, models, problems
from connector.sandbox.replies.pace import HUMAN, Pace
from connector.sandbox.replies.reply import Asked, Reply

_INFIXES = ("-completion", "-speech", "-transcribe")


async def begin(asked: Asked, body: dict[str, Any], operation: str, *, deployment: str) -> tuple[Pace, Reply | None]:
    """The clock, and what is answered instead of an answer, if anything. Puts the deployment into the body.

    Raises `Problem`, `Unreachable` and `Dropped`.
    """
    if deployment:
        body["model"] = deployment
    model = body.get("model", "")
    if model and isinstance(model, str) and model not in models.SERVING[operation]:
        raise problems.no_model(asked, model)
    clock = asked.pace or Pace(math.inf if str(model).endswith("-fast") else HUMAN)
    return clock, await faults.before(fault(model), asked, body, clock)


def fault(model: Any) -> str:
    """The chat model that misbehaves in the same way: `sandbox-speech-500` is a `sandbox-500`."""
    if not isinstance(model, str):
        return ""
    for infix in _INFIXES:
        model = model.replace(infix, "", 1)
    return str(model)
