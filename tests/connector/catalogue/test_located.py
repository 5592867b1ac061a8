"""JSON that people type: what is wrong with it, and in which line and column."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.catalogue import located


@pytest.mark.parametrize(
    ("text", "line", "column", "reason"),
    [
        ("", 1, 1, "expected value"),
        ("{", 1, 2, "a name in quotes"),
        ('{\n  "a": 1,\n}', 2, 9, "trailing comma"),
        ('{\n  "a": 1\n  "b": 2\n}', 3, 3, "',' delimiter"),
        ("[1, NaN]", 1, 5, "no number in JSON"),
        ("[-Infinity]", 1, 2, "no number in JSON"),
        ('{"a": 1,\n "a": 2}', 2, 2, '"a" is there twice'),
        ("[" * 1000 + "]" * 1000, 1, 101, "100 levels"),
        ('{"a":' * 1000, 1, 501, "100 levels"),
        ("[" + "9" * 5000 + "]", 1, 1, "too long"),
        ('"' + "x" * located.LONGEST + '"', 1, 1, "longer than 256 kB"),
    ],
)
def test_what_is_no_json_is_told_with_its_place(text, line, column, reason):
    with pytest.raises(located.NotJSON) as caught:
        located.parse(text)
    assert (caught.value.place.line, caught.value.place.column) == (line, column)
    assert reason in str(caught.value).lower() or reason in str(caught.value)
    assert str(caught.value).startswith(f"line {line}, column {column}: ")


def test_each_part_is_found_where_it_stands():
    text = '{\n  "a": [1, {"b": "}{"}],\n\t"c\\"": null, "c": {}\n}'
    typed = located.parse(text)
    places = {path: str(typed.place(path)) for path in [(), ("a",), ("a", 0), ("a", 1), ("a", 1, "b"), ('c"',), ("c",)]}
    assert list(places.values()) == [
        "line 1, column 1",
        "line 2, column 3",
        "line 2, column 9",
        "line 2, column 12",
        "line 2, column 13",
        "line 3, column 2",
        "line 3, column 15",
    ]


def test_what_is_not_there_stands_at_what_would_hold_it():
    typed = located.parse('{\n "a": {}\n}')
    assert typed.place(("a", "required", 3)) == located.Place(2, 2)
    assert typed.place(("z",)) == located.Place(1, 1)


def test_a_line_is_cut_around_what_is_wrong():
    line, before = located.excerpt("{}\n" + "x" * 500 + "!" + "y" * 500, located.Place(2, 501))
    assert len(line) == 60
    assert line[before] == "!"
    assert located.excerpt("", located.Place(7, 3)) == ("", 2)


def paths(value, path=()):
    yield path, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from paths(inner, (*path, key))


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(ANY, st.sampled_from([None, 1]))
def test_every_part_of_any_json_has_a_place_that_it_can_be_read_from(value, indent):
    text = json.dumps(value, indent=indent)
    typed = located.parse(text)
    assert typed.value == value
    lines = text.split("\n")
    for path, inner in paths(value):
        place = typed.place(path)
        rest = "\n".join([lines[place.line - 1][place.column - 1 :], *lines[place.line :]])
        expected = path[-1] if path and isinstance(path[-1], str) else inner  # of an object's: its name
        assert json.JSONDecoder().raw_decode(rest)[0] == expected
