"""What an operation hands to the client: of a request as it stands, or of one that was fitted to its model."""

from collections.abc import Collection, Mapping
from typing import Any

from connector.catalogue import Fitted, checks
from connector.client import wire

FILES = {"file", "image", "mask", "markup"}  # parameters that are bytes


class Request(wire.Struct, frozen=True, kw_only=True):
    """A request of any operation, which adds its parameters. One left at None is not sent.

    `extra_body` holds what the API does not have and a server knows all the same; it has the last word.
    """

    model: str = ""
    extra_body: dict[str, Any] | None = None

    def body(self) -> dict[str, Any]:
        """What goes over the wire, as plain data; files as they are."""
        fields = self.fields()
        extra: dict[str, Any] = fields.pop("extra_body", {})
        if not self.model:
            fields.pop("model", None)
        return fields | extra

    def fields(self) -> dict[str, Any]:
        """The fields that are set, in the order they are sent, for an operation that writes some otherwise."""
        return wire.set_fields(self)


def by_name(parameters: Mapping[str, Any], fields: Collection[str]) -> dict[str, Any]:
    """The `parameters` that are set, as arguments of a request that has `fields`; an empty one counts as not set.

    Those it does not have go along as `extra_body`, for compatible servers.
    """
    given = {name: value for name, value in parameters.items() if value not in (None, "", [], {})}
    arguments = {name: value for name, value in given.items() if name in fields}
    if others := {name: value for name, value in given.items() if name not in fields}:
        arguments["extra_body"] = {**arguments.get("extra_body", {}), **others}
    return arguments


def to_send(request: Request | Fitted) -> tuple[str, dict[str, Any]]:
    """The model, which Azure needs for the path, and the body. Raises `errors.InvalidParameter` for what is no JSON."""
    if isinstance(request, Fitted):
        return request.model, dict(request.body)
    body = request.body()
    checks.plain("request", {name: value for name, value in body.items() if name not in FILES})
    return request.model, body


def to_stream(request: Request | Fitted) -> tuple[str, dict[str, Any]]:
    """As `to_send`, for an answer piece by piece, with the usage at its end where the server takes `stream_options`."""
    model, body = to_send(request)
    options = {"include_usage": True} | body.pop("stream_options", {})
    body["stream"] = True
    if not isinstance(request, Fitted) or request.takes_stream_options:
        body["stream_options"] = options
    return model, body
