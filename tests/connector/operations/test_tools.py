"""Functions that are named instead of described."""

from unittest import TestCase

from connector.client import errors
from connector.operations import chat_completions, responses, tools
from connector.operations.chat_completions import FunctionCall, ToolCall

SCHEMA = {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]}
MESSAGES = [{"role": "user", "content": "How is the weather in Rome?"}]
DESCRIBED = {"name": "get_weather", "description": "The weather at a place, now.", "parameters": SCHEMA}


def get_weather(place):
    """The weather at a place, now."""
    return f"Sunny in {place}"


def chat(kind="openai", **asked):
    return chat_completions.fit(chat_completions.Request(model="gpt-4o", messages=MESSAGES, **asked), kind)


def a_call(name, arguments):
    return ToolCall(id="call_1", type="function", function=FunctionCall(name=name, arguments=arguments))


class ToolsTests(TestCase):
    def setUp(self):
        tools.register("get_weather", parameters=SCHEMA)(get_weather)
        self.addCleanup(tools.forget, "get_weather")

    def test_a_name_among_the_tools_becomes_its_definition(self):
        other = {"type": "function", "function": {"name": "other"}}
        assert chat(tools=["get_weather", other]).body["tools"] == [{"type": "function", "function": DESCRIBED}, other]

    def test_the_names_of_functions_become_tools_and_one_is_told(self):
        fitted = chat(functions=["get_weather"])
        assert fitted.body["tools"] == [{"type": "function", "function": DESCRIBED}]
        assert "functions" not in fitted.body
        assert [(notice.param, notice.sent_as) for notice in fitted.notices] == [("functions", "tools")]

    def test_a_server_that_still_has_functions_gets_their_definitions(self):
        assert chat("openai_compatible", functions=["get_weather"]).body["functions"] == [DESCRIBED]

    def test_responses_take_the_same_names_in_their_own_shape(self):
        request = responses.Request(model="gpt-4o", input="Rome?", tools=["get_weather", {"type": "web_search"}])
        assert responses.fit(request, "openai").body["tools"] == [
            {"type": "function", "strict": False, **DESCRIBED},
            {"type": "web_search"},
        ]

    def test_one_name_alone_is_a_list_of_one(self):
        assert chat(tools="get_weather").body["tools"][0]["function"]["name"] == "get_weather"

    def test_a_function_without_parameters_has_an_empty_schema(self):
        tools.register("now", description="The time.")(lambda: "noon")
        self.addCleanup(tools.forget, "now")
        assert tools.find("now").definition == {
            "name": "now",
            "description": "The time.",
            "parameters": {"type": "object", "properties": {}},
        }

    def test_strict_is_sent_when_it_is_said(self):
        strict = {**SCHEMA, "additionalProperties": False}
        tools.register("strictly", parameters=strict, strict=True)(lambda place: place)
        self.addCleanup(tools.forget, "strictly")
        assert chat(tools=["strictly"]).body["tools"][0]["function"]["strict"] is True

    def test_an_unknown_name_is_refused_with_those_that_are_known(self):
        requests = [
            ("tools", lambda: chat(tools=["get_whether"])),
            ("functions", lambda: chat(functions=["get_whether"])),
            (
                "tools",
                lambda: responses.fit(responses.Request(model="gpt-4o", input="?", tools=["get_whether"]), "openai"),
            ),
        ]
        for param, ask in requests:
            with self.subTest(param), self.assertRaises(errors.InvalidParameter) as caught:
                ask()
            assert caught.exception.facts["param"] == param
            assert "get_whether" in caught.exception.what
            assert "get_weather" in caught.exception.facts["allowed"]

    def test_without_any_the_error_says_so(self):
        tools.forget("get_weather")
        with self.assertRaisesRegex(errors.InvalidParameter, "none is registered"):
            chat(tools=["get_weather"])

    def test_the_request_itself_stays_as_it_was(self):
        request = chat_completions.Request(model="gpt-4o", messages=MESSAGES, tools=["get_weather"])
        chat_completions.fit(request, "openai")
        assert request.tools == ["get_weather"]

    def test_a_registered_function_is_still_itself(self):
        assert tools.register("get_weather", parameters=SCHEMA)(get_weather) is get_weather

    def test_a_name_belongs_to_one_function(self):
        with self.assertRaisesRegex(ValueError, "registered as 'get_weather' already"):
            tools.register("get_weather")(lambda: None)

    def test_names_that_no_api_takes_are_refused(self):
        for name in ("", "a b", "a" * 65, "wörd", "a\n"):
            with self.subTest(name), self.assertRaisesRegex(ValueError, "no name of a tool"):
                tools.register(name)


class CallTests(TestCase):
    def setUp(self):
        tools.register("get_weather", parameters=SCHEMA)(get_weather)
        self.addCleanup(tools.forget, "get_weather")

    def test_the_function_gets_the_arguments_by_name(self):
        assert tools.call(a_call("get_weather", '{"place": "Rome"}')) == "Sunny in Rome"

    def test_what_a_model_makes_up_is_an_error_of_ours(self):
        for name, arguments, error in (
            ("rm", "{}", errors.InvalidParameter),
            (None, "{}", errors.InvalidParameter),
            ("get_weather", '{"place": ', errors.BadAnswer),
            ("get_weather", "[1]", errors.BadAnswer),
            ("get_weather", '{"town": "Rome"}', errors.BadAnswer),
            ("get_weather", "", errors.BadAnswer),
        ):
            with self.subTest(name=name, arguments=arguments), self.assertRaises(error):
                tools.call(a_call(name, arguments))

    def test_an_error_inside_of_the_function_is_its_own(self):
        tools.register("fails")(lambda: int(None))
        self.addCleanup(tools.forget, "fails")
        with self.assertRaises(TypeError):
            tools.call(a_call("fails", "{}"))
