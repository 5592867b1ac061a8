"""What an operation hands to the client: of a request as it stands, or of one that was fitted to its model."""

from typing import Any, Protocol

from connector.catalogue import Fitted, checks

FILES = {"file", "image", "mask", "markup"}  # parameters that are bytes


class Asked(Protocol):
    """A request of any operation."""

    @property
    def model(self) -> str: ...
    def body(self) -> dict[str, Any]: ...


def to_send(request: Asked | Fitted) -> tuple[str, dict[str, Any]]:
    """The model, which Azure needs for the path, and the body. Raises `errors.InvalidParameter` for what is no JSON."""
    if isinstance(request, Fitted):
        return request.model, dict(request.body)
    body = request.body()
    checks.plain("request", {name: value for name, value in body.items() if name not in FILES})
    return request.model, body
