"""What was asked → what is sent, and what a person is told about the difference."""

import copy
import math
from datetime import date
from unittest import TestCase

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector import catalogue
from connector.catalogue.spelling import spelled
from connector.client import errors

relaxed = settings(deadline=None)  # a busy machine is no failure
MESSAGES = [{"role": "user", "content": "hi"}]
APIS = ["openai", "azure_openai", "azure_openai/preview", "azure_openai/stable", "openai_compatible", "sandbox"]


def fitted(model="gpt-4o", api="openai", family="", overrides=None, **asked):
    body = {"model": model, "messages": MESSAGES, **asked}
    return catalogue.fit(body, operation="chat_completions", model=model, api=api, family=family, overrides=overrides)


def outcome(model, api, name, value, **company):
    """`sent`, `left out`, or the name under which `name` is sent."""
    result = fitted(model, api, **{name: value}, **company)
    if result.body.get(name) == value:
        return "sent"
    notice = next(notice for notice in result.notices if notice.param == name)
    return notice.sent_as or notice.kind


SENT, OUT = "sent", "left_out"
# model, API: temperature, max_tokens, user, reasoning_effort, stop, verbosity, service_tier
TABLE = {
    ("gpt-4o", "openai"): (SENT, "max_completion_tokens", "safety_identifier", OUT, SENT, OUT, SENT),
    ("gpt-4.1-mini", "openai"): (SENT, "max_completion_tokens", "safety_identifier", OUT, SENT, OUT, SENT),
    ("gpt-3.5-turbo", "openai"): (SENT, "max_completion_tokens", "safety_identifier", OUT, SENT, OUT, SENT),
    ("o1", "openai"): (OUT, "max_completion_tokens", "safety_identifier", SENT, SENT, OUT, SENT),
    ("o3", "openai"): (OUT, "max_completion_tokens", "safety_identifier", SENT, OUT, OUT, SENT),
    ("gpt-5", "openai"): (OUT, "max_completion_tokens", "safety_identifier", SENT, OUT, SENT, SENT),
    ("gpt-5.4", "openai"): (SENT, "max_completion_tokens", "safety_identifier", SENT, OUT, SENT, SENT),
    ("gpt-6-luna", "openai"): (OUT, "max_completion_tokens", "safety_identifier", SENT, OUT, SENT, SENT),
    ("gpt-5", "azure_openai"): (OUT, "max_completion_tokens", SENT, SENT, OUT, OUT, OUT),
    ("gpt-5", "azure_openai/stable"): (OUT, "max_completion_tokens", SENT, OUT, OUT, OUT, OUT),
    ("gpt-4o", "azure_openai/stable"): (SENT, "max_completion_tokens", SENT, OUT, SENT, OUT, OUT),
    ("gpt-4o", "openai_compatible"): (SENT, SENT, SENT, OUT, SENT, OUT, SENT),
    ("qwen3", "openai_compatible"): (SENT, SENT, SENT, SENT, SENT, SENT, SENT),
    ("gpt-99", "openai"): (SENT, SENT, SENT, SENT, SENT, SENT, SENT),
    ("sandbox", "sandbox"): (SENT, "max_completion_tokens", "safety_identifier", OUT, SENT, OUT, SENT),
    ("sandbox-reasoning", "sandbox"): (OUT, "max_completion_tokens", "safety_identifier", SENT, OUT, SENT, SENT),
}
ASKED = {
    "temperature": 0.5,
    "max_tokens": 10,
    "user": "hash",
    "reasoning_effort": "low",
    "stop": ["END"],
    "verbosity": "low",
    "service_tier": "flex",
}


@pytest.mark.parametrize(
    ("model", "api", "name", "expected"),
    [(*key, name, row[i]) for key, row in TABLE.items() for i, name in enumerate(ASKED)],
)
def test_each_family_gets_what_it_takes(model, api, name, expected):
    assert outcome(model, api, name, ASKED[name]) == expected


class FitTests(TestCase):
    def test_the_given_body_stays_as_it_was(self):
        body = {"model": "gpt-5", "messages": MESSAGES, "temperature": 1, "max_tokens": 5, "stop": ("a",)}
        before = copy.deepcopy(body)
        catalogue.fit(body, operation="chat_completions", model="gpt-5", api="openai")
        assert body == before

    def test_a_notice_says_what_and_why(self):
        (notice,) = fitted("gpt-5", temperature=0.2).notices
        assert notice.text == (
            "temperature was not sent: gpt-5 does not take it (reasoning models take only the default)."
        )

    def test_the_newer_name_wins_over_the_older(self):
        result = fitted(max_tokens=5, max_completion_tokens=7)
        assert result.body["max_completion_tokens"] == 7
        assert [(n.param, n.kind) for n in result.notices] == [("max_tokens", "left_out")]

    def test_functions_become_tools(self):
        function = {"name": "weather", "parameters": {"type": "object"}}
        result = fitted(functions=[function], function_call={"name": "weather"})
        assert result.body["tools"] == [{"type": "function", "function": function}]
        assert result.body["tool_choice"] == {"type": "function", "function": {"name": "weather"}}

    def test_functions_by_name_alone_are_refused_with_the_reason(self):
        with self.assertRaises(errors.InvalidParameter) as caught:
            fitted(functions=["weather"])
        assert caught.exception.facts["param"] == "functions"
        assert "only a name" in caught.exception.what

    def test_suffix_is_for_text_completions(self):
        result = fitted("gpt-4o", suffix="\n")
        assert "suffix" not in result.body
        assert "text completions" in result.notices[0].text

    def test_sampling_is_taken_when_reasoning_is_off(self):
        assert outcome("gpt-5.2", "openai", "temperature", 0.3) == SENT
        assert outcome("gpt-5.2", "openai", "temperature", 0.3, reasoning_effort="none") == SENT
        assert outcome("gpt-5.2", "openai", "temperature", 0.3, reasoning_effort="high") == OUT
        # the older API has no reasoning_effort, so the default of the model holds
        assert outcome("gpt-5.2", "azure_openai/stable", "temperature", 0.3, reasoning_effort="high") == SENT

    def test_a_caption_is_never_sent_to_openai(self):
        result = fitted("GPT-4 Turbo")
        assert (result.body["model"], result.model) == ("gpt-4-turbo", "gpt-4-turbo")
        assert result.notices[0].param == "model"

    def test_a_deployment_keeps_its_name(self):
        for api in ("azure_openai", "openai_compatible"):
            result = fitted("gpt-35-turbo", api)
            assert (result.body["model"], result.notices) == ("gpt-35-turbo", [])

    def test_a_dated_azure_version_has_the_deployment_in_the_path(self):
        result = fitted("prod-chat", "azure_openai/stable", family="gpt-5", temperature=1)
        assert "model" not in result.body
        assert result.model == "prod-chat"
        assert [n.param for n in result.notices] == ["temperature"]

    def test_a_model_nobody_knows_gets_the_request_unchanged(self):
        asked = {"max_tokens": 5, "user": "x", "temperature": 0.1, "reasoning_effort": "max", "top_k": 40}
        result = fitted("brand-new", **asked)
        assert result.body == {"model": "brand-new", "messages": MESSAGES, **asked}
        assert result.notices == []

    def test_a_compatible_server_gets_its_own_parameters(self):
        assert fitted("gpt-4o", "openai_compatible", top_k=40).body["top_k"] == 40
        assert [n.param for n in fitted("gpt-4o", "openai", top_k=40).notices] == ["top_k"]

    def test_an_administrator_decides_the_name_of_the_limit(self):
        result = fitted(
            "qwen3",
            "openai_compatible",
            overrides={"renames": {"max_completion_tokens": "max_tokens"}},
            max_completion_tokens=9,
        )
        assert result.body["max_tokens"] == 9
        assert "max_completion_tokens" not in result.body

    def test_an_administrator_adds_and_opens(self):
        result = fitted("gpt-5", overrides={"accepts": ["new_one"], "refuses": {"temperature": False}}, new_one=1)
        assert result.body["new_one"] == 1
        assert fitted("gpt-5", overrides={"refuses": {"temperature": False}}, temperature=1).notices == []

    def test_an_administrator_forbids_stream_options(self):
        assert fitted("qwen3", "openai_compatible").takes_stream_options
        refused = fitted(
            "qwen3", "openai_compatible", overrides={"refuses": {"stream_options": "it does not know them"}}
        )
        assert not refused.takes_stream_options

    def test_the_seeds_spellings_of_the_response_format(self):
        for written in ("JSONObject", "json_object", "JSON", "jsonobject"):
            result = fitted(response_format=written)
            assert result.body["response_format"] == {"type": "json_object"}
            assert result.notices == []
        assert fitted(response_format="Text").body["response_format"] == {"type": "text"}

    def test_a_schema_gets_a_name(self):
        schema = {"type": "object", "title": "City data", "properties": {}}
        for written in (schema, {"type": "json_schema", "json_schema": {"schema": schema}}):
            described = fitted(response_format=written).body["response_format"]["json_schema"]
            assert described["schema"] == schema
            assert described["name"]


WRONG = [
    ("temperature", 2.1, "0 to 2"),
    ("temperature", -0.1, "0 to 2"),
    ("temperature", math.nan, "finite"),
    ("temperature", math.inf, "finite"),
    ("temperature", "0.5", "a number"),
    ("temperature", True, "a number"),
    ("top_p", 1.01, "0 to 1"),
    ("n", 0, "1 to 128"),
    ("n", 129, "1 to 128"),
    ("n", 1.5, "whole"),
    ("max_tokens", 0, "1 or more"),
    ("max_completion_tokens", "many", "whole"),
    ("frequency_penalty", -2.5, "-2 to 2"),
    ("presence_penalty", 3, "-2 to 2"),
    ("top_logprobs", 21, "0 to 20"),
    ("logprobs", "yes", "true or false"),
    ("seed", 2**63, "too high"),
    ("temperature", 9.0, "9 is too high"),
    ("temperature", 2.5, "2.5 is too high"),
    ("stop", ["1", "2", "3", "4", "5"], "at most 4"),
    ("stop", [], "list"),
    ("stop", [1], "list"),
    ("logit_bias", {"word": 1}, "token id"),
    ("logit_bias", {"50256": 101}, "-100 to 100"),
    ("logit_bias", [1], "object"),
    ("metadata", {str(i): "x" for i in range(17)}, "at most 16"),
    ("metadata", {"a": 1}, "text"),
    ("metadata", {"a": "x" * 513}, "512"),
    ("safety_identifier", "x" * 65, "at most 64"),
    ("service_tier", "gold", "auto, default"),
    ("response_format", "yaml", "json_schema"),
    ("response_format", 3, "json_schema"),
    ("response_format", {"type": "json_schema"}, "schema"),
    ("response_format", {"type": "json_schema", "json_schema": {"name": "a b", "schema": {}}}, "name"),
    ("tools", "weather", "list"),
    ("tools", [{"name": "weather"}], "does not define"),
    ("tool_choice", "always", "required"),
    ("tool_choice", {"name": "x"}, "type"),
    ("user", "half \ud800", "surrogate"),
    ("metadata", {1: "x"}, "keys"),
    ("prediction", date(2026, 11, 20), "cannot be sent"),
    ("prompt_cache_key", b"bytes", "cannot be sent"),
]


@pytest.mark.parametrize(("name", "value", "reason"), WRONG, ids=lambda value: str(value)[:30])
@pytest.mark.parametrize("model", ["gpt-4o", "nobody-knows-it"])
def test_a_wrong_value_is_refused_before_anything_is_sent(model, name, value, reason):
    with pytest.raises(errors.InvalidParameter) as caught:
        fitted(model, **{name: value})
    assert caught.value.facts["param"].startswith(name)
    assert reason in caught.value.what
    assert caught.value.facts["source"]


@pytest.mark.parametrize(
    ("model", "effort"), [("o3", "minimal"), ("gpt-5", "none"), ("gpt-5.1", "xhigh"), ("gpt-5.2-pro", "low")]
)
def test_an_effort_the_model_does_not_have_is_refused_with_those_it_has(model, effort):
    with pytest.raises(errors.InvalidParameter) as caught:
        fitted(model, reasoning_effort=effort)
    assert model in caught.value.facts["source"]
    assert "high" in caught.value.facts["allowed"]


def test_a_strict_schema_is_looked_through():
    inner = {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False}
    schema = {
        "type": "object",
        "properties": {"inner": inner},
        "required": ["inner"],
        "additionalProperties": False,
    }
    with pytest.raises(errors.InvalidParameter, match=r"schema\.inner must list a as required"):
        fitted(response_format={"type": "json_schema", "json_schema": {"schema": schema, "strict": True}})
    fitted(response_format={"type": "json_schema", "json_schema": {"schema": schema}})


def test_a_bottomless_value_is_refused():
    deep: list = []
    for _ in range(5000):
        deep = [deep]
    with pytest.raises(errors.InvalidParameter, match="nested"):
        fitted(prediction={"content": deep})


# Properties over all that can be asked.

VALUES = {
    "temperature": st.floats(0, 2),
    "top_p": st.floats(0, 1),
    "n": st.integers(1, 128),
    "max_tokens": st.integers(1, 10_000),
    "max_completion_tokens": st.integers(1, 10_000),
    "frequency_penalty": st.floats(-2, 2),
    "presence_penalty": st.floats(-2, 2),
    "stop": st.one_of(st.text(max_size=5), st.lists(st.text(max_size=5), min_size=1, max_size=4)),
    "seed": st.integers(-(2**63), 2**63 - 1),
    "reasoning_effort": st.just("high"),
    "verbosity": st.sampled_from(["low", "medium", "high"]),
    "user": st.text(max_size=64),
    "safety_identifier": st.text(max_size=64),
    "response_format": st.sampled_from(["text", "JSONObject", {"type": "json_object"}, {"type": "text"}]),
    "functions": st.just([{"name": "f"}]),
    "function_call": st.sampled_from(["auto", "none", {"name": "f"}]),
    "tools": st.just([{"type": "function", "function": {"name": "g"}}]),
    "tool_choice": st.sampled_from(["auto", "required"]),
    "logprobs": st.booleans(),
    "top_logprobs": st.integers(0, 20),
    "store": st.booleans(),
    "metadata": st.dictionaries(st.text(max_size=10), st.text(max_size=10), max_size=3),
    "suffix": st.text(max_size=3),
    "unheard_of": st.integers(),
}
KNOWN = [family.name for group in ("openai", "sandbox") for family in catalogue.models("chat_completions", group)]
FORMATTED = [name for name in KNOWN if "response_format" not in catalogue.find(name).parameters]
asked_values = st.fixed_dictionaries({}, optional={name: st.one_of(st.none(), of) for name, of in VALUES.items()})
models = st.sampled_from([*FORMATTED, "nobody-knows-it", "GPT-4o Mini", "gpt-4o-2024-08-06"])


@relaxed
@given(model=models, api=st.sampled_from(APIS), asked=asked_values)
def test_notices_are_exactly_the_difference_between_asked_and_sent(model, api, asked):
    result = fitted(model, api, **asked)
    wanted = spelled({"model": model, **asked})
    renamed = {notice.sent_as: notice.param for notice in result.notices if notice.sent_as}
    told = [notice.param for notice in result.notices]
    assert len(told) == len(set(told))
    for name, value in wanted.items():
        if name == "model" and "model" not in result.body:
            continue  # it is in the path
        same = name in result.body and result.body[name] == value and name not in renamed
        assert same == (name not in told), name
    assert set(result.body) - set(wanted) - {"messages"} <= set(renamed)


@relaxed
@given(model=models, api=st.sampled_from(APIS), asked=asked_values)
def test_nothing_unset_is_sent(model, api, asked):
    result = fitted(model, api, **asked)
    assert None not in result.body.values()
    sources = {notice.sent_as: notice.param for notice in result.notices if notice.sent_as}
    for name in set(result.body) - {"model", "messages"}:
        assert asked.get(sources.get(name, name)) is not None


@relaxed
@given(model=models, api=st.sampled_from(APIS), asked=asked_values)
def test_fitting_what_was_fitted_changes_nothing(model, api, asked):
    once = fitted(model, api, **asked)
    twice = catalogue.fit(once.body, operation="chat_completions", model=once.model, api=api)
    assert (twice.body, twice.notices) == (once.body, [])


@relaxed
@given(
    model=models,
    api=st.sampled_from(APIS),
    name=st.sampled_from(sorted(VALUES)),
    value=st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary()),
        lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
        max_leaves=5,
    ),
)
def test_whatever_is_given_it_is_sent_or_refused_in_words(model, api, name, value):
    try:
        fitted(model, api, **{name: value})
    except errors.InvalidParameter as error:
        assert error.what
