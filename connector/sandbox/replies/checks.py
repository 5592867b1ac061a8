"""What the real API refuses in a chat request, with its words (OpenAI API reference, chat/create).

The rules are a table from a parameter to a check; a check takes the parameter's name and value and raises the
`Problem`. What concerns several parameters at once follows after it.
"""

import re
from collections.abc import Callable
from typing import Any

from connector.client import wire
from connector.client.errors import BadAnswer
from connector.sandbox.replies.problems import Problem, missing

DEEPEST = 64  # levels of a body

type Check = Callable[[str, Any], None]

_NAMES = {
    str: "a string",
    bool: "a boolean",
    int: "an integer",
    float: "a decimal",
    list: "an array",
    dict: "an object",
    type(None): "null",
}
_TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
ROLES = ("system", "assistant", "user", "function", "tool", "developer")


def read(body: bytes) -> dict[str, Any]:
    """The body as an object, without parameters that are null, which the API takes as absent."""
    try:
        found = wire.parse(body)
    except (BadAnswer, RecursionError):
        found = None
    if not isinstance(found, dict) or _is_deep(found):
        raise Problem("We could not parse the JSON body of your request. The OpenAI API expects a JSON payload.")
    return {name: value for name, value in found.items() if value is not None}


def _is_deep(value: Any) -> bool:
    """Whether `value` is nested deeper than whatever walks through it by recursion should go."""
    level = [value]
    for _ in range(DEEPEST):
        inner = [each.values() if isinstance(each, dict) else each for each in level]
        level = [item for each in inner for item in each if isinstance(item, dict | list)]
        if not level:
            return False
    return True


def check(body: dict[str, Any]) -> None:
    """Raises the first `Problem` that the API would find."""
    for name in ("model", "messages"):
        if name not in body:
            raise missing(name)
    for name, value in body.items():
        if name not in PARAMETERS:
            raise Problem(f"Unknown parameter: '{name}'.", param=name, code="unknown_parameter")
        PARAMETERS[name](name, value)
    _together(body)
    _tool_messages(body["messages"])


# Checks of one value.


def wrong_type(name: str, expected: str, value: Any) -> Problem:
    got = _NAMES.get(type(value), "something else")
    return Problem(
        f"Invalid type for '{name}': expected {expected}, but got {got} instead.", param=name, code="invalid_type"
    )


def text(longest: int | None = None) -> Check:
    def check(name: str, value: Any) -> None:
        if not isinstance(value, str):
            raise wrong_type(name, "a string", value)
        if longest is not None and len(value) > longest:
            raise Problem(
                f"Invalid '{name}': string too long. Expected a string with maximum length {longest}, "
                f"but got a string with length {len(value)} instead.",
                param=name,
                code="string_above_max_length",
            )

    return check


def boolean(name: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise wrong_type(name, "a boolean", value)


def an_object(name: str, value: Any) -> None:
    if not isinstance(value, dict):
        raise wrong_type(name, "an object", value)


def decimal(least: float, most: float) -> Check:
    return _between("decimal", least, most)


def integer(least: int | None = None, most: int | None = None) -> Check:
    return _between("integer", least, most)


def _between(kind: str, least: float | None, most: float | None) -> Check:
    def check(name: str, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int if kind == "integer" else int | float):
            raise wrong_type(name, "an integer" if kind == "integer" else "a decimal", value)
        if most is not None and value > most:
            raise Problem(
                f"Invalid '{name}': {kind} above maximum value. Expected a value <= {most}, but got {value} instead.",
                param=name,
                code=f"{kind}_above_max_value",
            )
        if least is not None and value < least:
            raise Problem(
                f"Invalid '{name}': {kind} below minimum value. Expected a value >= {least}, but got {value} instead.",
                param=name,
                code=f"{kind}_below_min_value",
            )

    return check


def choice(*values: str) -> Check:
    def check(name: str, value: Any) -> None:
        text()(name, value)
        if value not in values:
            allowed = ", ".join(f"'{each}'" for each in values[:-1]) + f", and '{values[-1]}'"
            raise Problem(
                f"Invalid value: '{value}'. Supported values are: {allowed}.", param=name, code="invalid_value"
            )

    return check


def array(each: Check | None = None, *, least: int = 0, most: int | None = None) -> Check:
    def check(name: str, value: Any) -> None:
        if not isinstance(value, list):
            raise wrong_type(name, "an array", value)
        if len(value) < least:
            raise Problem(
                f"Invalid '{name}': empty array. Expected an array with minimum length {least}, "
                "but got an empty array instead.",
                param=name,
                code="empty_array",
            )
        if most is not None and len(value) > most:
            raise Problem(
                f"Invalid '{name}': array too long. Expected an array with maximum length {most}, "
                f"but got an array with length {len(value)} instead.",
                param=name,
                code="array_above_max_length",
            )
        for index, item in enumerate(value):
            if each:
                each(f"{name}[{index}]", item)

    return check


def either(plain: type, one: Check, other: Check) -> Check:
    """`one` for a value of the type `plain`, else `other`."""
    return lambda name, value: (one if isinstance(value, plain) else other)(name, value)


# Checks of particular parameters.


def message(name: str, value: Any) -> None:
    an_object(name, value)
    if "role" not in value:
        raise missing(f"{name}.role")
    choice(*ROLES)(f"{name}.role", value["role"])
    content = value.get("content")
    if content is None:
        if value["role"] != "assistant" or not (value.keys() & {"tool_calls", "function_call", "refusal", "audio"}):
            raise Problem(
                f"Invalid value for 'content': expected a string, got null. ({name}.content)", param=f"{name}.content"
            )
    else:
        either(str, text(), array(part, least=1))(f"{name}.content", content)
    if value["role"] == "tool" and "tool_call_id" not in value:
        raise missing(f"{name}.tool_call_id")
    if value.get("tool_calls") is not None:
        array(tool_call, least=1)(f"{name}.tool_calls", value["tool_calls"])


def part(name: str, value: Any) -> None:
    an_object(name, value)
    if "type" not in value:
        raise missing(f"{name}.type")
    choice("text", "image_url", "input_audio", "refusal", "file")(f"{name}.type", value["type"])
    if value["type"] == "text":
        text()(f"{name}.text", value.get("text"))


def tool_call(name: str, value: Any) -> None:
    an_object(name, value)
    for key in ("id", "type"):
        if key not in value:
            raise missing(f"{name}.{key}")
        text()(f"{name}.{key}", value[key])


def tool(name: str, value: Any) -> None:
    an_object(name, value)
    if "type" not in value:
        raise missing(f"{name}.type")
    choice("function", "custom")(f"{name}.type", value["type"])
    definition = f"{name}.{value['type']}"
    if value["type"] not in value:
        raise missing(definition)
    function(definition, value[value["type"]])


def function(name: str, value: Any) -> None:
    an_object(name, value)
    if "name" not in value:
        raise missing(f"{name}.name")
    _name(f"{name}.name", value["name"])
    if "parameters" in value:
        an_object(f"{name}.parameters", value["parameters"])


def tool_choice(name: str, value: Any) -> None:
    an_object(name, value)
    if "type" not in value:
        raise missing(f"{name}.type")
    choice("function", "custom", "allowed_tools")(f"{name}.type", value["type"])
    inner = f"{name}.{value['type']}"
    if value["type"] not in value:
        raise missing(inner)
    if value["type"] != "allowed_tools":
        function(inner, value[value["type"]])
        return
    allowed = value["allowed_tools"]
    an_object(inner, allowed)
    choice("auto", "required")(f"{inner}.mode", allowed.get("mode"))
    array(tool)(f"{inner}.tools", allowed.get("tools"))


def stream_options(name: str, value: Any) -> None:
    an_object(name, value)
    for key, item in value.items():
        if key not in ("include_usage", "include_obfuscation"):
            raise Problem(f"Unknown parameter: '{name}.{key}'.", param=f"{name}.{key}", code="unknown_parameter")
        boolean(f"{name}.{key}", item)


def response_format(name: str, value: Any) -> None:
    an_object(name, value)
    if "type" not in value:
        raise missing(f"{name}.type")
    choice("text", "json_object", "json_schema")(f"{name}.type", value["type"])
    if value["type"] != "json_schema":
        return
    given = value.get("json_schema")
    if given is None:
        raise missing(f"{name}.json_schema")
    an_object(f"{name}.json_schema", given)
    if "name" not in given:
        raise missing(f"{name}.json_schema.name")
    _name(f"{name}.json_schema.name", given["name"])
    if given.get("strict"):
        _strict(given.get("schema"), given["name"], ())


def _name(name: str, value: Any) -> None:
    text()(name, value)
    if not _TOOL_NAME.fullmatch(value):
        raise Problem(
            f"Invalid '{name}': string does not match pattern. Expected a string that matches the pattern "
            "'^[a-zA-Z0-9_-]+$'.",
            param=name,
            code="invalid_value",
        )


def _strict(schema: Any, name: str, context: tuple[str, ...]) -> None:
    """OpenAI guide, structured outputs: every object closed, every property required."""
    if not isinstance(schema, dict):
        return
    where = f"Invalid schema for response_format '{name}': In context=({', '.join(map(repr, context))})"
    if schema.get("type") == "object" or "properties" in schema:
        if schema.get("additionalProperties") is not False:
            raise Problem(
                f"{where}, 'additionalProperties' is required to be supplied and to be false.", param="response_format"
            )
        optional = set(schema.get("properties", {})) - set(schema.get("required", []))
        if optional:
            raise Problem(
                f"{where}, 'required' is required to be supplied and to be an array including every key in "
                f"properties. Missing '{min(optional)}'.",
                param="response_format",
            )
    for word in ("properties", "$defs"):
        if isinstance(schema.get(word), dict):
            for key, value in schema[word].items():
                _strict(value, name, (*context, word, key))
    _strict(schema.get("items"), name, (*context, "items"))


def logit_bias(name: str, value: Any) -> None:
    an_object(name, value)
    for key, bias in value.items():
        if not (key.isascii() and key.isdecimal()):
            raise Problem(
                f"Invalid key in '{name}': {key}. You should only be submitting non-negative integers.", param=name
            )
        decimal(-100, 100)(f"{name}.{key}", bias)


def metadata(name: str, value: Any) -> None:
    an_object(name, value)
    if len(value) > 16:
        raise Problem(
            f"Invalid '{name}': too many properties. Expected an object with at most 16 properties, "
            f"but got an object with {len(value)} properties instead.",
            param=name,
            code="object_above_max_properties",
        )
    for key, item in value.items():
        text(64)(f"{name} key", key)
        text(512)(f"{name}.{key}", item)


PARAMETERS: dict[str, Check] = {
    "model": text(),
    "messages": array(message, least=1),
    "audio": an_object,
    "frequency_penalty": decimal(-2, 2),
    "function_call": either(str, choice("none", "auto"), function),
    "functions": array(function, least=1, most=128),
    "logit_bias": logit_bias,
    "logprobs": boolean,
    "max_completion_tokens": integer(1),
    "max_tokens": integer(1),
    "metadata": metadata,
    "modalities": array(choice("text", "audio"), least=1),
    "moderation": an_object,
    "n": integer(1, 128),
    "parallel_tool_calls": boolean,
    "prediction": an_object,
    "presence_penalty": decimal(-2, 2),
    "prompt_cache_key": text(),
    "prompt_cache_options": an_object,
    "prompt_cache_retention": choice("in_memory", "24h"),
    "reasoning_effort": choice("none", "minimal", "low", "medium", "high", "xhigh", "max"),
    "response_format": response_format,
    "safety_identifier": text(64),
    "seed": integer(-(2**63), 2**63 - 1),
    "service_tier": choice("auto", "default", "flex", "scale", "priority", "fast"),
    "stop": either(str, text(), array(text(), least=1, most=4)),
    "store": boolean,
    "stream": boolean,
    "stream_options": stream_options,
    "temperature": decimal(0, 2),
    "tool_choice": either(str, choice("none", "auto", "required"), tool_choice),
    "tools": array(tool, least=1, most=128),
    "top_logprobs": integer(0, 20),
    "top_p": decimal(0, 1),
    "user": text(),
    "verbosity": choice("low", "medium", "high"),
    "web_search_options": an_object,
}


# Checks of several parameters at once.


def _together(body: dict[str, Any]) -> None:
    if "stream_options" in body and not body.get("stream"):
        raise Problem(
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.", param="stream_options"
        )
    if "max_tokens" in body and "max_completion_tokens" in body:
        raise Problem(
            "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
            code="invalid_parameter_combination",
        )
    if body.get("top_logprobs") and not body.get("logprobs"):
        raise Problem("The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.", param="top_logprobs")
    for name in ("tool_choice", "parallel_tool_calls"):
        if name in body and "tools" not in body:
            raise Problem(f"'{name}' is only allowed when 'tools' are specified.", param=name)
    as_json = body.get("response_format", {}).get("type") == "json_object"
    if as_json and b"json" not in wire.encode(body["messages"]).lower():
        raise Problem(
            "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
            param="messages",
        )


def _tool_messages(messages: list[dict[str, Any]]) -> None:
    """Each call of a tool is followed by its result, and each result follows its call."""
    waiting: list[str] = []
    for index, each in enumerate(messages):
        if each["role"] == "tool":
            if each["tool_call_id"] not in waiting:
                raise Problem(
                    "Invalid parameter: messages with role 'tool' must be a response to a preceeding message "
                    "with 'tool_calls'.",
                    param=f"messages.[{index}].role",
                )
            waiting.remove(each["tool_call_id"])
            continue
        _answered(waiting, index)
        waiting = [call["id"] for call in each.get("tool_calls") or []]
    _answered(waiting, len(messages))


def _answered(waiting: list[str], index: int) -> None:
    if waiting:
        raise Problem(
            "An assistant message with 'tool_calls' must be followed by tool messages responding to each "
            f"'tool_call_id'. The following tool_call_ids did not have response messages: {', '.join(waiting)}",
            param=f"messages.[{index}].role",
        )


# What the model for reasoning does not take.


def reasoning(body: dict[str, Any]) -> None:
    """As the API answers for its reasoning models (OpenAI guide, reasoning: parameters that are not supported)."""
    if "max_tokens" in body:
        raise Problem(
            "Unsupported parameter: 'max_tokens' is not supported with this model. "
            "Use 'max_completion_tokens' instead.",
            param="max_tokens",
            code="unsupported_parameter",
        )
    for name, default in (("temperature", 1), ("top_p", 1), ("presence_penalty", 0), ("frequency_penalty", 0)):
        if body.get(name, default) != default:
            raise Problem(
                f"Unsupported value: '{name}' does not support {body[name]} with this model. "
                f"Only the default ({default}) value is supported.",
                param=name,
                code="unsupported_value",
            )
    for name in ("logprobs", "top_logprobs", "logit_bias", "stop"):
        if name in body:
            raise Problem(
                f"Unsupported parameter: '{name}' is not supported with this model.",
                param=name,
                code="unsupported_parameter",
            )
