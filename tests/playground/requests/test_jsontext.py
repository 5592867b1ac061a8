"""JSON as somebody types it: where it is wrong, in words; and laid out without changing anything but white space."""

import json
import random
import time

import pytest

from playground.requests import jsontext

WRONG = [
    ("", 1, 1, "nothing is written yet"),
    ("  \n ", 1, 1, "nothing is written yet"),
    ('{"a": 1,\n "b": 2,}', 2, 8, "this comma is one too many"),
    ("[1, 2,]", 1, 6, "this comma is one too many"),
    ('{"a": 1 "b": 2}', 1, 9, "a comma or a closing bracket is missing here"),
    ("{a: 1}", 1, 2, "a name in double quotes belongs here"),
    ("{'a': 1}", 1, 2, "a name in double quotes belongs here"),
    ('{"a" 1}', 1, 6, "a colon is missing here, between a name and its value"),
    ('{"a": }', 1, 7, "a value is missing here"),
    ('{\n"a": "x', 2, 6, "this text has no closing quote"),
    ('{"a": "x\ny"}', 1, 9, "a line break or a tab in a text is written as \\n or \\t"),
    ('{"a": "\\q"}', 1, 8, "a backslash in a text is written as \\\\"),
    ("[1] 2", 1, 5, "there is more behind the end"),
    ('{"a": NaN}', 1, 7, "JSON has no such number"),
    ('["Infinity", -Infinity]', 1, 14, "JSON has no such number"),
    ("[" * 1000 + "]" * 1000, 1, 101, "this is more than 100 levels deep"),
    ("9" * 5000, 1, 1, "there is a number in it that is far too long"),
]


@pytest.mark.parametrize(("text", "line", "column", "reason"), WRONG)
def test_what_is_wrong_is_told_with_its_place(text, line, column, reason):
    found = jsontext.problem(text)
    assert found
    assert (found.line, found.column, found.reason) == (line, column, reason)


@pytest.mark.parametrize(
    "text", ["0", "null", '"a"', "[]", "{}", '{"a": [1, 2.50, -1e400, "\\u00e9 {["]}', "[" * 100 + "]" * 100]
)
def test_nothing_is_wrong_with_what_is_right(text):
    assert jsontext.problem(text) is None


def test_what_stands_around_the_place_is_shown():
    found = jsontext.problem('{"a": 1,\n "b": oops,\n "c": 3}')
    assert found
    assert (found.before, found.behind) == (' "b": ', "oops,")


def test_laid_out_with_a_line_for_each_value():
    text = '{"a":[1,{}],"b":{"c":[]},"d":"x,y:{\\""}'
    expected = '{\n  "a": [\n    1,\n    {}\n  ],\n  "b": {\n    "c": []\n  },\n  "d": "x,y:{\\""\n}'
    assert jsontext.laid_out(text) == expected
    assert jsontext.laid_out(expected) == expected


def test_numbers_and_names_stay_as_they_were_written():
    assert jsontext.laid_out('{"a":1.10,"a":1E400,"b":12345678901234567890}') == (
        '{\n  "a": 1.10,\n  "a": 1E400,\n  "b": 12345678901234567890\n}'
    )


def test_laying_out_changes_no_value():
    pick = random.Random(3)  # noqa: S311  # values for a test

    def value(depth):
        kinds = [lambda: pick.choice(["", "a", '"', "\\", "\n", "{[,:]}", "é", "\u2028"]), lambda: pick.randint(-9, 9)]
        kinds += [lambda: None, lambda: True, lambda: 0.5]
        if depth < 4:
            kinds += [lambda: [value(depth + 1) for _ in range(pick.randrange(4))]] * 2
            kinds += [lambda: {str(pick.random()): value(depth + 1) for _ in range(pick.randrange(4))}] * 2
        return pick.choice(kinds)()

    for _ in range(300):
        given = value(0)
        for indent in (None, 1):
            assert json.loads(jsontext.laid_out(json.dumps(given, indent=indent))) == given


@pytest.mark.parametrize("piece", ['"', "\\", '\\"', "[", "{", '{"', "x", ",", '[""', '"a":'])
def test_nonsense_takes_time_in_a_straight_line(piece):
    def taken(length):
        text = piece * (length // len(piece))
        began = time.thread_time()
        jsontext.problem(text)
        jsontext.laid_out(text)
        return time.thread_time() - began

    assert min(taken(200_000) for _ in range(2)) < 1.0
