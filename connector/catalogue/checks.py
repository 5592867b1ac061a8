"""A value against its rule, before anything is sent. Everything here returns nothing or raises `InvalidParameter`."""

import json
import math
import re
from collections.abc import Callable
from typing import Any

from connector.catalogue.parameters import Parameter
from connector.client import errors

SCHEMA_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")  # OpenAI API reference, response_format.json_schema.name
DEPTH = 100  # JSON nested deeper is a mistake or an attack


def value(rule: Parameter, given: Any) -> None:
    """Raises when `given` has the wrong type, is out of range, or is not one of the choices."""
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
        raise _refuse(rule, f"{given} is too {'low' if too_low else 'high'}", _range(rule))


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
    if not isinstance(described, dict) or not isinstance(described.get("schema", {}), dict):
        raise _refuse(rule, "json_schema needs a schema", '{"type": "json_schema", "json_schema": {"schema": {…}}}')
    if not SCHEMA_NAME.fullmatch(str(described.get("name", ""))):
        raise _refuse(rule, "the schema's name is not valid", "1 to 64 of letters, digits, _ and -")
    if described.get("strict"):
        _strict(rule, described.get("schema", {}), "schema")


def _strict(rule: Parameter, schema: Any, where: str) -> None:
    """Strict schemas name every property as required and allow no others (OpenAI guide, structured outputs)."""
    if isinstance(schema, list):
        for index, item in enumerate(schema):
            _strict(rule, item, f"{where}[{index}]")
    if not isinstance(schema, dict):
        return
    properties = schema.get("properties")
    if isinstance(properties, dict):
        if schema.get("additionalProperties") is not False:
            raise _refuse(rule, f"{where} must say additionalProperties: false, because the schema is strict")
        if missing := sorted(set(properties) - set(schema.get("required", []))):
            raise _refuse(rule, f"{where} must list {', '.join(missing)} as required, because the schema is strict")
        for name, inner in properties.items():
            _strict(rule, inner, f"{where}.{name}")
    for key in ("items", "anyOf", "$defs", "definitions"):
        inner = schema.get(key)
        nested = list(inner.values()) if key in {"$defs", "definitions"} and isinstance(inner, dict) else inner
        _strict(rule, nested, f"{where}.{key}")


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
}
_CHECKS: dict[str, Check] = {
    "object": _object,
    "metadata": _metadata,
    "logit_bias": _logit_bias,
    "tools": _tools,
    "functions": _functions,
    "tool_choice": _tool_choice,
    "response_format": _response_format,
}
