"""What the real API refuses in a request for a response, with its words (OpenAI API reference, responses/create)."""

from typing import Any

from connector.sandbox.replies import parameters
from connector.sandbox.replies.problems import Problem, missing
from connector.sandbox.replies.values import Check, an_object, array, boolean, choice, decimal, either, integer, text

ROLES = ("user", "assistant", "system", "developer")
INCLUDABLE = (
    "file_search_call.results", "web_search_call.results", "web_search_call.action.sources",
    "message.input_image.image_url", "computer_call_output.output.image_url", "code_interpreter_call.outputs",
    "reasoning.encrypted_content", "message.output_text.logprobs",
)  # fmt: skip
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")


def item(name: str, value: Any) -> None:
    an_object(name, value)
    kind = value.get("type", "message")
    text()(f"{name}.type", kind)
    if kind == "message":
        if "role" not in value:
            raise missing(f"{name}.role")
        choice(*ROLES)(f"{name}.role", value["role"])
        if "content" not in value:
            raise missing(f"{name}.content")
        either(str, text(), array(part))(f"{name}.content", value["content"])
    needed = {
        "function_call": ("call_id", "name", "arguments"),
        "function_call_output": ("call_id", "output"),
        "custom_tool_call": ("call_id", "name", "input"),
        "custom_tool_call_output": ("call_id", "output"),
    }
    for key in needed.get(kind, ()):
        if key not in value:
            raise missing(f"{name}.{key}")
        if key != "output":
            text()(f"{name}.{key}", value[key])


def part(name: str, value: Any) -> None:
    an_object(name, value)
    if "type" not in value:
        raise missing(f"{name}.type")
    choice("input_text", "input_image", "input_file", "output_text", "refusal")(f"{name}.type", value["type"])
    if value["type"] in ("input_text", "output_text"):
        text()(f"{name}.text", value.get("text"))


def tool(name: str, value: Any) -> None:
    an_object(name, value)
    if "type" not in value:
        raise missing(f"{name}.type")
    text()(f"{name}.type", value["type"])
    if value["type"] == "function":
        parameters.function(name, {key: each for key, each in value.items() if each is not None})
    elif value["type"] == "custom":
        text()(f"{name}.name", value.get("name"))


def tool_choice(name: str, value: Any) -> None:
    an_object(name, value)
    if "type" not in value:
        raise missing(f"{name}.type")
    text()(f"{name}.type", value["type"])
    if value["type"] in ("function", "custom"):
        text()(f"{name}.name", value.get("name"))
    if value["type"] == "allowed_tools":
        array(tool)(f"{name}.tools", value.get("tools"))


def reasoning(name: str, value: Any) -> None:
    _parts(name, value, {
        "effort": choice(*EFFORTS),
        "summary": choice("auto", "concise", "detailed"),
        "generate_summary": choice("auto", "concise", "detailed"),
        "context": choice("auto", "current_turn", "all_turns"),
        "mode": text(),
    })  # fmt: skip


def wording(name: str, value: Any) -> None:
    _parts(name, value, {"format": text_format, "verbosity": choice("low", "medium", "high")})


def text_format(name: str, value: Any) -> None:
    an_object(name, value)
    if "type" not in value:
        raise missing(f"{name}.type")
    choice("text", "json_object", "json_schema")(f"{name}.type", value["type"])
    if value["type"] == "json_schema":
        for key in ("name", "schema"):
            if key not in value:
                raise missing(f"{name}.{key}")
        described = {key: each for key, each in value.items() if key != "type"}
        parameters.response_format(name, {"type": "json_schema", "json_schema": described})


def _parts(name: str, value: Any, known: dict[str, Check]) -> None:
    an_object(name, value)
    for key, inner in value.items():
        if key not in known:
            raise Problem(f"Unknown parameter: '{name}.{key}'.", param=f"{name}.{key}", code="unknown_parameter")
        if inner is not None:
            known[key](f"{name}.{key}", inner)


PARAMETERS: dict[str, Check] = {
    "model": text(),
    "input": either(str, text(), array(item)),
    "access_programs": an_object,
    "background": boolean,
    "context_management": array(an_object, least=1),
    "conversation": either(str, text(), an_object),
    "image": an_object,
    "include": array(choice(*INCLUDABLE)),
    "instructions": text(),
    "max_output_tokens": integer(16),
    "max_tool_calls": integer(1),
    "metadata": parameters.metadata,
    "moderation": an_object,
    "parallel_tool_calls": boolean,
    "previous_response_id": text(),
    "prompt": an_object,
    "prompt_cache_key": text(),
    "prompt_cache_options": an_object,
    "prompt_cache_retention": choice("in_memory", "24h"),
    "reasoning": reasoning,
    "safety_identifier": text(64),
    "service_tier": choice("auto", "default", "flex", "scale", "priority", "fast", "ultrafast"),
    "store": boolean,
    "stream": boolean,
    "stream_options": an_object,
    "temperature": decimal(0, 2),
    "text": wording,
    "tool_choice": either(str, choice("none", "auto", "required"), tool_choice),
    "tools": array(tool),
    "top_logprobs": integer(0, 20),
    "top_p": decimal(0, 1),
    "truncation": choice("auto", "disabled"),
    "user": text(),
}


def check(body: dict[str, Any]) -> None:
    """Raises the first `Problem` that the API would find."""
    if "model" not in body:
        raise missing("model")
    for name, value in body.items():
        if name not in PARAMETERS:
            raise Problem(f"Unknown parameter: '{name}'.", param=name, code="unknown_parameter")
        PARAMETERS[name](name, value)
    if not any(body.get(name) for name in ("input", "instructions", "prompt", "previous_response_id", "conversation")):
        raise missing("input")
    if "previous_response_id" in body and "conversation" in body:
        raise Problem("'previous_response_id' and 'conversation' cannot be used together.", param="conversation")
    if body.get("background") and body.get("store") is False:
        raise Problem("'background' responses require 'store' to be true.", param="store")
    if body["model"] == "sandbox-reasoning":
        _reasoning(body)


def _reasoning(body: dict[str, Any]) -> None:
    for name in ("temperature", "top_p", "top_logprobs"):
        if body.get(name, 1) != 1:
            raise Problem(
                f"Unsupported parameter: '{name}' is not supported with this model.",
                param=name,
                code="unsupported_parameter",
            )
