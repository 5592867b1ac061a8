"""The fields of the form beside a conversation, and what a person may type into them."""

from unittest import TestCase

import pytest

from connector import catalogue
from connector.catalogue.parameters import parameters, rules
from connector.client import errors

CHECKLIST = {  # B5 to B12, B14, B15, B28 of the seeds' checklist
    "max_completion_tokens",
    "temperature",
    "top_p",
    "n",
    "frequency_penalty",
    "presence_penalty",
    "logit_bias",
    "stop",
    "response_format",
    "seed",
}
NEWER = {
    "logprobs",
    "top_logprobs",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "service_tier",
    "store",
    "metadata",
    "safety_identifier",
    "prompt_cache_key",
}


def names(model, api, **facts):
    return {parameter.name for parameter in parameters("chat_completions", model, api, **facts)}


class FormTests(TestCase):
    def test_everything_of_the_checklist_is_offered(self):
        assert names("gpt-4o", "openai") >= CHECKLIST | NEWER
        assert names("gpt-5", "openai") >= {"reasoning_effort", "verbosity"}

    def test_only_what_the_model_takes_is_offered(self):
        assert not names("gpt-5", "openai") & {"temperature", "top_p", "stop", "logit_bias"}
        assert not names("gpt-4o", "openai") & {"reasoning_effort", "verbosity"}
        assert not names("gpt-5", "azure_openai/stable") & {"reasoning_effort", "store", "service_tier"}

    def test_what_is_offered_is_sent_as_it_is(self):
        for model in ("gpt-4o", "gpt-5", "gpt-5.4", "gpt-6-luna", "o3", "sandbox", "nobody"):
            for api in ("openai", "azure_openai", "azure_openai/stable", "openai_compatible", "sandbox"):
                for parameter in parameters("chat_completions", model, api):
                    if (value := EXAMPLES.get(parameter.name)) is None:
                        continue
                    result = catalogue.fit(
                        {"model": model, parameter.name: value}, operation="chat_completions", model=model, api=api
                    )
                    assert (result.body[parameter.name], result.notices) == (value, []), (model, api, parameter)

    def test_the_older_name_is_offered_where_servers_know_only_that(self):
        compatible = {p.name: p for p in parameters("chat_completions", "qwen3", "openai_compatible")}
        assert compatible["max_tokens"].label == "Max tokens"
        assert not compatible["max_tokens"].advanced
        assert compatible["max_completion_tokens"].advanced
        assert "user" in compatible
        assert "max_tokens" not in names("gpt-4o", "openai")

    def test_the_choices_are_the_models_own(self):
        (effort,) = [p for p in parameters("chat_completions", "gpt-5", "openai") if p.name == "reasoning_effort"]
        assert effort.choices == ("minimal", "low", "medium", "high")
        assert effort.default == "medium"

    def test_an_older_api_has_only_its_own_of_the_models_choices(self):
        def formats(api):
            offered = parameters("image_generations", "gpt-image-1", api)
            return next(parameter.choices for parameter in offered if parameter.name == "output_format")

        assert formats("openai") == ("png", "jpeg", "webp")
        assert formats("azure_openai/preview") == ("png", "jpeg")

    def test_a_condition_is_told(self):
        (temperature,) = [p for p in parameters("chat_completions", "gpt-5.2", "openai") if p.name == "temperature"]
        assert temperature.help.endswith("Taken only with reasoning effort none.")

    def test_a_deployment_takes_the_family_an_administrator_names(self):
        assert names("prod-chat", "azure_openai", family="gpt-5") == names("gpt-5", "azure_openai")
        assert "temperature" not in names("prod", "openai", overrides={"refuses": {"temperature": "fixed"}})

    def test_a_model_nobody_knows_is_offered_everything(self):
        assert names("nobody", "openai") >= CHECKLIST | NEWER | {"reasoning_effort", "verbosity"}

    def test_every_field_speaks_to_a_person(self):
        for parameter in parameters("chat_completions", "nobody", "openai"):
            assert parameter.label[:1].isupper(), parameter
            assert parameter.help.endswith("."), parameter
            assert len(parameter.help) <= 130, parameter
            assert parameter.kind in {"number", "integer", "text", "choice", "list", "json", "boolean"}
            assert bool(parameter.choices) or parameter.kind != "choice"

    def test_the_few_that_everybody_needs_are_not_behind_a_fold(self):
        plain = {p.name for p in parameters("chat_completions", "gpt-4o", "openai") if not p.advanced}
        assert plain >= {"max_completion_tokens", "temperature", "top_p", "n", "stop", "response_format"}
        assert len(plain) <= 10


EXAMPLES = {
    "max_completion_tokens": 5,
    "max_tokens": 5,
    "temperature": 0.5,
    "top_p": 0.5,
    "n": 2,
    "frequency_penalty": 1,
    "presence_penalty": 1,
    "logit_bias": {"1": 1},
    "stop": ["a"],
    "seed": 1,
    "reasoning_effort": "high",
    "verbosity": "low",
    "service_tier": "flex",
    "user": "x",
    "safety_identifier": "x",
    "store": True,
}


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("temperature", "", None),
        ("temperature", "  ", None),
        ("temperature", " 0.7 ", 0.7),
        ("n", "3", 3),
        ("stop", "END\r\n\r\n  two words ", ["END", "  two words "]),
        ("store", "on", True),
        ("store", "false", False),
        ("service_tier", "flex", "flex"),
        ("response_format", "json_object", "json_object"),
        ("response_format", '{"type": "text"}', {"type": "text"}),
        ("logit_bias", '{"50256": -100}', {"50256": -100}),
        ("tool_choice", "auto", "auto"),
    ],
)
def test_what_is_typed_becomes_the_value(name, typed, value):
    assert rules("chat_completions", "openai", None)[name].parse(typed) == value


@pytest.mark.parametrize(
    ("name", "typed"), [("temperature", "warm"), ("n", "1.5"), ("logit_bias", "{"), ("tools", "[" * 100_000)]
)
def test_what_cannot_be_read_is_an_error_at_the_field(name, typed):
    with pytest.raises(errors.InvalidParameter) as caught:
        rules("chat_completions", "openai", None)[name].parse(typed)
    assert caught.value.facts["param"] == name
    assert len(caught.value.what) < 300


def test_what_a_family_says_of_an_edit_is_not_asked_of_a_generation():
    def offered(operation):
        return [parameter.name for parameter in parameters(operation, "gpt-image-1-mini", "openai")]

    assert "input_fidelity" in offered("image_edits")
    assert "input_fidelity" not in offered("image_generations")
