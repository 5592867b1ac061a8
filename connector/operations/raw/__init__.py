"""Any request to the configuration's own origin, with its key: for what has no operation of its own.

answer = await raw.send(client, raw.Request(path="/v1/models"))
answer.json, answer.text, answer.content

Wherever `path` may want to lead, it is appended to the endpoint's base or refused; a key is never sent elsewhere.
"""

from connector.operations.raw.calls import (
    LONGEST_DELAY,
    LONGEST_TIMEOUT,
    MOST_RETRIES,
    OPERATION,
    prepared,
    send,
)
from connector.operations.raw.request import METHODS, RESPONSE_TYPES, Request, Response

__all__ = [
    "LONGEST_DELAY",
    "LONGEST_TIMEOUT",
    "METHODS",
    "MOST_RETRIES",
    "OPERATION",
    "RESPONSE_TYPES",
    "Request",
    "Response",
    "prepared",
    "send",
]
