"""What the page offers to try: a prompt with variables, an answer that follows a schema, a tool."""

from typing import Any

from playground.prompt.forms import Written

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "description": "Who it is about"},
        "born": {"type": ["integer", "null"], "description": "The year, if it is told"},
        "known_for": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["name", "born", "known_for"],
    "additionalProperties": False,
}
TOOLS: list[dict[str, Any]] = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "The weather at a place, now.",
            "strict": True,
            "parameters": {
                "type": "object",
                "properties": {"place": {"type": "string"}},
                "required": ["place"],
                "additionalProperties": False,
            },
        },
    }
]
FORMAT = {"type": "json_schema", "json_schema": {"name": "person", "strict": True, "schema": SCHEMA}}

EXAMPLES: dict[str, tuple[str, Written]] = {
    "variables": (
        "A text rewritten for somebody, with variables",
        Written(
            system="You rewrite texts. Keep every fact; change only the words.",
            question="Rewrite this for {{reader}}, in {{sentences}} sentences at most:\n\n{{text}}",
            values={
                "reader": "a child of eight",
                "sentences": "three",
                "text": "Lighthouses mark dangerous coasts and safe entries to harbours by a light seen far away.",
            },
        ),
    ),
    "schema": (
        "Facts out of a text, as JSON that follows a schema",
        Written(
            system="You take facts out of texts. What is not told is null.",
            question="{{text}}",
            values={"text": "Ada Lovelace, born in 1815, wrote the first program for a machine that was never built."},
            parameters={"response_format": FORMAT},
        ),
    ),
    "tools": (
        "A question that needs a tool, whose result you give",
        Written(
            question="Do I need an umbrella in {{place}}?", values={"place": "Bergen"}, parameters={"tools": TOOLS}
        ),
    ),
}
