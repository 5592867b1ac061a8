"""A value against its rule, before anything is sent. Everything here returns nothing or raises `InvalidParameter`."""

import json
import math
import re
from collections.abc import Callable
from typing import Any

from connector.catalogue import schemas
from connector.catalogue.parameters import Parameter
from connector.client import errors, media
from connector.client.limits import readable
from connector.client.multipart import File

_SIZE = re.compile(r"([1-9]\d{0,4})x([1-9]\d{0,4})", re.ASCII)
DEPTH = 100  # JSON nested deeper is a mistake or an attack


def value(rule: Parameter, given: Any) -> None:
    """Raises when `given` has the wrong type, is out of range, or is not one of the choices."""
    if rule.kind != "file":
        plain(rule.name, given)
    _KINDS[rule.kind](rule, given)
    if rule.check:
        _CHECKS[rule.check](rule, given)


def plain(name: str, given: Any, depth: int = 0) -> None:
    """Raises when `given` cannot be written as JSON: NaN, infinity, half a character, or an object of Python."""
    if depth > DEPTH:
        raise wrong(name, f"is nested more than {DEPTH} levels deep")
    match given:
        case None | bool() | int():
            return
        case float():
            if not math.isfinite(given):
                raise wrong(name, "must be a finite number")
        case str():
            try:
                given.encode()
            except UnicodeEncodeError:
                raise wrong(name, "contains half a character (a lone surrogate)") from None
        case list() | tuple():
            for index, item in enumerate(given):
                plain(f"{name}[{index}]", item, depth + 1)
        case dict():
            for key, item in given.items():
                if not isinstance(key, str):
                    raise wrong(name, f"must have text as keys, not {key!r}")
                plain(name, key)
                plain(f"{name}.{key}", item, depth + 1)
        case _:
            raise wrong(name, f"cannot be sent as JSON ({type(given).__name__})")


def wrong(name: str, reason: str, *, allowed: str = "", source: str = "JSON") -> errors.InvalidParameter:
    """The error for `name`; `allowed` is told in words."""
    text = f"{reason}; allowed: {allowed}." if allowed else f"{reason}."
    return errors.InvalidParameter(param=name, reason=text, allowed=allowed, source=source)


def _refuse(rule: Parameter, reason: str, allowed: str = "") -> errors.InvalidParameter:
    return wrong(rule.name, reason, allowed=allowed, source=rule.source)


def _range(rule: Parameter) -> str:
    match rule.minimum, rule.maximum:
        case None, None:
            return ""
        case minimum, None:
            return f"{minimum:g} or more"
        case None, maximum:
            return f"{maximum:g} or less"
        case minimum, maximum:
            return f"{minimum:g} to {maximum:g}"


def _number(rule: Parameter, given: Any) -> None:
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise _refuse(rule, f"must be a number, not {_shown(given)}", _range(rule))
    _in_range(rule, given)


def _integer(rule: Parameter, given: Any) -> None:
    if isinstance(given, bool) or not isinstance(given, int):
        raise _refuse(rule, f"must be a whole number, not {_shown(given)}", _range(rule))
    _in_range(rule, given)


def _in_range(rule: Parameter, given: float) -> None:
    too_low = rule.minimum is not None and given < rule.minimum
    too_high = rule.maximum is not None and given > rule.maximum
    if too_low or too_high:
        # A form makes 9.0 of the 9 that was typed.
        shown = int(given) if isinstance(given, float) and given.is_integer() else given
        raise _refuse(rule, f"{shown} is too {'low' if too_low else 'high'}", _range(rule))


def _text(rule: Parameter, given: Any) -> None:
    if not isinstance(given, str):
        raise _refuse(rule, f"must be text, not {_shown(given)}")
    if rule.maximum_length is not None and len(given) > rule.maximum_length:
        raise _refuse(rule, f"has {len(given)} characters", f"at most {rule.maximum_length}")


def _choice(rule: Parameter, given: Any) -> None:
    if given not in rule.choices:
        raise _refuse(rule, f"{_shown(given)} is not one of its values", ", ".join(rule.choices))


def _list(rule: Parameter, given: Any) -> None:
    items = [given] if isinstance(given, str) else given
    if not isinstance(items, list | tuple) or not items or not all(isinstance(item, str) for item in items):
        raise _refuse(rule, f"must be a list of texts, not {_shown(given)}")
    _not_too_many(rule, items)
    for item in items:
        if rule.choices and item not in rule.choices:
            raise _refuse(rule, f"{_shown(item)} is not one of its values", ", ".join(rule.choices))


def _boolean(rule: Parameter, given: Any) -> None:
    if not isinstance(given, bool):
        raise _refuse(rule, f"must be true or false, not {_shown(given)}")


def _anything(rule: Parameter, given: Any) -> None:
    """JSON: `plain` has looked at it."""


def _file(rule: Parameter, given: Any) -> None:
    """One file, or several where several are taken; of a type that is taken, by the bytes, and not too large."""
    items = given if isinstance(given, list | tuple) else [given]
    if not items:
        raise _refuse(rule, "there is no file")
    _not_too_many(rule, items)
    for item in items:
        if not isinstance(item, File):
            raise _refuse(rule, f"must be a file, not {_shown(item)}")
        if not item.content:
            raise _refuse(rule, f"{item.safe_name} is empty")
        if rule.choices and (found := media.type_of(item.content)) not in rule.choices:
            raise _refuse(rule, f"{item.safe_name} is {found or 'of an unknown type'}", ", ".join(rule.choices))
        if rule.maximum_bytes is not None and len(item.content) >= rule.maximum_bytes:
            reason = f"{item.safe_name} has {readable(len(item.content))}"
            raise _refuse(rule, reason, f"less than {readable(rule.maximum_bytes)}")


def _square(rule: Parameter, given: Any) -> None:
    size = media.png_size(given.content if isinstance(given, File) else given[0].content)
    if size and size[0] != size[1]:
        raise _refuse(rule, f"the picture is {size[0]}x{size[1]}", "square pictures")


def _image_size(rule: Parameter, given: Any) -> None:
    """WIDTHxHEIGHT of one's own choice (OpenAI API reference, images/generate: size)."""
    if given in rule.choices:
        return
    allowed = f"{', '.join(rule.choices)}, or WIDTHxHEIGHT"
    found = _SIZE.fullmatch(given)
    if not found:
        raise _refuse(rule, f"{_shown(given)} is no size", allowed)
    width, height = int(found[1]), int(found[2])
    if width % 16 or height % 16:
        raise _refuse(rule, f"{given} cannot be drawn", f"{allowed} with both divisible by 16")
    if max(width, height) > 3 * min(width, height):
        raise _refuse(rule, f"{given} is too long for its other side", f"{allowed} from 1:3 to 3:1")
    if max(width, height) > 3840 or min(width, height) > 2160:
        raise _refuse(rule, f"{given} is too large", f"{allowed} up to 3840x2160")


def _embedded(rule: Parameter, given: Any) -> None:
    """A text, a list of texts, a list of tokens, or a list of such lists (OpenAI API reference, embeddings/create)."""
    allowed = "a text, up to 2048 texts, or the same as tokens"
    if not isinstance(given, str | list | tuple):
        raise _refuse(rule, f"must be text, not {_shown(given)}", allowed)
    if not given or (not isinstance(given, str) and any(item in ("", [], ()) for item in given)):
        raise _refuse(rule, "there is an empty text", allowed)
    if isinstance(given, str):
        return
    _not_too_many(rule, given)
    kinds = {_kind_of_input(item) for item in given}
    if len(kinds) != 1 or "" in kinds:
        raise _refuse(rule, "must be all texts, or all tokens", allowed)


def _kind_of_input(item: Any) -> str:
    if isinstance(item, str):
        return "text"
    if isinstance(item, list | tuple):
        return "tokens" if all(_kind_of_input(token) == "token" for token in item) else ""
    return "token" if isinstance(item, int) and not isinstance(item, bool) and item >= 0 else ""


def _moderated(rule: Parameter, given: Any) -> None:
    """A text, a list of texts, or a list of parts (OpenAI API reference, moderations/create)."""
    allowed = "a text, texts, or parts with a type of text or image_url"
    if not isinstance(given, str | list | tuple) or not given:
        raise _refuse(rule, "there is nothing to look at" if not given else f"cannot be {_shown(given)}", allowed)
    if isinstance(given, str) or all(isinstance(item, str) for item in given):
        return
    for item in given:
        if not isinstance(item, dict) or item.get("type") not in ("text", "image_url") or item["type"] not in item:
            raise _refuse(rule, f"{_shown(item)} is no part", allowed)


def _prompt(rule: Parameter, given: Any) -> None:
    """As `_embedded`, but it may be empty, for a model that begins by itself (OpenAI API reference, completions)."""
    items = given if isinstance(given, list | tuple) else [given]
    kinds = {_kind_of_input(item) for item in items}
    if len(kinds) != 1 or "" in kinds or _kind_of_input(given) == "token":
        raise _refuse(rule, f"cannot be {_shown(given)}", "a text, a list of texts, or the same as tokens")


def _voice(rule: Parameter, given: Any) -> None:
    """A voice's name, or `{"id": …}` for a custom one. Without choices any name will do."""
    own = given.get("id") if isinstance(given, dict) and len(given) == 1 else None
    if (isinstance(own, str) and own) or (isinstance(given, str) and given and not rule.choices):
        return
    if not isinstance(given, str) or given not in rule.choices:
        raise _refuse(rule, f"{_shown(given)} is not a voice", ", ".join((*rule.choices, '{"id": …}')))


def _sound(rule: Parameter, given: Any) -> None:
    """A WAV file of which a part is missing is not worth sending; other formats do not say how long they are."""
    content = given.content if isinstance(given, File) else given[0].content
    if content[:4] != b"RIFF":
        return
    said = int.from_bytes(content[4:8], "little") + 8
    is_open = said >= 0xFFFFFFF0 or said == 8  # written as a stream, its end not known
    if not is_open and len(content) < said * 0.99:
        raise _refuse(rule, f"a part of the recording is missing: {len(content)} of {said} bytes came")


def _chunking(rule: Parameter, given: Any) -> None:
    if given not in rule.choices and not (isinstance(given, dict) and given.get("type") == "server_vad"):
        raise _refuse(rule, f"{_shown(given)} is no strategy", 'auto, or {"type": "server_vad", …}')


def _response_tools(rule: Parameter, given: Any) -> None:
    """Functions are flat here; the provider's own tools have a type and settings."""
    if not isinstance(given, list) or not given:
        raise _refuse(rule, f"must be a list of tools, not {_shown(given)}")
    _not_too_many(rule, given)
    for tool in given:
        kind = tool.get("type") if isinstance(tool, dict) else None
        named = kind not in ("function", "custom") or isinstance(tool.get("name"), str)
        if not isinstance(kind, str) or not named:
            shape = '{"type": "function", "name": …, "parameters": …}, or a tool of the provider'
            raise _refuse(rule, f"{_shown(tool)} does not define a tool", shape)
    _whole_tools(rule, given)


def _conversation(rule: Parameter, given: Any) -> None:
    own = given.get("id") if isinstance(given, dict) else given
    if not isinstance(own, str) or not own:
        raise _refuse(rule, f"{_shown(given)} is no conversation", 'an id, or {"id": …}')


def _not_too_many(rule: Parameter, items: Any) -> None:
    if rule.maximum_items is not None and len(items) > rule.maximum_items:
        raise _refuse(rule, f"has {len(items)} entries", f"at most {rule.maximum_items}")


def _object(rule: Parameter, given: Any) -> None:
    if not isinstance(given, dict):
        raise _refuse(rule, f"must be a JSON object, not {_shown(given)}")
    _not_too_many(rule, given)


def _metadata(rule: Parameter, given: Any) -> None:
    """Names up to 64 characters, texts up to 512 (OpenAI API reference, metadata)."""
    _object(rule, given)
    for name, text in given.items():
        if not isinstance(text, str):
            raise _refuse(rule, f"{name} must be text, not {_shown(text)}")
        if len(name) > 64 or len(text) > 512:
            raise _refuse(rule, f"{name[:20]} is too long", "names of 64, texts of 512 characters")


def _logit_bias(rule: Parameter, given: Any) -> None:
    """Token ids as keys, -100 to 100 (OpenAI API reference, logit_bias)."""
    _object(rule, given)
    for token, bias in given.items():
        if not token.isdecimal():
            raise _refuse(rule, f"{_shown(token)} is not a token id", "whole numbers as keys")
        if isinstance(bias, bool) or not isinstance(bias, int) or not -100 <= bias <= 100:
            raise _refuse(rule, f"{_shown(bias)} is no bias for token {token}", "whole numbers from -100 to 100")


def _tools(rule: Parameter, given: Any) -> None:
    if not isinstance(given, list) or not given:
        raise _refuse(rule, f"must be a list of tools, not {_shown(given)}")
    _not_too_many(rule, given)
    for tool in given:
        kind = tool.get("type") if isinstance(tool, dict) else None
        described = tool.get(kind) if isinstance(kind, str) else None
        if not isinstance(described, dict) or not isinstance(described.get("name"), str):
            shape = '{"type": "function", "function": {"name": …, "parameters": …}}'
            raise _refuse(rule, f"{_shown(tool)} does not define a tool", shape)
    _whole_tools(rule, given)


def _whole_tools(rule: Parameter, given: Any) -> None:
    if found := schemas.of_tools(given):
        raise _refuse(rule, str(found[0]))


def _functions(rule: Parameter, given: Any) -> None:
    if not isinstance(given, list) or not given:
        raise _refuse(rule, f"must be a list of functions, not {_shown(given)}")
    _not_too_many(rule, given)
    for function in given:
        if not isinstance(function, dict) or not isinstance(function.get("name"), str):
            raise _refuse(rule, f"{_shown(function)} is only a name", '{"name": …, "parameters": …} for each function')


def _tool_choice(rule: Parameter, given: Any) -> None:
    if isinstance(given, str):
        _choice(rule, given)
    elif not isinstance(given, dict) or not isinstance(given.get("type"), str):
        raise _refuse(rule, f"{_shown(given)} names no tool", f"{', '.join(rule.choices)}, or an object with a type")


def _response_format(rule: Parameter, given: Any) -> None:
    kind = given.get("type") if isinstance(given, dict) else given
    if kind not in rule.choices:
        raise _refuse(rule, f"{_shown(kind)} is not one of its values", ", ".join(rule.choices))
    if kind != "json_schema":
        return
    described = given.get("json_schema") if isinstance(given, dict) else None
    if found := schemas.of_format(described):
        raise _refuse(rule, str(found[0]))


def _shown(given: Any) -> str:
    text = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False, default=repr)
    return f"“{text}”" if len(text) <= 40 else f"“{text[:40]}…”"


type Check = Callable[[Parameter, Any], None]

_KINDS: dict[str, Check] = {
    "number": _number,
    "integer": _integer,
    "text": _text,
    "choice": _choice,
    "list": _list,
    "json": _anything,
    "boolean": _boolean,
    "file": _file,
}
_CHECKS: dict[str, Check] = {
    "object": _object,
    "metadata": _metadata,
    "logit_bias": _logit_bias,
    "tools": _tools,
    "functions": _functions,
    "tool_choice": _tool_choice,
    "response_format": _response_format,
    "square": _square,
    "image_size": _image_size,
    "embedded": _embedded,
    "moderated": _moderated,
    "prompt": _prompt,
    "voice": _voice,
    "sound": _sound,
    "chunking": _chunking,
    "response_tools": _response_tools,
    "conversation": _conversation,
}
