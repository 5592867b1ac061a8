"""What goes over the wire: values that encode to JSON and are decoded from it.

The only module that knows msgspec. A field left at its default (`None`) is never sent: for the API an
absent parameter and a default one are the same, and many models refuse a parameter that is merely present.
Unknown fields in an answer are ignored.
"""

from typing import Any

import msgspec

from connector.client import errors

type JSON = bool | int | float | str | list[JSON] | dict[str, JSON] | None


class Struct(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A request, an answer, or a part of one. Equal when its content is equal."""


def encode(value: Any) -> bytes:
    """`value` (a `Struct`, or plain data) as JSON."""
    return msgspec.json.encode(value)


def decode[T](data: bytes | str, shape: type[T]) -> T:
    """`data` read as `shape`; raises `errors.BadAnswer` when it is not JSON of that shape."""
    try:
        return msgspec.json.decode(data, type=shape)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise errors.BadAnswer(reason=str(error)) from error


def parse(data: bytes | str) -> Any:
    """`data` as plain Python data; raises `errors.BadAnswer` when it is not JSON."""
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise errors.BadAnswer(reason=str(error)) from error


def to_dict(value: Struct) -> dict[str, Any]:
    """The fields of `value` that would be sent, as plain data."""
    plain: dict[str, Any] = msgspec.to_builtins(value)
    return plain


def set_fields(value: Struct) -> dict[str, Any]:
    """The fields of `value` that are not None, as they stand: nothing inside is converted or checked."""
    return {name: given for name, given in msgspec.structs.asdict(value).items() if given is not None}


def changed[T: Struct](value: T, **fields: Any) -> T:
    """`value` with other `fields`."""
    return msgspec.structs.replace(value, **fields)


def from_dict[T](value: Any, shape: type[T]) -> T:
    """Plain data as `shape`; raises `errors.BadAnswer` when it does not fit."""
    try:
        return msgspec.convert(value, type=shape)
    except msgspec.ValidationError as error:
        raise errors.BadAnswer(reason=str(error)) from error


def read[T: Struct](data: bytes | str, shape: type[T]) -> T:
    """`data` as `shape`, taking what is usable when fields have odd types; raises `errors.BadAnswer` when not JSON.

    The usual way takes a microsecond or two; numbers written as text or `1.7e9` the double, what is odder still fifty.
    """
    for strict in (True, False):
        try:
            return msgspec.json.decode(data, type=shape, strict=strict)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            continue
    return usable(parse(data), shape)


def usable[T: Struct](value: Any, shape: type[T]) -> T:
    """As much of `value` as fits into `shape`; fields that do not fit keep their defaults."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]  # some wrap every answer in a list
    if not isinstance(value, dict):
        return shape()
    fields = {}
    for field in msgspec.structs.fields(shape):
        if (given := value.get(field.encode_name)) is not None:
            fitting = _nearest(given, field.type)
            if fitting is not None:
                fields[field.name] = fitting
    return shape(**fields)


def _nearest(value: Any, wanted: Any) -> Any:
    """`value` as `wanted`, converted where that loses nothing that matters; None when it cannot be."""
    try:
        return msgspec.convert(value, type=wanted, strict=False)
    except (msgspec.ValidationError, RecursionError):
        pass
    for option in getattr(wanted, "__args__", ()) if not _is_list(wanted) else (wanted,):
        if option is str and (text := _text(value)) is not None:
            return text
        if _is_list(option) and isinstance(value, list):
            (inner,) = option.__args__
            return [item for item in (_nearest(part, inner) for part in value) if item is not None]
        if isinstance(option, type) and issubclass(option, Struct) and isinstance(value, dict):
            return usable(value, option)
    if isinstance(wanted, type) and issubclass(wanted, Struct) and isinstance(value, dict):
        return usable(value, wanted)
    if wanted is str:
        return _text(value)
    return int(value) if wanted is int and isinstance(value, float) and abs(value) < 2**63 else None


def _is_list(wanted: Any) -> bool:
    return getattr(wanted, "__origin__", None) is list


def _text(value: Any) -> str | None:
    """Text of a number, or of a list of parts that have a `text` (some servers send content that way)."""
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list):
        texts = [part.get("text") for part in value if isinstance(part, dict)]
        return "".join(text for text in texts if isinstance(text, str))
    return None
