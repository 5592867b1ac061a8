"""A session as a document to take away: data for JSON, or Markdown. Nothing of the configuration but its name."""

import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from connector.models.message import ChatCompletionsMessage as Message
    from connector.models.session import ChatCompletionsSession as Session

FORMAT = "promptyard-session-1"


def as_data(session: "Session") -> dict[str, Any]:
    """The session with the messages of all its branches; `path` are the ids of those shown. JSON takes it as it is."""
    messages = list(session.messages.select_related("run"))
    from_root = session.path_of(messages)
    return {
        "format": FORMAT,
        "title": session.title,
        "created": _when(session.created),
        "configuration": session.configuration.display_name if session.configuration else None,
        "model": session.model,
        "system_prompt": session.system_prompt,
        "parameters": session.parameters,
        "path": [message.pk for message in from_root],
        "messages": [_message(message) for message in messages],
    }


def as_markdown(session: "Session") -> str:
    """The path shown: a title, the system prompt as a quotation, and a heading with who said it for each message."""
    parts = [f"# {session.title or session}"]
    if session.system_prompt:
        parts.append("\n".join(f"> {line}".rstrip() for line in session.system_prompt.splitlines()))
    for message in session.path():
        model = f" ({message.run.model})" if message.run and message.run.model else ""
        parts.append(f"## {message.get_role_display()}{model}")
        parts.append(message.content or message.refusal or "*(empty)*")
        if message.run and not message.run.is_going and message.run.state not in ("done", "length"):
            parts.append(f"*{message.run.get_state_display()}*")
    return "\n\n".join(parts) + "\n"


def _message(message: "Message") -> dict[str, Any]:
    said = {
        "id": message.pk,
        "parent": message.parent_id,
        "role": message.role,
        "content": message.content,
        "reasoning": message.reasoning,
        "refusal": message.refusal,
        "tool_calls": message.tool_calls,
        "finish_reason": message.finish_reason,
        "created": _when(message.created),
    }
    return {name: value for name, value in said.items() if value not in ("", [])} | _run(message)


def _run(message: "Message") -> dict[str, Any]:
    run = message.run
    if run is None:
        return {}
    return {
        "run": {
            "id": run.pk,
            "state": run.state,
            "model": run.model,
            "parameters": run.request,
            "usage": run.usage,
            "usage_estimated": run.usage_estimated,
            "first_token_ms": run.first_token_ms,
            "duration_ms": run.duration_ms,
        }
    }


def _when(moment: datetime.datetime | None) -> str | None:
    return moment.isoformat() if moment else None
