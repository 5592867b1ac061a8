"""An instance of a schema is valid for an independent validator."""

from unittest import TestCase

import jsonschema_rs
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.sandbox.replies.schemas import instance

ADDRESS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
SCHEMAS = {
    "nothing": {},
    "text": {"type": "string", "minLength": 30, "maxLength": 40},
    "short text": {"type": "string", "maxLength": 3},
    "format": {"type": "string", "format": "date-time"},
    "enumeration": {"enum": ["red", "green"]},
    "constant": {"const": 7},
    "integer in a range": {"type": "integer", "minimum": 10, "maximum": 12},
    "negative integer": {"type": "integer", "maximum": -5},
    "exclusive limits": {"type": "integer", "exclusiveMinimum": 3, "exclusiveMaximum": 5},
    "multiple": {"type": "integer", "multipleOf": 7, "minimum": 10},
    "narrow number": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.1},
    "array": {"type": "array", "items": {"type": "boolean"}, "minItems": 3},
    "empty array": {"type": "array", "items": {"type": "string"}, "maxItems": 0},
    "nullable": {"type": ["string", "null"]},
    "union": {"anyOf": [ADDRESS, {"type": "null"}]},
    "sum": {"allOf": [ADDRESS, {"properties": {"zip": {"type": "integer"}}, "required": ["zip"]}]},
    "reference": {
        "type": "object",
        "properties": {"home": {"$ref": "#/$defs/address"}},
        "required": ["home"],
        "$defs": {"address": ADDRESS},
    },
    "recursion": {
        "type": "object",
        "properties": {"name": {"type": "string"}, "children": {"type": "array", "items": {"$ref": "#"}}},
        "required": ["name", "children"],
        "additionalProperties": False,
    },
    "recursion through a union": {
        "$defs": {
            "node": {
                "type": "object",
                "properties": {"next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}},
                "required": ["next"],
            }
        },
        "$ref": "#/$defs/node",
    },
}

WORDS = [
    *("type", "properties", "items", "anyOf", "allOf", "enum", "required", "$ref", "const", "format"),
    *("minItems", "maxItems", "minLength", "maxLength", "minimum", "exclusiveMaximum", "multipleOf"),
]
VALUES = ["object", "array", "string", "integer", "number", "#", "#/properties"]
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(WORDS), inner | st.sampled_from(VALUES), max_size=4)
    ),
    max_leaves=12,
)


class InstanceTests(TestCase):
    def test_it_is_valid(self):
        for name, schema in SCHEMAS.items():
            with self.subTest(name):
                jsonschema_rs.validate(schema, instance(schema))

    def test_every_property_is_filled_not_only_the_required_ones(self):
        schema = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}}
        self.assertEqual(instance(schema), {"a": "sample a", "b": 1})

    def test_demands_without_end_are_not_met(self):
        self.assertEqual(len(instance({"type": "array", "minItems": 10**9})), 1000)
        self.assertEqual(len(instance({"type": "string", "minLength": 10**9})), 1000)
        endless = {"type": "object", "properties": {f"p{i}": {"$ref": "#"} for i in range(50)}}
        endless["required"] = list(endless["properties"])
        self.assertIsInstance(instance(endless), dict)

    def test_a_reference_to_itself_ends(self):
        self.assertIsNone(instance({"$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}]}}, "$ref": "#/$defs/a"}))

    @settings(max_examples=200, deadline=None)
    @given(anything)
    def test_nonsense_is_answered_with_something(self, schema):
        instance(schema)
