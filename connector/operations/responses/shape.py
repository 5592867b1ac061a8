"""The two shapes of a request: nested, as the API wants it, and flat, under chat's names, as the catalogue knows it.

Flat, a model's family says the same of chat and of responses: which efforts it knows, that it takes no temperature.
"""

from typing import Any

NESTED = {  # flat name → (parameter, key inside of it)
    "reasoning_effort": ("reasoning", "effort"),
    "reasoning_summary": ("reasoning", "summary"),
    "verbosity": ("text", "verbosity"),
    "response_format": ("text", "format"),
}
REST = {"reasoning": "reasoning_more", "text": "text_more"}  # what is left inside has a name of its own

type Body = dict[str, Any]


def flat(body: Body) -> Body:
    """A nested or half-flat request with everything at the top; what is nested has the last word."""
    result = dict(body)
    for parameter, rest in REST.items():
        if not isinstance(inside := result.get(parameter), dict):
            continue
        del result[parameter]
        inside = dict(inside)
        for name, (outer, key) in NESTED.items():
            if outer == parameter and key in inside:
                result[name] = inside.pop(key)
        if inside:
            result[rest] = inside
    if "response_format" in result:
        result["response_format"] = _chat_format(result["response_format"])
    if isinstance(result.get("tools"), list):
        result["tools"] = [_flat_tool(tool) for tool in result["tools"]]
    if isinstance(result.get("tool_choice"), dict):
        result["tool_choice"] = _flat_tool(result["tool_choice"])
    return result


def nested(body: Body) -> Body:
    """A flat request as the API takes it."""
    result: Body = {}
    for name, value in body.items():
        outer, key = NESTED.get(name, ("", ""))
        for parameter, rest in REST.items():
            if name == rest:
                result[parameter] = {**result.get(parameter, {}), **value}
                break
        else:
            if outer:
                result.setdefault(outer, {})[key] = _response_format(value) if name == "response_format" else value
            else:
                result[name] = value
    return result


def name_of(flat_name: str) -> str:
    """What a person finds the parameter under: `reasoning.effort`."""
    return ".".join(NESTED.get(flat_name, (flat_name,)))


def _chat_format(given: Any) -> Any:
    """`{"type": "json_schema", "name", "schema"}` → chat's form, which has name and schema one level deeper."""
    if isinstance(given, dict) and given.get("type") == "json_schema" and "json_schema" not in given:
        return {"type": "json_schema", "json_schema": {key: value for key, value in given.items() if key != "type"}}
    return given


def _response_format(given: Any) -> Any:
    """Chat's form → that of responses, where a schema is required."""
    if isinstance(given, dict) and isinstance(described := given.get("json_schema"), dict):
        return {"type": "json_schema", "schema": {}, **described}
    return given


def _flat_tool(tool: Any) -> Any:
    """Chat's `{"type": "function", "function": {…}}` → `{"type": "function", …}`; the API requires strict, too."""
    if isinstance(tool, dict) and isinstance(described := tool.get(tool.get("type", "")), dict):
        strict = {"strict": False} if tool["type"] == "function" and "parameters" in described else {}
        return {"type": tool["type"], **strict, **described}
    return tool
