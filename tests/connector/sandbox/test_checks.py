"""Wrong requests are refused as the real API refuses them."""

from unittest import TestCase

from hypothesis import given, settings
from hypothesis import strategies as st

from connector.sandbox.replies.parameters import PARAMETERS
from tests.sandbox import CHAT, a_body, ask, send

TOOL = {"type": "function", "function": {"name": "look"}}
CALLING = {
    "role": "assistant",
    "content": None,
    "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "look", "arguments": "{}"}}],
}

# What is set, then the param and the code of the refusal.
REFUSED = [
    ({"foo": 1}, "foo", "unknown_parameter"),
    ({"temperature": 2.1}, "temperature", "decimal_above_max_value"),
    ({"temperature": -0.1}, "temperature", "decimal_below_min_value"),
    ({"temperature": "hot"}, "temperature", "invalid_type"),
    ({"temperature": True}, "temperature", "invalid_type"),
    ({"top_p": 1.01}, "top_p", "decimal_above_max_value"),
    ({"n": 0}, "n", "integer_below_min_value"),
    ({"n": 129}, "n", "integer_above_max_value"),
    ({"n": 1.5}, "n", "invalid_type"),
    ({"max_completion_tokens": 0}, "max_completion_tokens", "integer_below_min_value"),
    ({"max_tokens": 5, "max_completion_tokens": 5}, None, "invalid_parameter_combination"),
    ({"frequency_penalty": 3}, "frequency_penalty", "decimal_above_max_value"),
    ({"logit_bias": {"50256": 101}}, "logit_bias.50256", "decimal_above_max_value"),
    ({"logit_bias": {"word": 1}}, "logit_bias", None),
    ({"stop": ["a", "b", "c", "d", "e"]}, "stop", "array_above_max_length"),
    ({"stop": 7}, "stop", "invalid_type"),
    ({"reasoning_effort": "enormous"}, "reasoning_effort", "invalid_value"),
    ({"top_logprobs": 2}, "top_logprobs", None),
    ({"stream_options": {"include_usage": True}}, "stream_options", None),
    ({"stream": True, "stream_options": {"usage": True}}, "stream_options.usage", "unknown_parameter"),
    ({"tool_choice": "auto"}, "tool_choice", None),
    ({"tools": [{"type": "function"}]}, "tools[0].function", "missing_required_parameter"),
    ({"tools": [{"type": "function", "function": {"name": "no spaces"}}]}, "tools[0].function.name", "invalid_value"),
    ({"tools": [TOOL], "tool_choice": {"type": []}}, "tool_choice.type", "invalid_type"),
    ({"response_format": {"type": "yaml"}}, "response_format.type", "invalid_value"),
    ({"response_format": {"type": "json_object"}}, "messages", None),
    ({"response_format": {"type": "json_schema"}}, "response_format.json_schema", "missing_required_parameter"),
    ({"safety_identifier": "x" * 65}, "safety_identifier", "string_above_max_length"),
    ({"metadata": {"key": 1}}, "metadata.key", "invalid_type"),
    ({"messages": []}, "messages", "empty_array"),
    ({"messages": "hello"}, "messages", "invalid_type"),
    ({"messages": [{"content": "hello"}]}, "messages[0].role", "missing_required_parameter"),
    ({"messages": [{"role": "robot", "content": "hello"}]}, "messages[0].role", "invalid_value"),
    ({"messages": [{"role": "user", "content": 5}]}, "messages[0].content", "invalid_type"),
    ({"messages": [{"role": "user", "content": None}]}, "messages[0].content", None),
    ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "messages[0].content[0].text", "invalid_type"),
    ({"messages": [{"role": "tool", "content": "5", "tool_call_id": "call_1"}]}, "messages.[0].role", None),
    ({"messages": [CALLING, {"role": "user", "content": "well?"}]}, "messages.[1].role", None),
]  # fmt: skip


class RefusalTests(TestCase):
    def test_each_wrong_parameter_is_named(self):
        for parameters, param, code in REFUSED:
            with self.subTest(parameters):
                reply = ask(**parameters)
                self.assertEqual(reply.status_code, 400, reply.text)
                error = reply.json()["error"]
                self.assertEqual(error.keys(), {"message", "type", "param", "code"})
                self.assertEqual((error["type"], error["param"], error["code"]), ("invalid_request_error", param, code))

    def test_a_message_says_what_was_expected(self):
        self.assertEqual(
            ask(temperature=3).json()["error"]["message"],
            "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 3 instead.",
        )

    def test_missing_parameters(self):
        for name in ("model", "messages"):
            body = a_body()
            del body[name]
            error = send("POST", CHAT, json=body).json()["error"]
            self.assertEqual((error["param"], error["code"]), (name, "missing_required_parameter"))

    def test_a_body_that_is_no_object(self):
        for body in (b"", b"{", b"[]", b"null", b'{"a": "\xff"}', b"[" * 5000, b'{"a":' * 500 + b"1" + b"}" * 500):
            with self.subTest(body[:10]):
                reply = send("POST", CHAT, content=body)
                self.assertEqual(reply.status_code, 400)
                self.assertIn("could not parse the JSON", reply.json()["error"]["message"])

    def test_null_is_as_good_as_absent(self):
        nothing = dict.fromkeys(PARAMETERS.keys() - {"model", "messages"})
        self.assertEqual(ask(**nothing).status_code, 200)

    def test_edges_are_inside(self):
        right = [{"temperature": 0}, {"temperature": 2}, {"top_p": 0}, {"n": 1}, {"presence_penalty": -2}]
        for parameters in [*right, {"logprobs": True, "top_logprobs": 20}, {"stop": ["a", "b", "c", "d"]}]:
            self.assertEqual(ask(**parameters).status_code, 200, parameters)

    def test_strict_schemas_have_to_be_closed_and_complete(self):
        closed = {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False}
        for schema, missing in (({"type": "object"}, "additionalProperties"), (closed, "Missing 'a'")):
            given = {"type": "json_schema", "json_schema": {"name": "x", "strict": True, "schema": schema}}
            self.assertIn(missing, ask(response_format=given).json()["error"]["message"])

    @settings(max_examples=150, deadline=None)
    @given(
        st.dictionaries(
            st.sampled_from(sorted(PARAMETERS.keys() - {"model"})),
            st.recursive(
                st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["user", "auto", "function", "json"]),
                lambda inner: (
                    st.lists(inner, max_size=2)
                    | st.dictionaries(
                        st.sampled_from(
                            ["type", "role", "content", "function", "name", "tools", "json_schema", "schema"]
                        ),
                        inner,
                        max_size=3,
                    )
                ),
                max_leaves=8,
            ),
            max_size=4,
        )
    )
    def test_nonsense_is_refused_and_never_breaks_it(self, parameters):
        reply = ask(**parameters)
        self.assertIn(reply.status_code, (200, 400))


class ReasoningTests(TestCase):
    """`sandbox-reasoning` takes what reasoning models take."""

    def test_what_it_does_not_take(self):
        for name, value in (("temperature", 0.5), ("top_p", 0.5), ("presence_penalty", 1), ("stop", "END")):
            error = ask(model="sandbox-reasoning", **{name: value}).json()["error"]
            self.assertEqual(error["param"], name)
            self.assertIn(error["code"], ("unsupported_value", "unsupported_parameter"))

    def test_the_older_limit_is_refused_with_the_newer_name(self):
        error = ask(model="sandbox-reasoning", max_tokens=5).json()["error"]
        self.assertIn("Use 'max_completion_tokens' instead.", error["message"])

    def test_the_default_is_taken(self):
        self.assertEqual(ask(model="sandbox-reasoning", temperature=1).status_code, 200)

    def test_effort_costs_tokens(self):
        spent = [
            ask(model="sandbox-reasoning", reasoning_effort=effort).json()["usage"]["completion_tokens_details"]
            for effort in ("none", "low", "high")
        ]
        self.assertEqual([details["reasoning_tokens"] for details in spent], [0, 64, 512])
