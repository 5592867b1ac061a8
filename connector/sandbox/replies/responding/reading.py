"""A request → the chat that it amounts to."""

import json
from typing import Any

from connector.sandbox.replies.questions import Question

type Plain = dict[str, Any]

_TAKEN = {
    "model", "input", "instructions", "tools", "tool_choice", "text", "reasoning", "max_output_tokens", "stream",
    "stream_options", "top_logprobs", "include",
}  # fmt: skip
_PARTS = {"input_text": "text", "output_text": "text", "input_image": "image_url", "input_file": "file"}


def question(body: Plain, before: list[Plain]) -> Question:
    """`before`: the messages of the response that is gone on from; its instructions are not taken over."""
    chat = {name: value for name, value in body.items() if name not in _TAKEN}
    said = [*before, *messages(body)]
    if instructions := body.get("instructions"):
        said.insert(0, {"role": "system", "content": instructions})
    chat |= {"model": body["model"], "messages": said or [{"role": "user", "content": ""}]}
    if "max_output_tokens" in body:
        chat["max_completion_tokens"] = body["max_output_tokens"]
    if effort := (body.get("reasoning") or {}).get("effort"):
        chat["reasoning_effort"] = effort
    if described := (body.get("text") or {}).get("format"):
        chat["response_format"] = _format(described)
    if tools := [_tool(tool) for tool in body.get("tools", []) if tool["type"] in ("function", "custom")]:
        chat["tools"] = tools
        chat["tool_choice"] = _choice(body.get("tool_choice", "auto"))
    return Question(body["model"], chat)


def messages(body: Plain) -> list[Plain]:
    """The input as messages of a chat."""
    given = body.get("input", "")
    if isinstance(given, str):
        return [{"role": "user", "content": given}] if given else []
    return [message for item in given if (message := _message(item))]


def _message(item: Plain) -> Plain | None:
    match item.get("type", "message"):
        case "message":
            return {"role": item["role"], "content": _content(item.get("content", ""))}
        case "function_call" | "custom_tool_call":
            given = item.get("arguments", item.get("input", ""))
            call = {"id": item["call_id"], "type": "function", "function": {"name": item["name"], "arguments": given}}
            return {"role": "assistant", "content": None, "tool_calls": [call]}
        case "function_call_output" | "custom_tool_call_output":
            given = item.get("output", "")
            result = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
            return {"role": "tool", "tool_call_id": item["call_id"], "content": result}
    return None  # reasoning and the provider's own tools: nothing that a chat would have


def _content(given: Any) -> Any:
    if isinstance(given, str):
        return given
    return [{"type": _PARTS.get(part["type"], part["type"]), "text": part.get("text", "")} for part in given]


def _format(described: Plain) -> Plain:
    if described["type"] != "json_schema":
        return {"type": described["type"]}
    return {"type": "json_schema", "json_schema": {key: value for key, value in described.items() if key != "type"}}


def _tool(tool: Plain) -> Plain:
    inner = {key: value for key, value in tool.items() if key != "type" and value is not None}
    return {"type": tool["type"], tool["type"]: inner}


def _choice(given: Any) -> Any:
    if isinstance(given, str):
        return given
    if given["type"] == "allowed_tools":
        tools = [_tool(tool) for tool in given.get("tools", ()) if tool["type"] in ("function", "custom")]
        return {"type": "allowed_tools", "allowed_tools": {"mode": given.get("mode", "auto"), "tools": tools}}
    if given["type"] in ("function", "custom"):
        return {"type": given["type"], given["type"]: {"name": given.get("name", "")}}
    return "auto"
