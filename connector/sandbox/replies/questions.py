"""What the sandbox understood of a chat request: the body, once it is known to be right."""

import random
import re
from dataclasses import dataclass
from typing import Any

_SHOWN_ELSEWHERE = {"model", "messages", "stream", "stream_options"}
_GO_ON = re.compile(r"\W*(please )?(continue|go on|carry on)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Question:
    model: str
    body: dict[str, Any]  # as it came, without the parameters that are null

    @property
    def messages(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.body["messages"]
        return found

    @property
    def parameters(self) -> dict[str, Any]:
        """What was set, apart from what every request has."""
        return {name: value for name, value in self.body.items() if name not in _SHOWN_ELSEWHERE}

    @property
    def streamed(self) -> bool:
        return bool(self.body.get("stream"))

    @property
    def with_usage(self) -> bool:
        return bool(self.body.get("stream_options", {}).get("include_usage"))

    @property
    def n(self) -> int:
        return int(self.body.get("n", 1))

    @property
    def limit(self) -> int | None:
        """The most tokens of the answer, reasoning included."""
        found: int | None = self.body.get("max_completion_tokens", self.body.get("max_tokens"))
        return found

    @property
    def stops(self) -> list[str]:
        stop = self.body.get("stop", [])
        return [stop] if isinstance(stop, str) else list(stop)

    @property
    def format(self) -> dict[str, Any]:
        found: dict[str, Any] = self.body.get("response_format", {"type": "text"})
        return found

    @property
    def system(self) -> str:
        return "\n\n".join(text_of(m) for m in self.messages if m["role"] in ("system", "developer"))

    @property
    def conversation(self) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["role"] not in ("system", "developer")]

    @property
    def last(self) -> dict[str, Any]:
        """The message to be answered; a system prompt alone is one, too."""
        return (self.conversation or self.messages)[-1]

    @property
    def earlier(self) -> list[dict[str, Any]]:
        return self.conversation[:-1]

    @property
    def begun(self) -> str:
        """The part of an answer that is to be continued, or nothing."""
        if self.last["role"] == "assistant":
            return text_of(self.last)
        if self.earlier and self.earlier[-1]["role"] == "assistant" and _GO_ON.match(text_of(self.last)):
            return text_of(self.earlier[-1])
        return ""

    def chance(self, index: int) -> random.Random:
        """Chance for choice `index`: the same for the same seed (or a temperature of 0), else another each time."""
        seed = self.body.get("seed", 0 if self.body.get("temperature") == 0 else None)
        return random.Random(None if seed is None else f"{seed}/{index}")  # noqa: S311  # nothing secret about a demonstration


def text_of(message: dict[str, Any]) -> str:
    """The text of a message, with a note in brackets for each part that is not text."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    return "\n".join(_part(part) for part in content or [])


def _part(part: dict[str, Any]) -> str:
    match part.get("type"):
        case "text" | "refusal" as kind:
            return str(part.get(kind, ""))
        case "image_url":
            return "[a picture]"
        case "input_audio":
            return "[a sound]"
        case kind:
            return f"[a {kind}]"
