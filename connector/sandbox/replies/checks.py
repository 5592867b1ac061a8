"""What the real API refuses in a chat request, with its words (OpenAI API reference, chat/create).

Each parameter by itself (`parameters`, which builds on `values`), then what concerns several of them at once.
"""

from typing import Any

from connector.client import wire
from connector.client.errors import BadAnswer
from connector.sandbox.replies.parameters import PARAMETERS
from connector.sandbox.replies.problems import Problem, missing

DEEPEST = 64  # levels of a body


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
