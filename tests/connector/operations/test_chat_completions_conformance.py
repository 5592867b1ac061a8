"""What we send and read, judged by the official documents."""

import json
import unittest

import pytest

from connector import catalogue
from connector.client import wire
from connector.client.sse import Event
from connector.operations import chat_completions
from tests import api
from tests.connector.operations.test_streaming import chunk_of

FUNCTION = {"name": "weather", "description": "The weather", "parameters": {"type": "object", "properties": {}}}
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
EVERYTHING = chat_completions.Request(
    model="nobody-knows-it",
    messages=[
        chat_completions.Message(role="system", content="Be brief."),
        chat_completions.Message(role="user", content=[{"type": "text", "text": "Hello"}], name="ada"),
        chat_completions.Message(
            role="assistant",
            tool_calls=[{"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}],
        ),
        chat_completions.Message(role="tool", content="sunny", tool_call_id="call_1"),
    ],
    audio={"voice": "alloy", "format": "wav"},
    frequency_penalty=0.5,
    function_call="auto",
    functions=[FUNCTION],
    logit_bias={"50256": -100},
    logprobs=True,
    max_completion_tokens=100,
    max_tokens=100,
    metadata={"project": "x"},
    modalities=["text"],
    moderation={"model": "omni-moderation-latest"},
    n=2,
    parallel_tool_calls=True,
    prediction={"type": "content", "content": "Hello"},
    presence_penalty=-0.5,
    prompt_cache_key="key",
    prompt_cache_options={"mode": "implicit"},
    prompt_cache_retention="24h",
    reasoning_effort="low",
    response_format={"type": "json_schema", "json_schema": {"name": "city", "schema": SCHEMA, "strict": True}},
    safety_identifier="hash",
    seed=7,
    service_tier="flex",
    stop=["END", "\n"],
    store=True,
    stream_options={"include_usage": True},
    temperature=0.7,
    tool_choice={"type": "function", "function": {"name": "weather"}},
    tools=[{"type": "function", "function": FUNCTION}],
    top_logprobs=3,
    top_p=0.9,
    user="older",
    verbosity="low",
    web_search_options={"search_context_size": "low"},
)
APIS = {
    "openai": "openai",
    "azure_openai": "azure-v1",
    "azure_openai/preview": "azure-2025-04-01-preview",
    "azure_openai/stable": "azure-2024-10-21",
}


@api.documents_needed
class RequestTests(unittest.TestCase):
    def test_every_parameter_of_the_client_is_a_field(self):
        asked = set(EVERYTHING.body()) - {"model", "messages"}
        table = (api.FOLDER / "params.md").read_text("utf-8").split("### chat.completions.create")[1].split("###")[0]
        documented = {line.split("`")[1] for line in table.splitlines() if line.startswith("| `")}
        assert documented - {"model", "messages"} == asked

    def test_everything_set_is_valid_for_openai_as_it_stands(self):
        assert api.request_errors("openai", "chat/completions", EVERYTHING.body()) == []

    def test_every_family_at_every_api_gets_a_valid_request(self):
        for name, document in APIS.items():
            for family in catalogue.models("chat_completions"):
                choices = family.parameters.get("reasoning_effort", {}).get("choices", ["low"])
                body = EVERYTHING.body() | {
                    "model": family.name,
                    "reasoning_effort": "low" if "low" in choices else "high",
                }
                body["response_format"] = {
                    "type": family.parameters.get("response_format", {}).get("choices", ["text"])[-1]
                }
                with self.subTest(api=name, family=family.name):
                    fitted = catalogue.fit(body, operation="chat_completions", model=family.name, api=name)
                    assert api.request_errors(document, "chat/completions", fitted.body) == []

    def test_unknown_parameters_are_noticed_by_the_judge(self):
        for document in APIS.values():
            body = {"messages": [{"role": "user", "content": "hi"}], "nonsense": 1}
            body |= {} if document.startswith("azure-20") else {"model": "gpt-5"}
            assert "nonsense" in "".join(api.request_errors(document, "chat/completions", body)), document

    def test_what_azure_lacks_is_left_out_only_there(self):
        request = chat_completions.Request(
            model="gpt-5", messages=[chat_completions.Message("user", "hi")], service_tier="flex"
        )
        assert "service_tier" in chat_completions.fit(request, "openai").body
        assert "service_tier" not in chat_completions.fit(request, "azure_openai").body


@api.documents_needed
@pytest.mark.parametrize("kind", ["OpenAI", "AzureOpenAI", "AzureOpenAI Entra", "OpenAI on Azure v1"])
def test_the_body_is_what_the_official_client_sends(kind):
    (official,) = api.wire_lines(kind, "chat")
    request = chat_completions.Request(
        model="gpt-5",
        messages=[chat_completions.Message(role="user", content="hi")],
        max_completion_tokens=5,
        temperature=0.5,
    )
    assert json.loads(wire.encode(request.body())) == official


@api.documents_needed
@pytest.mark.parametrize("example", api.examples("POST /chat/completions"), ids=lambda example: example["title"])
def test_an_official_example_is_read_without_loss(example):
    if example["title"] == "Streaming":
        answers = [json.loads(line) for line in example["response"].splitlines() if line.startswith("{")]
        shape = chat_completions.Chunk
        assert [chunk_of(Event(data=json.dumps(answer))).choices for answer in answers]
    else:
        answers, shape = [json.loads(example["response"])], chat_completions.Response
    for answer in answers:
        read = wire.decode(json.dumps(answer), shape)  # the strict way: nothing had to be repaired
        assert _contained(answer, wire.to_dict(read)) == []


@api.documents_needed
@pytest.mark.parametrize("example", api.examples("POST /chat/completions"), ids=lambda example: example["title"])
def test_an_official_request_can_be_asked(example):
    asked = example["request_json"]
    request = chat_completions.Request(
        **{name: value for name, value in asked.items() if name not in {"stream"}}  # `stream()` sets that
    )
    assert request.body() == {name: value for name, value in asked.items() if name != "stream"}


def _contained(wanted, got, where=""):
    """The places of `wanted` that `got` does not have."""
    if isinstance(wanted, dict) and isinstance(got, dict):
        return [e for key in wanted for e in _contained(wanted[key], got.get(key), f"{where}.{key}")]
    if isinstance(wanted, list) and isinstance(got, list) and len(wanted) == len(got):
        return [e for i, pair in enumerate(zip(wanted, got, strict=True)) for e in _contained(*pair, f"{where}[{i}]")]
    return [] if wanted == got or wanted is None else [where]
