"""What each parameter of a chat may be: a table from its name to its check (OpenAI API reference, chat/create)."""

import re
from typing import Any

from connector.sandbox.replies.problems import Problem, missing
from connector.sandbox.replies.values import Check, an_object, array, boolean, choice, decimal, either, integer, text

_TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
ROLES = ("system", "assistant", "user", "function", "tool", "developer")


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
