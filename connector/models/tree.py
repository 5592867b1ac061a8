"""The tree that the messages of a session form: a path leads from a first message to the one shown last."""

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connector.models.message import ChatCompletionsMessage

    type Children = dict[int | None, list[ChatCompletionsMessage]]


def children_of(messages: "Iterable[ChatCompletionsMessage]") -> "Children":
    """The messages under each one's pk, oldest first; those without a parent under None."""
    children: Children = defaultdict(list)
    for message in sorted(messages, key=lambda message: message.pk):
        children[message.parent_id].append(message)
    return children


def path(messages: "Iterable[ChatCompletionsMessage]", leaf: int | None) -> "list[ChatCompletionsMessage]":
    """The messages from the root to `leaf`, each with its `siblings`. Empty when there is no such leaf."""
    known = {message.pk: message for message in messages}
    children = children_of(known.values())
    found: list[ChatCompletionsMessage] = []
    while leaf is not None and (message := known.pop(leaf, None)) is not None:
        message.siblings = children[message.parent_id]
        found.append(message)
        leaf = message.parent_id
    return found[::-1]


def newest_leaf(messages: "Iterable[ChatCompletionsMessage]", top: int) -> int:
    """The pk of the leaf that was talked with last under `top`; among the choices of one run the first."""
    children = children_of(messages)
    best, order = top, (0, 0)
    waiting = list(children[top])
    while waiting:
        message = waiting.pop()
        below = children[message.pk]
        waiting.extend(below)
        # The choices of a run were made together, one pk after the other: all count as old as their first.
        rank = (message.pk - message.choice, -message.choice)
        if not below and rank > order:
            best, order = message.pk, rank
    return best
