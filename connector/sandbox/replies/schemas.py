"""A small valid instance of a JSON schema, for structured answers and the arguments of tools.

Knows what the API's structured outputs allow (OpenAI guide, structured outputs: supported schemas) and the common
rest of JSON Schema. What cannot be met (a `pattern`, a contradiction) is answered with something of the right type,
and a schema that is none at all with null.
"""

import math
from typing import Any

DEEPEST = 6  # levels; a schema may refer to itself
BOTTOM = 30  # levels, where even what is required ends
MOST = 2000  # values in all
LONGEST = 1000  # items or characters, whatever a schema demands

_FORMATS = {
    "date-time": "2026-11-20T12:00:00Z",
    "date": "2026-11-20",
    "time": "12:00:00Z",
    "duration": "P1D",
    "email": "ada@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uuid": "3f2c1d6e-8f4b-4b1e-9a57-0d6a1c2b3e4f",
    "uri": "https://example.com/",
}


def instance(schema: Any, *, name: str = "value") -> Any:
    """An instance of `schema`; `name` is what it is for, and colours the texts in it."""
    return _Maker(schema).make(schema, name, 0)


class _Maker:
    def __init__(self, root: Any) -> None:
        self.root = root
        self.left = MOST

    def make(self, schema: Any, name: str, depth: int) -> Any:
        self.left -= 1
        if not isinstance(schema, dict) or depth > BOTTOM or self.left < 0:
            return None
        schema = self.resolve(schema)
        for word in ("const", "default", "example"):
            if word in schema:
                return schema[word]
        if choices := _list(schema, "enum"):
            return choices[0]
        for word in ("anyOf", "oneOf"):
            if choices := _list(schema, word):
                rest = {key: value for key, value in schema.items() if key != word}
                return self.make(rest | self.simplest(choices, depth), name, depth + 1)
        if _list(schema, "allOf"):
            return self.make(self.merged(schema), name, depth + 1)
        match self.kind(schema, depth):
            case "object":
                return self.an_object(schema, depth)
            case "array":
                return self.an_array(schema, name, depth)
            case "string":
                return _text(schema, name)
            case "integer":
                return _number(schema, whole=True)
            case "number":
                return _number(schema, whole=False)
            case "boolean":
                return True
        return None

    def an_object(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        required = [key for key in _list(schema, "required") if isinstance(key, str)]
        properties = _dict(schema, "properties")
        keys = [*properties, *(key for key in required if key not in properties)]
        return {
            key: self.make(properties.get(key, True), key, depth + 1)
            for key in keys
            if key in required or depth < DEEPEST
        }

    def an_array(self, schema: dict[str, Any], name: str, depth: int) -> list[Any]:
        least = int(min(_limit(schema, "minItems", 0), LONGEST))
        most = _limit(schema, "maxItems", LONGEST)
        count = max(least, 1 if most >= 1 and depth < DEEPEST else 0)
        return [self.make(schema.get("items", True), name, depth + 1) for _ in range(count)]

    def resolve(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Follows `$ref` inside the document; one that leads nowhere stands for anything."""
        for _ in range(DEEPEST):
            reference = schema.get("$ref")
            if not isinstance(reference, str):
                break
            found: Any = self.root
            for step in reference.removeprefix("#").split("/")[1:]:
                found = found.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
            rest = {key: value for key, value in schema.items() if key != "$ref"}
            schema = rest | (found if isinstance(found, dict) else {})
        return schema

    def simplest(self, schemas: list[Any], depth: int) -> dict[str, Any]:
        """The first alternative; deep down the one that ends."""
        candidates = [self.resolve(schema) for schema in schemas if isinstance(schema, dict)]
        if depth >= DEEPEST:
            candidates.sort(key=lambda schema: schema.get("type") in ("object", "array"))
        return candidates[0] if candidates else {}

    def merged(self, schema: dict[str, Any]) -> dict[str, Any]:
        """`allOf` as one schema."""
        whole = {key: value for key, value in schema.items() if key != "allOf"}
        for part in _list(schema, "allOf"):
            part = self.resolve(part) if isinstance(part, dict) else {}
            whole |= part | {
                "properties": _dict(whole, "properties") | _dict(part, "properties"),
                "required": [*_list(whole, "required"), *_list(part, "required")],
            }
        return whole

    def kind(self, schema: dict[str, Any], depth: int) -> Any:
        if kinds := _list(schema, "type"):
            return "null" if depth >= DEEPEST and "null" in kinds else kinds[0]
        if "type" in schema:
            return schema["type"]
        return "object" if "properties" in schema else "array" if "items" in schema else "string"


def _text(schema: dict[str, Any], name: str) -> str:
    wanted = schema.get("format")
    if isinstance(wanted, str) and wanted in _FORMATS:
        return _FORMATS[wanted]
    text = f"sample {name}".ljust(int(min(_limit(schema, "minLength", 0), LONGEST)), ".")
    return text[: int(min(_limit(schema, "maxLength", LONGEST), LONGEST))]


def _number(schema: dict[str, Any], *, whole: bool) -> float:
    """A multiple of `multipleOf` between the limits, as small as may be."""
    step = _limit(schema, "multipleOf", 1 if whole else 0.5) or 1
    above, below = _limit(schema, "exclusiveMinimum", -math.inf), _limit(schema, "exclusiveMaximum", math.inf)
    least, most = _limit(schema, "minimum", -math.inf), _limit(schema, "maximum", math.inf)
    found = math.ceil(max(least, above, min(step, most, below)) / step) * step
    if found <= above:
        found += step
    if found > most or found >= below:
        found = math.floor(min(most, below) / step) * step
        if found >= below:
            found -= step
    if not whole and not (least <= found <= most and above < found < below):
        found = (max(least, above) + min(most, below)) / 2
    return int(found) if whole else found


def _limit(schema: dict[str, Any], name: str, default: float) -> float:
    """A number of the schema; the default for one that is none, or too large to reckon with."""
    value = schema.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e15:
        return default
    return value if value >= 0 or name.lower().endswith(("minimum", "maximum")) else default


def _list(schema: dict[str, Any], name: str) -> list[Any]:
    value = schema.get(name)
    return value if isinstance(value, list) else []


def _dict(schema: dict[str, Any], name: str) -> dict[str, Any]:
    value = schema.get(name)
    return value if isinstance(value, dict) else {}
