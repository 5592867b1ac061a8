"""What goes over the wire: values that encode to JSON and are decoded from it.

The only module that knows msgspec. A field left at its default (`None`) is never sent: for the API an
absent parameter and a default one are the same, and many models refuse a parameter that is merely present.
Unknown fields in an answer are ignored.
"""

from typing import Any

import msgspec

from connector.client import errors

type JSON = None | bool | int | float | str | list[JSON] | dict[str, JSON]


class Struct(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A request, an answer, or a part of one. Equal when its content is equal."""


def encode(value: Any) -> bytes:
    """`value` (a `Struct`, or plain data) as JSON."""
    return msgspec.json.encode(value)


def decode[T](data: bytes | str, shape: type[T]) -> T:
    """`data` read as `shape`; raises `errors.BadAnswer` when it is not JSON of that shape."""
    try:
        return msgspec.json.decode(data, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise errors.BadAnswer(reason=str(error)) from error


def parse(data: bytes | str) -> Any:
    """`data` as plain Python data; raises `errors.BadAnswer` when it is not JSON."""
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise errors.BadAnswer(reason=str(error)) from error


def to_dict(value: Struct) -> dict[str, Any]:
    """The fields of `value` that would be sent, as plain data."""
    plain: dict[str, Any] = msgspec.to_builtins(value)
    return plain


def from_dict[T](value: Any, shape: type[T]) -> T:
    """Plain data as `shape`; raises `errors.BadAnswer` when it does not fit."""
    try:
        return msgspec.convert(value, type=shape)
    except msgspec.ValidationError as error:
        raise errors.BadAnswer(reason=str(error)) from error
