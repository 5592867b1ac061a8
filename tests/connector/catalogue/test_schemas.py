"""JSON schemas and tools before they are sent: the strict rules, references, endless nesting, and where it is."""

import pytest

from connector.catalogue import fit, located, schemas
from connector.client import errors
from connector.sandbox.replies import schemas as made


def an_object(**properties):
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


TEXT = {"type": "string"}


def reasons(schema, strict=True):
    return [str(flaw) for flaw in schemas.flaws(schema, strict=strict)]


def nested(levels, schema=TEXT):
    for _ in range(levels):
        schema = an_object(a=schema)
    return schema


RECURSIVE = an_object(
    value=TEXT,
    children={"type": "array", "items": {"$ref": "#"}},
    next={"anyOf": [{"$ref": "#/$defs/n"}, {"type": "null"}]},
) | {"$defs": {"n": an_object(next={"anyOf": [{"$ref": "#/$defs/n"}, {"type": "null"}]})}}


@pytest.mark.parametrize(
    "schema",
    [
        an_object(),
        an_object(a=TEXT, b={"type": ["integer", "null"], "minimum": 1}, c={"enum": ["x", "y"]}, d={"const": 3}),
        an_object(a={"type": "array", "items": an_object(b=TEXT), "minItems": 1}),
        RECURSIVE,
        nested(10),
        an_object(**{f"p{n}": TEXT for n in range(5000)}),
    ],
)
def test_what_structured_outputs_take_passes(schema):
    assert reasons(schema) == []


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ([], "must be a JSON object"),
        ({"type": "array", "items": TEXT}, "is an object at its root"),
        ({"anyOf": [an_object()]}, "not anyOf"),
        ({"$ref": "#/$defs/a", "$defs": {"a": an_object()}}, "is an object at its root"),
        ({"type": "object", "properties": {}}, "additionalProperties: false"),
        (an_object() | {"additionalProperties": TEXT}, "additionalProperties: false"),
        (an_object(a=TEXT, b=TEXT) | {"required": ["a"]}, "must list b as required"),
        (an_object(a=TEXT) | {"required": ["a", "z"]}, "z is required and not among"),
        (an_object(a=TEXT) | {"required": "a"}, "required must be a list"),
        (an_object(a={"oneOf": [TEXT]}), "do not take oneOf; say it with anyOf"),
        (an_object(a=TEXT | {"default": "x"}), "do not take default"),
        (an_object(a={"allOf": [TEXT]}), "do not take allOf"),
        (an_object(a={"description": "anything"}), "a type is missing"),
        (an_object(a=True), "says what it takes"),
        (an_object(a={"type": "array"}), "what its items are"),
        (an_object(a={"type": "text"}), "no such type"),
        (an_object(a={"enum": []}), "enum must be a list"),
        (an_object(a={"type": "string", "enum": ["x" * 61 + str(n) for n in range(251)]}), "characters together"),
        (an_object(a={"enum": list(range(1001))}), "1,001 values of enums"),
        (an_object(**{f"p{n}": TEXT for n in range(5001)}), "5,001 properties"),
        (an_object(a={"const": "x" * 120_001}), "120,002 characters"),
        (nested(11), "more than 10 levels"),
        (an_object(a={"$ref": "#/$defs/b"}), "is not in this schema"),
        (an_object(a={"$ref": "https://example.com/schema.json"}), "only lead to this schema itself"),
        (an_object(a={"$ref": "other.json#/a"}), "only lead to this schema itself"),
        (an_object(a={"$ref": 3}), "only lead to this schema itself"),
        (an_object(a={"$ref": "#/properties/a"}), "leads back to itself"),
        (
            an_object(a={"$ref": "#/$defs/b"}) | {"$defs": {"b": {"$ref": "#/$defs/c"}, "c": {"$ref": "#/$defs/b"}}},
            "leads back to itself",
        ),
    ],
)
def test_what_they_do_not_take_is_told(schema, words):
    found = reasons(schema)
    assert any(words in reason for reason in found), found


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "object", "properties": {"a": {"oneOf": [TEXT, True]}}, "patternProperties": {"^x": TEXT}},
        {"type": "object", "properties": {"self": {"$ref": "#"}}},
        {"allOf": [{"$ref": "#/definitions/a"}], "definitions": {"a": {"items": [TEXT][0]}}},
    ],
)
def test_a_loose_schema_may_be_anything_that_ends(schema):
    assert reasons(schema, strict=False) == []


def test_endless_nesting_is_refused_and_a_reference_to_itself_proposed():
    bottomless = nested(1000)
    assert any("$ref instead" in reason for reason in reasons(bottomless, strict=False))
    assert any("10 levels" in reason for reason in reasons(bottomless))


def test_a_schema_that_is_wrong_everywhere_is_told_a_few_times():
    assert len(reasons(an_object(**{f"p{n}": {} for n in range(5000)}))) == schemas.MOST_FLAWS


def test_a_flaw_is_found_in_its_line():
    text = """{
      "type": "object",
      "properties": {
        "name": {"type": "string"},
        "address": {
          "type": "object",
          "properties": {"street": {"type": "string"}},
          "required": []
        }
      },
      "required": ["name", "address"],
      "additionalProperties": false
    }"""
    typed = located.parse(text)
    found = {str(flaw): typed.place(flaw.path).line for flaw in schemas.flaws(typed.value, strict=True)}
    assert found == {
        "address must say additionalProperties: false, because the schema is strict": 5,
        "address must list street as required, because the schema is strict": 8,
    }


@pytest.mark.parametrize(
    ("tools", "words", "path"),
    [
        ([{"type": "function", "function": {"name": "a b"}}], "1 to 64", (0, "function", "name")),
        ([{"type": "function", "name": "a" * 65}], "1 to 64", (0, "name")),
        ([{"type": "custom", "custom": {}}], "1 to 64", (0, "custom", "name")),
        ([{"type": "function", "name": "a"}, {"type": "custom", "name": "a"}], "already", (1, "name")),
        ([{"type": "function", "name": "a", "parameters": []}], "JSON object", (0, "parameters")),
        (
            [{"type": "function", "name": "a", "strict": True, "parameters": an_object(x=TEXT) | {"required": []}}],
            "must list x",
            (0, "parameters", "required"),
        ),
        (
            [{"type": "function", "function": {"name": "a", "parameters": {"$ref": "http://x"}}}],
            "only lead",
            (0, "function", "parameters", "$ref"),
        ),
    ],
)
def test_a_tool_that_cannot_be_called_is_refused(tools, words, path):
    (flaw,) = schemas.of_tools(tools)
    assert words in flaw.reason
    assert flaw.path == path


def test_tools_of_the_provider_pass_as_they_are():
    assert (
        schemas.of_tools([{"type": "web_search"}, {"type": "mcp", "name": "a b"}, {"type": "function", "name": "f"}])
        == []
    )


def test_a_request_with_such_a_schema_or_tool_is_not_sent():
    described = {"name": "x", "strict": True, "schema": an_object(a={"$ref": "https://example.com"})}
    for parameter, value in (
        ("response_format", {"type": "json_schema", "json_schema": described}),
        ("tools", [{"type": "function", "function": {"name": "f", "strict": True, "parameters": {"type": "object"}}}]),
    ):
        with pytest.raises(errors.InvalidParameter):
            fit({parameter: value}, operation="chat_completions", model="gpt-6-luna", api="openai")


@pytest.mark.parametrize("schema", [RECURSIVE, nested(10)])
def test_the_sandbox_makes_an_instance_of_what_passes(schema):
    assert isinstance(made.instance(schema), dict)
