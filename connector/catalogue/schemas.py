"""Schemas and tools before they are sent: what the API would refuse, and where in them that is.

Strict schemas: OpenAI guide, structured outputs, supported schemas (as of 2026): a closed subset of JSON Schema, whose
objects name every property as required and allow no others. A schema may refer to itself (`#`, `#/$defs/…`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from connector.catalogue.located import Path

STRICT_SOURCE = "OpenAI guide, structured outputs"
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")  # OpenAI API reference, function.name, response_format.json_schema.name

DEEPEST = 10  # levels of objects in a strict schema
DEEPEST_LOOSE = 100  # levels of anything
MOST_PROPERTIES = 5_000
MOST_CHOICES = 1_000  # values of all enums together
MANY_CHOICES = 250  # of one enum of texts, from where their length counts
LONGEST_CHOICES = 15_000  # characters
LONGEST_NAMES = 120_000  # characters of names, values of enums and constants
MOST_FLAWS = 20

BY_NAME = ("properties", "$defs", "definitions", "patternProperties", "dependentSchemas")  # hold schemas by name
INSIDE = ("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames")
LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")

TYPES = ("string", "number", "integer", "boolean", "object", "array", "null")
KEYWORDS = {
    *("type", "enum", "const", "anyOf", "$ref", "$defs", "definitions", "title", "description", "$schema", "$id"),
    *("properties", "required", "additionalProperties", "items", "minItems", "maxItems", "pattern", "format"),
    *("minLength", "maxLength", "multipleOf", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
}
TOLD = ("type", "required", "additionalProperties", "enum", "anyOf", "$ref", "name", *BY_NAME)
INSTEAD = {
    "oneOf": "anyOf",
    "default": "the description",
    "examples": "the description",
    "allOf": "all properties in one object",
    "prefixItems": "items",
    "patternProperties": "an array of objects with a name and a value",
}


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong, and at which part."""

    path: Path
    reason: str

    @property
    def where(self) -> str:
        """The part in words, without the keywords that are clear from the reason: `schema.address.street`."""
        steps = [step for step in self.path if step != "properties"]
        if steps and steps[-1] in TOLD:
            steps.pop()
        return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).lstrip(".")[:200]

    def __str__(self) -> str:
        return f"{self.where} {self.reason}".lstrip()


def flaws(schema: Any, *, strict: bool, path: Path = ()) -> list[Flaw]:
    """What is wrong with a schema that stands at `path`: the first ones, in its order."""
    look = _Strict(schema, path) if strict else _Look(schema, path)
    found: list[Flaw] = []
    for flaw in look.all():
        found.append(flaw)
        if len(found) == MOST_FLAWS:
            break
    return found


def of_format(described: Any, path: Path = ()) -> list[Flaw]:
    """Of a `json_schema` of chat's response format: its name, and its schema."""
    if not isinstance(described, dict) or not isinstance(described.get("schema", {}), dict):
        return [Flaw(path, 'json_schema needs a schema; allowed: {"name": …, "schema": {…}}')]
    found = []
    if not NAME.fullmatch(str(described.get("name", ""))):
        reason = "the schema's name is not valid; allowed: 1 to 64 of letters, digits, _ and -"
        found.append(Flaw((*path, "name"), reason))
    return found + flaws(described.get("schema", {}), strict=bool(described.get("strict")), path=(*path, "schema"))


def of_tools(tools: Any) -> list[Flaw]:
    """Of functions and custom tools, in the form of chat or in the flat one of responses; others pass as they are."""
    found: list[Flaw] = []
    names: set[str] = set()
    for index, tool in enumerate(tools if isinstance(tools, list) else []):
        kind = tool.get("type") if isinstance(tool, dict) else None
        if kind not in ("function", "custom"):
            continue
        is_nested = kind in tool
        described, path = (tool[kind], (index, kind)) if is_nested else (tool, (index,))
        if isinstance(described, dict):
            found += _of_tool(described, path, names)
    return found[:MOST_FLAWS]


def _of_tool(described: dict[str, Any], path: Path, names: set[str]) -> Iterator[Flaw]:
    name = described.get("name")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        yield Flaw((*path, "name"), "a tool's name has 1 to 64 of letters, digits, _ and -")
    elif name in names:
        yield Flaw((*path, "name"), f"there is a tool “{name}” already")
    else:
        names.add(name)
    if "parameters" in described and described["parameters"] is not None:
        strict = described.get("strict") is True
        yield from flaws(described["parameters"], strict=strict, path=(*path, "parameters"))


class _Look:
    """Any schema: it ends, and leads nowhere else."""

    def __init__(self, root: Any, path: Path) -> None:
        self.root, self.path = root, path

    def all(self) -> Iterator[Flaw]:
        if not isinstance(self.root, dict):
            yield Flaw(self.path, "a schema must be a JSON object")
            return
        yield from self.visit(self.root, self.path, 0)

    def visit(self, schema: Any, path: Path, depth: int) -> Iterator[Flaw]:
        if isinstance(schema, bool):
            return
        if not isinstance(schema, dict):
            yield Flaw(path, "a schema must be a JSON object")
            return
        if depth > DEEPEST_LOOSE:
            yield Flaw(path, f"nested more than {DEEPEST_LOOSE} levels deep; refer to itself with $ref instead")
            return
        yield from self.types(schema, path)
        if "$ref" in schema:
            yield from self.reference(schema["$ref"], (*path, "$ref"))
        for name in BY_NAME:
            if name in schema and not isinstance(schema[name], dict):
                yield Flaw((*path, name), f"{name} must be an object of schemas")
            elif name in schema:
                for key, inner in schema[name].items():
                    yield from self.visit(inner, (*path, name, key), depth + 1)
        for name in LISTS:
            if name in schema and not (isinstance(schema[name], list) and schema[name]):
                yield Flaw((*path, name), f"{name} must be a list of schemas")
            elif name in schema:
                for index, inner in enumerate(schema[name]):
                    yield from self.visit(inner, (*path, name, index), depth + 1)
        for name in INSIDE:
            if name in schema:
                yield from self.visit(schema[name], (*path, name), depth + 1)

    def types(self, schema: dict[str, Any], path: Path) -> Iterator[Flaw]:
        kinds = schema.get("type", [])
        for kind in kinds if isinstance(kinds, list) else [kinds]:
            if kind not in TYPES:
                yield Flaw((*path, "type"), f"there is no such type; allowed: {', '.join(TYPES)}")
        required = schema.get("required", [])
        if not isinstance(required, list) or not all(isinstance(name, str) for name in required):
            yield Flaw((*path, "required"), "required must be a list of names")
        if "enum" in schema and not (isinstance(schema["enum"], list) and schema["enum"]):
            yield Flaw((*path, "enum"), "enum must be a list of values")

    def reference(self, reference: Any, path: Path) -> Iterator[Flaw]:
        """It leads to a part of this document, and not only to other references in a circle."""
        seen = set()
        while True:
            if not isinstance(reference, str) or not (reference == "#" or reference.startswith("#/")):
                yield Flaw(path, "$ref may only lead to this schema itself: # or #/$defs/…")
                return
            if reference in seen:
                yield Flaw(path, "$ref leads back to itself, so there is nothing that it could stand for")
                return
            seen.add(reference)
            found = self.target(reference)
            if found is None:
                yield Flaw(path, f"{reference[:80]} is not in this schema")
                return
            if "$ref" not in found or found.keys() - {"$ref", "title", "description", "$defs", "definitions"}:
                return
            reference = found["$ref"]

    def target(self, reference: str) -> dict[str, Any] | None:
        found: Any = self.root
        for step in reference.split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            if isinstance(found, list) and name.isascii() and name.isdigit() and len(name) < 6:
                found = found[int(name)] if int(name) < len(found) else None
            else:
                found = found.get(name) if isinstance(found, dict) else None
        return found if isinstance(found, dict) else None


class _Strict(_Look):
    """What structured outputs take."""

    def __init__(self, root: Any, path: Path) -> None:
        super().__init__(root, path)
        self.properties = self.choices = self.characters = 0
        self.objects: list[Path] = []  # those around the one that is looked at

    def all(self) -> Iterator[Flaw]:
        if isinstance(self.root, dict) and "anyOf" in self.root:
            yield Flaw((*self.path, "anyOf"), "a strict schema is an object at its root, not anyOf")
        elif isinstance(self.root, dict) and self.root.get("type") != "object":
            yield Flaw((*self.path, "type"), 'a strict schema is an object at its root: "type": "object"')
        yield from super().all()
        for count, most, what in (
            (self.properties, MOST_PROPERTIES, "properties"),
            (self.choices, MOST_CHOICES, "values of enums"),
            (self.characters, LONGEST_NAMES, "characters in names and values"),
        ):
            if count > most:
                yield Flaw(self.path, f"it has {count:,} {what}; a strict schema can have {most:,}")

    def visit(self, schema: Any, path: Path, depth: int) -> Iterator[Flaw]:
        if isinstance(schema, bool):
            if path[-1:] != ("additionalProperties",):
                yield Flaw(path, "a strict schema says what it takes: an object with a type")
            return
        if isinstance(schema, dict):
            yield from self.keywords(schema, path)
            yield from self.values(schema, path)
        is_object = isinstance(schema, dict) and (_is_object(schema) or "properties" in schema)
        if is_object:
            yield from self.closed(schema, path)
            self.objects.append(path)
            if len(self.objects) == DEEPEST + 1:
                yield Flaw(path, f"objects are nested more than {DEEPEST} levels deep in a strict schema")
        if len(self.objects) <= DEEPEST:
            yield from super().visit(schema, path, depth)
        if is_object:
            self.objects.pop()

    def keywords(self, schema: dict[str, Any], path: Path) -> Iterator[Flaw]:
        for word in schema:
            if word not in KEYWORDS:
                instead = f"; say it with {INSTEAD[word]}" if word in INSTEAD else ""
                yield Flaw((*path, word), f"strict schemas do not take {word[:40]}{instead}")
        if not schema.keys() & {"type", "enum", "const", "anyOf", "$ref", "properties"}:
            yield Flaw(path, "a type is missing, because the schema is strict")
        if _has_type(schema, "array") and "items" not in schema:
            yield Flaw(path, "an array must say what its items are, because the schema is strict")

    def closed(self, schema: dict[str, Any], path: Path) -> Iterator[Flaw]:
        """OpenAI guide, structured outputs: additionalProperties is false, and everything is required."""
        if schema.get("additionalProperties") is not False:
            at = (*path, "additionalProperties")
            yield Flaw(at, "must say additionalProperties: false, because the schema is strict")
        properties, required = schema.get("properties", {}), schema.get("required", [])
        if not isinstance(properties, dict) or not isinstance(required, list):
            return  # told elsewhere
        named = {name for name in required if isinstance(name, str)}
        if missing := [name for name in properties if name not in named]:
            names = ", ".join(name[:40] for name in missing[:10])
            yield Flaw((*path, "required"), f"must list {names} as required, because the schema is strict")
        if unknown := sorted(named - properties.keys()):
            yield Flaw((*path, "required"), f"{unknown[0][:40]} is required and not among the properties")
        self.properties += len(properties)

    def values(self, schema: dict[str, Any], path: Path) -> Iterator[Flaw]:
        """Counts what there may be only so much of."""
        for name in ("properties", "$defs", "definitions"):
            if isinstance(schema.get(name), dict):
                self.characters += sum(map(len, schema[name]))
        choices = schema.get("enum")
        choices = choices if isinstance(choices, list) else []
        texts = [value for value in [*choices, schema.get("const")] if isinstance(value, str)]
        length = sum(map(len, texts))
        self.choices += len(choices)
        self.characters += length
        if len(choices) > MANY_CHOICES and length > LONGEST_CHOICES:
            reason = f"{len(choices)} texts may have {LONGEST_CHOICES:,} characters together, not {length:,}"
            yield Flaw((*path, "enum"), reason)


def _is_object(schema: dict[str, Any]) -> bool:
    return _has_type(schema, "object")


def _has_type(schema: dict[str, Any], kind: str) -> bool:
    kinds = schema.get("type")
    return kind in kinds if isinstance(kinds, list) else kinds == kind
