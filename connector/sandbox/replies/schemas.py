"""A small valid instance of a JSON schema, for structured answers and the arguments of tools.

Knows what the API's structured outputs allow (OpenAI guide, structured outputs: supported schemas) and the common
rest of JSON Schema. What cannot be met (a `pattern`) is answered with something of the right type.
"""

from typing import Any

DEEPEST = 6  # levels; a schema may refer to itself
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
    return _Maker(schema if isinstance(schema, dict) else {}).make(schema, name, 0)


class _Maker:
    def __init__(self, root: dict[str, Any]) -> None:
        self.root = root

    def make(self, schema: Any, name: str, depth: int) -> Any:
        if not isinstance(schema, dict):
            return None  # `true`: anything is valid
        schema = self.resolve(schema)
        if "const" in schema:
            return schema["const"]
        if schema.get("enum"):
            return schema["enum"][0]
        for word in ("default", "example"):
            if word in schema:
                return schema[word]
        for word in ("anyOf", "oneOf"):
            if schema.get(word):
                rest = {key: value for key, value in schema.items() if key != word}
                return self.make({**rest, **self.simplest(schema[word], depth)}, name, depth)
        if schema.get("allOf"):
            return self.make(self.merged(schema), name, depth)
        match self.kind(schema, depth):
            case "object":
                return self.an_object(schema, depth)
            case "array":
                least = min(int(schema.get("minItems", 0)), LONGEST)
                count = least if depth >= DEEPEST else max(least, min(1, int(schema.get("maxItems", 1))))
                return [self.make(schema.get("items", True), name, depth + 1) for _ in range(count)]
            case "string":
                return _text(schema, name)
            case "integer":
                return int(_number(schema, whole=True))
            case "number":
                return _number(schema, whole=False)
            case "boolean":
                return True
        return None

    def an_object(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        required = schema.get("required", [])
        properties = schema.get("properties", {})
        keys = [*properties, *(key for key in required if key not in properties)]
        return {
            key: self.make(properties.get(key, True), key, depth + 1)
            for key in keys
            if key in required or depth < DEEPEST
        }

    def resolve(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Follows `$ref` inside the document; one that leads nowhere stands for anything."""
        for _ in range(DEEPEST):
            reference = schema.get("$ref")
            if not isinstance(reference, str):
                break
            found: Any = self.root
            for step in reference.removeprefix("#").split("/")[1:]:
                found = found.get(step.replace("~1", "/").replace("~0", "~"), {}) if isinstance(found, dict) else {}
            schema = {**{key: value for key, value in schema.items() if key != "$ref"}, **found}
        return schema

    def simplest(self, schemas: list[Any], depth: int) -> dict[str, Any]:
        """The first alternative; deep down the one that ends."""
        candidates = [self.resolve(schema) for schema in schemas if isinstance(schema, dict)]
        if depth >= DEEPEST:
            candidates.sort(key=lambda schema: schema.get("type") in ("object", "array"))
        return candidates[0] if candidates else {}

    def merged(self, schema: dict[str, Any]) -> dict[str, Any]:
        whole = {key: value for key, value in schema.items() if key != "allOf"}
        for part in schema["allOf"]:
            part = self.resolve(part) if isinstance(part, dict) else {}
            whole = {
                **whole,
                **part,
                "properties": {**whole.get("properties", {}), **part.get("properties", {})},
                "required": [*whole.get("required", []), *part.get("required", [])],
            }
        return whole

    def kind(self, schema: dict[str, Any], depth: int) -> str:
        found = schema.get("type")
        if isinstance(found, list):
            return "null" if depth >= DEEPEST and "null" in found else str(found[0])
        if found:
            return str(found)
        return "object" if "properties" in schema else "array" if "items" in schema else "string"


def _text(schema: dict[str, Any], name: str) -> str:
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    text = f"sample {name}"
    text = text.ljust(min(int(schema.get("minLength", 0)), LONGEST), ".")
    return text[: int(schema["maxLength"])] if "maxLength" in schema else text


def _number(schema: dict[str, Any], *, whole: bool) -> float:
    step = schema.get("multipleOf", 1 if whole else 0.5)
    least = max(schema.get("minimum", -float("inf")), schema.get("exclusiveMinimum", -float("inf")))
    most = min(schema.get("maximum", float("inf")), schema.get("exclusiveMaximum", float("inf")))
    found: float = min(max(step, least), most)
    if found % step:
        found = found // step * step
    if found < least or found == schema.get("exclusiveMinimum"):
        found += step
    if found == schema.get("exclusiveMaximum"):
        found -= step
    if not whole and not least <= found <= most:
        found = (least + most) / 2
    return found
