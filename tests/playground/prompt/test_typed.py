"""Schemas and tools as they are typed: the value that is sent, or mistakes with their lines."""

import json

import pytest

from playground.prompt import typed
from playground.prompt.examples import SCHEMA, TOOLS

TEXT = json.dumps(SCHEMA, indent=2)
FLAT = [{"type": "function", **TOOLS[0]["function"]}]


def mistakes(read):
    return [str(mistake) for mistake in read.mistakes]


def test_a_schema_gets_its_name():
    assert typed.schema(TEXT, "person", True).value == {"name": "person", "strict": True, "schema": SCHEMA}


@pytest.mark.parametrize(
    "whole",
    [
        {"name": "own", "strict": False, "schema": SCHEMA},
        {"type": "json_schema", "json_schema": {"name": "own", "strict": False, "schema": SCHEMA}},
    ],
)
def test_one_that_was_copied_with_its_name_keeps_it(whole):
    assert typed.schema(json.dumps(whole), "person", True).value == {"name": "own", "strict": False, "schema": SCHEMA}


def test_a_mistake_says_its_line_and_shows_it():
    text = TEXT.replace('"born",', "")
    (mistake,) = typed.schema(text, "person", True).mistakes
    line = text.split("\n").index('  "required": [') + 1
    assert str(mistake) == f"Line {line}, column 3: schema must list born as required, because the schema is strict"
    assert (mistake.before, mistake.at, mistake.after) == ("  ", '"', 'required": [')
    assert typed.schema(text, "person", False).value


def test_so_does_one_inside_of_a_schema_that_was_copied():
    whole = '{\n"name": "own",\n"strict": true,\n"schema":\n{"type": "object",\n"properties": {}}}'
    (mistake,) = typed.schema(whole, "", False).mistakes
    assert "additionalProperties: false" in mistake.reason
    assert mistake.line == 4


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{,}", "Line 1, column 2: expected"),
        ("[]", "Line 1, column 1: a schema must be a JSON object"),
        ("3", "a schema must be a JSON object"),
        ('{"a":' * 1000 + "1" + "}" * 1000, "nested more than 100 levels"),
        ('{"type": "object", "properties": {"a": {"$ref": "#/properties/a"}}}', "leads back to itself"),
        ('{"type": "object", "properties": {"a": {"$ref": "file:///etc/passwd"}}}', "only lead to this schema"),
    ],
)
def test_what_is_no_schema_is_told(text, words):
    assert any(words in mistake for mistake in mistakes(typed.schema(text, "x", False)))


def test_a_name_that_is_none_is_told():
    assert "name is not valid" in mistakes(typed.schema(TEXT, "a b", True))[0]


def test_tools_are_taken_in_both_forms():
    for given in (TOOLS, FLAT):
        assert typed.tools(json.dumps(given), "chat_completions").value == TOOLS
        assert typed.tools(json.dumps(given), "responses").value == given
    provider = [{"type": "web_search"}]
    assert typed.tools(json.dumps(provider), "responses").value == provider


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{}", "Line 1, column 1: write a JSON list"),
        ("[]", "write a JSON list"),
        ("[\n3]", "Line 2, column 1: [0] a tool is an object with a type"),
        ('[{"name": "f"}]', "a tool is an object with a type"),
        ('[{"type": "web_search"}]', "choose Responses"),
        ('[{"type": "function", "function": 3}]', "described by an object"),
        ('[{"type": "function",\n "function": {"name": "a b"}}]', "Line 2, column 15: [0].function a tool's name"),
        ('[{"type": "function", "function": {"name": "f"}},\n{"type": "function", "name": "f"}]', "already"),
    ],
)
def test_tools_that_are_none_are_told(text, words):
    assert any(words in mistake for mistake in mistakes(typed.tools(text, "chat_completions"))), mistakes(
        typed.tools(text, "chat_completions")
    )
