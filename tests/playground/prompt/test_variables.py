"""Variables are replaced by text, once, and by nothing else."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.prompt import variables


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("{{a}} {{ b }} {{a}}", ["a", "b"]),
        ("{{größe}} {{_x1}} {{名}}", ["größe", "_x1", "名"]),
        ("{{}} {{ }} {{1a}} {{a b}} {{a.b}} {{a|upper}} {{{a}} {a} {{a\n}}", ["a"]),
        ("{% if a %}{{ a }}{% endif %} {{7*7}} ${a}", ["a"]),
        ("{{" + "a" * 65 + "}}", []),
    ],
)
def test_a_variable_is_a_name_between_double_braces(text, names):
    assert variables.names(text) == names


def test_those_of_both_texts_are_found_once_in_their_order():
    assert variables.names("{{b}}", "{{a}} {{b}}") == ["b", "a"]
    assert len(variables.names(" ".join(f"{{{{v{n}}}}}" for n in range(99)))) == variables.MOST + 1


def test_what_is_put_in_is_not_looked_at_again():
    assert variables.filled("{{a}}{{ b }}", {"a": "{{b}}", "b": "{{a}}\\1\\g<0>"}) == "{{b}}{{a}}\\1\\g<0>"
    assert variables.filled("{{a}} {{c}}", {"a": ""}) == "{{a}} {{c}}"
    assert variables.filled("{{a.__class__}}{{7*7}}{% debug %}", {"a": "x"}) == "{{a.__class__}}{{7*7}}{% debug %}"


def test_braces_that_stay_are_shown():
    assert variables.left('{{a}} {{"json": 1}} {{b c}} {{"json": 1}}') == ['{{"json": 1}} {{b c}} {{"json": 1}}']
    assert variables.left("{{a}}", "{{1}}\n{{2}}\n{{3}}\n{{4}}") == ["{{1}}", "{{2}}", "{{3}}"]
    assert variables.left("{{" + "x" * 99) == ["{{" + "x" * 38 + "…"]
    assert variables.left("{a} }} none") == []


@given(st.text(alphabet="{}a \n", max_size=60), st.text(alphabet="{}b", max_size=9))
def test_only_the_variable_changes(text, value):
    marked = variables.filled(text, {"a": "\0"}) if value else text
    assert variables.filled(text, {"a": value}) == marked.replace("\0", value)


def test_a_long_text_of_braces_takes_no_time():
    began = time.perf_counter()
    for text in ("{{" * 32_000, "{{ " * 20_000, "{{a" * 20_000, "{{" + " " * 64_000):
        variables.names(text)
        variables.filled(text, {"a": "x"})
        variables.left(text)
    assert time.perf_counter() - began < 5  # 0.02 s on an idle machine
