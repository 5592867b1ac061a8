"""Responses that were stored, in this process and not for long; their ids are not to be guessed."""

from typing import Any

from connector.sandbox.replies.problems import Problem

MOST = 200  # responses
LARGEST = 200_000  # characters of a conversation that is kept

_stored: dict[str, list[dict[str, Any]]] = {}


def keep(response_id: str, messages: list[dict[str, Any]]) -> None:
    """The whole conversation, as messages of a chat."""
    if sum(len(str(message)) for message in messages) > LARGEST:
        return
    _stored[response_id] = messages
    while len(_stored) > MOST:
        del _stored[next(iter(_stored))]


def recall(body: dict[str, Any]) -> list[dict[str, Any]]:
    """What was said before the request; raises the API's `Problem` when it is not known."""
    wanted = body.get("previous_response_id")
    if not wanted:
        return []
    if wanted not in _stored:
        raise Problem(
            f"Previous response with id '{wanted}' not found.",
            param="previous_response_id",
            code="previous_response_not_found",
        )
    return _stored[wanted]
