"""A chat with the sandbox, in process: what is asked for is what is answered."""

import json
from unittest import TestCase

import jsonschema_rs

from connector.sandbox.replies import tokens
from tests import api
from tests.sandbox import a_body, ask, chunks, said

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {
            "type": "object",
            "properties": {"place": {"type": "string"}, "days": {"type": "integer", "minimum": 3}},
            "required": ["place", "days"],
            "additionalProperties": False,
        },
    },
}
PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}, "tags": {"type": "array", "items": {}}},
    "required": ["name", "age", "tags"],
    "additionalProperties": False,
}
REQUESTS = {
    "plain": {},
    "choices": {"n": 3},
    "cut": {"max_completion_tokens": 5},
    "stopped": {"stop": ["sandbox"]},
    "probabilities": {"logprobs": True, "top_logprobs": 2},
    "tools": {"tools": [WEATHER]},
    "functions": {"functions": [WEATHER["function"]]},
    "schema": {"response_format": {"type": "json_schema", "json_schema": {"name": "person", "schema": PERSON}}},
    "object": {"text": "as json", "response_format": {"type": "json_object"}},
    "metadata": {"metadata": {"a": "b"}, "store": True},
    **{
        model: {"model": f"sandbox-{model}"}
        for model in ("reasoning", "tools", "filtered", "length", "empty", "refusal")
    },
}


def text_of(stream, index=0):
    choices = [choice for chunk in stream for choice in chunk["choices"] if choice["index"] == index]
    return "".join(choice["delta"].get("content") or "" for choice in choices)


@api.documents_needed
class OfficialDocumentTests(TestCase):
    def test_answers(self):
        for name, parameters in REQUESTS.items():
            with self.subTest(name):
                self.assertEqual(api.answer_errors("openai", "chat/completions", ask(**parameters).json()), [])

    def test_every_chunk_of_a_stream(self):
        for name, parameters in REQUESTS.items():
            with self.subTest(name):
                stream = chunks(ask(**parameters, stream=True, stream_options={"include_usage": True}))
                for chunk in stream:
                    self.assertEqual(api.chunk_errors("openai", "chat/completions", chunk), [], chunk)

    def test_errors(self):
        for parameters in ({"temperature": 3}, {"model": "nobody"}, {"model": "sandbox-401"}, {"model": "sandbox-500"}):
            self.assertEqual(api.error_errors(ask(**parameters).json()), [])

    def test_requests_of_ours_are_right(self):
        for name, parameters in REQUESTS.items():
            with self.subTest(name):
                self.assertEqual(api.request_errors("openai", "chat/completions", a_body(**parameters)), [])

    def test_the_documents_own_requests_are_answered(self):
        examples = [each for each in api.examples("POST /chat/completions") if each.get("request_json")]
        self.assertTrue(examples)
        for example in examples:
            with self.subTest(example["title"]):
                reply = ask(**{**example["request_json"], "model": "sandbox"})
                self.assertEqual(reply.status_code, 200, reply.text)

    def test_azures_answers(self):
        path = "/openai/deployments/sandbox/chat/completions?api-version=2024-10-21"
        body = ask(path=path).json()
        self.assertEqual(api.answer_errors("azure-2024-10-21", "chat/completions", body), [])


class AnswerTests(TestCase):
    def test_the_same_seed_gives_the_same_text(self):
        texts = {said(text="long", seed=7) for _ in range(3)}
        self.assertEqual(len(texts), 1)

    def test_without_a_seed_an_answer_varies(self):
        self.assertGreater(len({said(text="a long text") for _ in range(3)}), 1)

    def test_a_stream_says_the_same_as_the_whole(self):
        self.assertEqual(text_of(chunks(ask(seed=1, stream=True))), said(seed=1))

    def test_choices_are_as_many_as_asked_for_and_differ(self):
        choices = ask(n=3, seed=1).json()["choices"]
        self.assertEqual([choice["index"] for choice in choices], [0, 1, 2])
        self.assertEqual(len({choice["message"]["content"] for choice in choices}), 3)

    def test_choices_of_a_stream_take_turns(self):
        stream = chunks(ask(n=2, seed=1, stream=True))
        self.assertEqual([chunk["choices"][0]["index"] for chunk in stream[:6]], [0, 1, 0, 1, 0, 1])
        wholes = [choice["message"]["content"] for choice in ask(n=2, seed=1).json()["choices"]]
        self.assertEqual([text_of(stream, 0), text_of(stream, 1)], wholes)
        ended = [choice["index"] for chunk in stream for choice in chunk["choices"] if choice["finish_reason"]]
        self.assertEqual(sorted(ended), [0, 1])

    def test_the_limit_cuts_by_tokens(self):
        for name in ("max_completion_tokens", "max_tokens"):
            reply = ask(**{name: 5, "seed": 1}).json()
            choice = reply["choices"][0]
            self.assertEqual(choice["finish_reason"], "length")
            self.assertEqual(tokens.count(choice["message"]["content"]), 5)
            self.assertEqual(reply["usage"]["completion_tokens"], 5)

    def test_reasoning_counts_towards_the_limit(self):
        choice = ask(model="sandbox-reasoning", max_completion_tokens=100).json()["choices"][0]
        self.assertEqual((choice["message"]["content"], choice["finish_reason"]), ("", "length"))

    def test_a_stop_sequence_ends_before_itself(self):
        whole = said(seed=1)
        stopped = ask(seed=1, stop=["nowhere in it", "What arrived"]).json()["choices"][0]
        self.assertEqual(stopped["message"]["content"], whole.split("What arrived")[0])
        self.assertEqual(stopped["finish_reason"], "stop")

    def test_usage_adds_up_and_has_its_details(self):
        usage = ask(n=2).json()["usage"]
        self.assertEqual(usage["total_tokens"], usage["prompt_tokens"] + usage["completion_tokens"])
        self.assertGreater(usage["completion_tokens"], usage["prompt_tokens"])
        self.assertEqual(usage["completion_tokens_details"]["reasoning_tokens"], 0)
        self.assertEqual(usage["prompt_tokens_details"]["cached_tokens"], 0)

    def test_usage_ends_a_stream_only_when_asked_for(self):
        with_usage = chunks(ask(stream=True, stream_options={"include_usage": True}))
        self.assertEqual(with_usage[-1]["choices"], [])
        self.assertGreater(with_usage[-1]["usage"]["completion_tokens"], 0)
        self.assertIsNone(with_usage[0]["usage"])
        self.assertFalse(any("usage" in chunk for chunk in chunks(ask(stream=True))))

    def test_probabilities_belong_to_the_tokens(self):
        choice = ask(logprobs=True, top_logprobs=3).json()["choices"][0]
        found = choice["logprobs"]["content"]
        self.assertEqual("".join(each["token"] for each in found), choice["message"]["content"])
        self.assertTrue(all(each["logprob"] <= 0 and len(each["top_logprobs"]) == 3 for each in found))

    def test_json_mode_gives_json(self):
        answer = json.loads(said(text="as json", response_format={"type": "json_object"}))
        self.assertTrue(answer["sandbox"])
        self.assertEqual(answer["last_message"], "as json")

    def test_a_schema_is_kept(self):
        given = {"type": "json_schema", "json_schema": {"name": "person", "strict": True, "schema": PERSON}}
        jsonschema_rs.validate(PERSON, json.loads(said(response_format=given)))

    def test_a_conversation_beyond_the_context_is_refused(self):
        error = ask("word " * 150_000).json()["error"]
        self.assertEqual(error["code"], "context_length_exceeded")
        self.assertIn("128000 tokens", error["message"])

    def test_an_unknown_model_does_not_exist(self):
        reply = ask(model="gpt-none")
        self.assertEqual((reply.status_code, reply.json()["error"]["code"]), (404, "model_not_found"))

    def test_every_reply_has_the_headers_of_the_api(self):
        for reply in (ask(), ask(model="sandbox-500"), ask(stream=True)):
            self.assertTrue(reply.headers["x-request-id"].startswith("req_"))
            self.assertIn("openai-processing-ms", reply.headers)
            self.assertIn("x-ratelimit-remaining-tokens", reply.headers)


class ToolTests(TestCase):
    def test_a_tool_is_called_with_arguments_that_fit(self):
        choice = ask(tools=[WEATHER]).json()["choices"][0]
        self.assertEqual(choice["finish_reason"], "tool_calls")
        call = choice["message"]["tool_calls"][0]
        self.assertEqual(call["function"]["name"], "get_weather")
        jsonschema_rs.validate(WEATHER["function"]["parameters"], json.loads(call["function"]["arguments"]))

    def test_a_stream_brings_the_arguments_in_pieces(self):
        stream = chunks(ask(tools=[WEATHER], stream=True))
        pieces = [call for chunk in stream for call in chunk["choices"][0]["delta"].get("tool_calls", ())]
        self.assertEqual(pieces[0]["function"]["name"], "get_weather")
        arguments = "".join(piece["function"]["arguments"] for piece in pieces)
        jsonschema_rs.validate(WEATHER["function"]["parameters"], json.loads(arguments))
        self.assertGreater(len(pieces), 3)

    def test_the_choice_of_tools_is_kept(self):
        other = {"type": "function", "function": {"name": "other"}}
        named = {"type": "function", "function": {"name": "other"}}
        allowed = {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [named]}}
        for wanted in (named, allowed):
            call = ask(tools=[WEATHER, other], tool_choice=wanted).json()["choices"][0]["message"]["tool_calls"][0]
            self.assertEqual(call["function"]["name"], "other")
        self.assertNotIn("tool_calls", ask(tools=[WEATHER], tool_choice="none").json()["choices"][0]["message"])

    def test_the_result_of_a_tool_is_answered_in_words(self):
        first = ask(tools=[WEATHER]).json()["choices"][0]["message"]
        result = {"role": "tool", "tool_call_id": first["tool_calls"][0]["id"], "content": "Sunny, 21 degrees"}
        text = said(tools=[WEATHER], messages=[{"role": "user", "content": "Weather?"}, first, result])
        self.assertIn("The tool answered:\n\n> Sunny, 21 degrees", text)

    def test_the_older_functions_still_work(self):
        choice = ask(functions=[WEATHER["function"]]).json()["choices"][0]
        self.assertEqual(choice["finish_reason"], "function_call")
        self.assertEqual(choice["message"]["function_call"]["name"], "get_weather")

    def test_the_model_for_tools_calls_two_unless_told_not_to(self):
        self.assertEqual(len(ask(model="sandbox-tools").json()["choices"][0]["message"]["tool_calls"]), 2)
        one = ask(model="sandbox-tools", tools=[WEATHER], parallel_tool_calls=False)
        self.assertEqual(len(one.json()["choices"][0]["message"]["tool_calls"]), 1)
