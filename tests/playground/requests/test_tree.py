"""JSON as a tree: what it shows, and that no answer makes too much of it."""

import json
from html.parser import HTMLParser

import pytest

from playground.requests import tree


class Balance(HTMLParser):
    """Whether every element that begins also ends, in its place."""

    def __init__(self, text):
        super().__init__()
        self.open, self.names = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.names.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def drawn(value):
    html = str(tree.of(json.dumps(value).encode()))
    assert Balance(html).open == []
    return html


def test_each_kind_of_value():
    html = drawn({"a": "x", "b": 1.5, "c": None, "d": True, "e": [], "f": {}, "g": [1]})
    for piece in ("“x”", ">1.5<", ">null<", ">true<", "[ ]", "{ }", '<span class="index">0</span>'):
        assert piece in html


@pytest.mark.parametrize("value", ["words", 7, None, [], {}])
def test_a_value_alone(value):
    assert drawn(value).startswith("<p>")


def test_markup_is_text():
    html = drawn({"<img src=x>": "<script>", "list": [{"id": "<b>"}] * 20})
    assert "<img" not in html
    assert "<script" not in html
    assert "<b>" not in html


def test_a_folded_object_shows_what_tells_it_from_its_neighbours():
    html = drawn({"data": [{"id": f"model-{n}", "object": "model"} for n in range(20)]})
    assert '<span class="preview">model-7, model</span>' in html


def test_what_is_small_is_open_and_what_is_many_is_folded():
    assert "<details>" not in drawn({"choices": [{"message": {"content": "x"}}]})
    assert drawn({"data": [{"id": n} for n in range(20)]}).count("<details>") == 20


def test_many_values_are_counted_and_left_out():
    html = drawn([list(range(200)) for _ in range(200)])
    assert html.count("<li>") <= tree.MOST + 2 * 200
    assert "… 100 more" in html


def test_levels_end_somewhere():
    html = str(tree.of(b"[" * 1000 + b"]" * 1000))
    assert html.count("<details") == tree.DEEPEST
    assert "deeper than shown here" in html
    assert Balance(html).open == []


@pytest.mark.parametrize("content", [b"", b"no json", b"[" * 50_000, b'"' + b"a" * 1_000_000 + b'"'])
def test_what_is_no_json_or_too_much_has_no_tree(content):
    assert tree.of(content) == ""
