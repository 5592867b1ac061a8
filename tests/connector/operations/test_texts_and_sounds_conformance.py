"""Completions, responses, speech, transcriptions and translations, judged by the official documents."""

import json
import re
import unittest

import pytest

from connector import catalogue
from connector.client import multipart, wire
from connector.client.multipart import File
from connector.client.sse import Event
from connector.operations import completions, responses, speech, transcriptions, translations
from tests import api
from tests.sounds import a_wav

SCHEMA = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
FUNCTION = {"type": "function", "name": "weather", "description": "x", "parameters": SCHEMA, "strict": True}
UNKNOWN = "nobody-knows-it"

COMPLETION = completions.Request(
    model=UNKNOWN,
    prompt="Once upon a time",
    best_of=3,
    echo=True,
    frequency_penalty=0.5,
    logit_bias={"50256": -100},
    logprobs=3,
    max_tokens=7,
    n=2,
    presence_penalty=-0.5,
    seed=7,
    stop=["END", "\n"],
    stream_options={"include_usage": True},
    suffix="\n",
    temperature=0.7,
    top_p=0.9,
    user="hash",
)
RESPONSE = responses.Request(
    model=UNKNOWN,
    input=[
        {"role": "user", "content": [{"type": "input_text", "text": "How is the weather?"}]},
        {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "weather", "arguments": "{}"},
        {"type": "function_call_output", "id": "fco_1", "call_id": "call_1", "output": "sunny"},
    ],
    access_programs={},
    background=False,
    context_management=[{"type": "compaction", "compact_threshold": 1000}],
    conversation={"id": "conv_1"},
    image={},
    include=["file_search_call.results"],
    instructions="Be brief.",
    max_output_tokens=100,
    max_tool_calls=2,
    metadata={"project": "x"},
    moderation={"model": "omni-moderation-latest"},
    parallel_tool_calls=True,
    prompt={"id": "pmpt_1"},
    prompt_cache_key="key",
    prompt_cache_options={"mode": "implicit"},
    prompt_cache_retention="24h",
    reasoning={"effort": "low", "summary": "auto"},
    safety_identifier="hash",
    service_tier="flex",
    store=True,
    stream_options={"include_obfuscation": False},
    temperature=0.7,
    text={"format": {"type": "json_schema", "name": "x", "schema": SCHEMA, "strict": True}, "verbosity": "low"},
    tool_choice={"type": "function", "name": "weather"},
    tools=[FUNCTION],
    top_logprobs=3,
    top_p=0.9,
    truncation="auto",
    user="older",
)
SPEECH = speech.Request(
    model=UNKNOWN,
    input="Hello.",
    voice="alloy",
    instructions="Softly.",
    response_format="wav",
    speed=1.25,
    stream_format="audio",
)
RECORDING = File("talk.wav", a_wav())
TRANSCRIPTION = transcriptions.Request(
    model=UNKNOWN,
    file=RECORDING,
    chunking_strategy={"type": "server_vad", "threshold": 0.4},
    keywords=["lighthouse"],
    known_speaker_names=["ada"],
    known_speaker_references=["data:audio/wav;base64,AAAA"],
    language="en",
    languages=["en", "de"],
    prompt="A talk.",
    response_format="verbose_json",
    temperature=0.2,
    timestamp_granularities=["word", "segment"],
)
TRANSLATION = translations.Request(
    model=UNKNOWN, file=RECORDING, prompt="A talk.", response_format="verbose_json", temperature=0.2
)
CALLS = {"completions.create": COMPLETION, "responses.create": RESPONSE, "audio.speech.create": SPEECH}
FORMS = {"audio.transcriptions.create": TRANSCRIPTION, "audio.translations.create": TRANSLATION}
NOT_TOGETHER = {"previous_response_id", "include"}  # with `conversation`, with verbose_json

APIS = {
    "openai": "openai",
    "azure_openai": "azure-v1",
    "azure_openai/preview": "azure-2025-04-01-preview",
    "azure_openai/stable": "azure-2024-10-21",
}
DOCUMENTED = {
    "completions": ("openai", "azure_openai/preview", "azure_openai/stable"),
    "responses": ("openai", "azure_openai", "azure_openai/preview"),
    "audio/speech": ("openai", "azure_openai/preview"),
    "audio/transcriptions": ("openai", "azure_openai/preview", "azure_openai/stable"),
    "audio/translations": ("openai", "azure_openai/preview", "azure_openai/stable"),
}
MODULES = {module.OPERATION.path: module for module in (completions, responses, speech, transcriptions, translations)}
REQUESTS = {
    "completions": COMPLETION,
    "responses": RESPONSE,
    "audio/speech": SPEECH,
    "audio/transcriptions": TRANSCRIPTION,
    "audio/translations": TRANSLATION,
}
# An operation, a model of it, and the API it is asked at.
CASES = [
    (path, family.name, where)
    for path, module in MODULES.items()
    for where in DOCUMENTED[path]
    for family in catalogue.models(module.OPERATION.name)
]


def suited(request, family):
    """`request` with values that the family has, where leaving them out would change the meaning."""
    known = catalogue.find(family)
    changes = {"model": family}
    formats = known.parameters.get("response_format", {}).get("choices", [])
    if isinstance(request, transcriptions.Request):
        if formats and "verbose_json" not in formats:
            changes |= {"response_format": formats[-1]}
        if "verbose_json" not in (formats or ["verbose_json"]):
            changes |= {"timestamp_granularities": None}
        if known.forbids.get("known_speaker_names"):
            changes |= {"known_speaker_names": None, "known_speaker_references": None}
    if isinstance(request, responses.Request):
        efforts = known.parameters.get("reasoning_effort", {}).get("choices", ["low"])
        changes |= {"reasoning": {"effort": "low" if "low" in efforts else "high", "summary": "auto"}}
        if formats and "json_schema" not in formats:
            changes |= {"text": {"format": {"type": formats[-1]}, "verbosity": "low"}}
        changes |= {"prompt_cache_retention": "24h"}
    return wire.changed(request, **changes)


def errors_of(document, path, body):
    """What the document says of a body, as it goes over the wire."""
    if "file" not in body:
        return api.request_errors(document, path, json.loads(wire.encode(body)))
    if document.startswith("azure"):  # its document writes the brackets into the name
        body = {name: value for name, value in body.items() if name != "timestamp_granularities"}
    return api.form_errors(document, path, multipart.encode(body))


@api.documents_needed
@pytest.mark.parametrize(("path", "family", "where"), CASES)
def test_everything_set_is_valid_for_every_family_at_every_api(path, family, where):
    request = suited(REQUESTS[path], family)
    if path == "audio/transcriptions" and where != "openai" and request.response_format == "diarized_json":
        request = wire.changed(request, response_format="json")  # Azure's document does not know it
    fitted = MODULES[path].fit(request, where)
    assert errors_of(APIS[where], path, fitted.body) == []


@api.documents_needed
class RequestTests(unittest.TestCase):
    def test_every_parameter_of_the_client_is_a_field(self):
        for call, request in (CALLS | FORMS).items():
            table = (api.FOLDER / "params.md").read_text("utf-8").split(f"### {call}\n")[1].split("###")[0]
            documented = {line.split("`")[1] for line in table.splitlines() if line.startswith("| `")}
            with self.subTest(call):
                self.assertLessEqual(documented, set(type(request).__struct_fields__))
                self.assertLessEqual(documented - NOT_TOGETHER, set(request.body()))

    def test_everything_set_is_valid_for_openai_as_it_stands(self):
        for path, request in REQUESTS.items():
            with self.subTest(path):
                assert errors_of("openai", path, request.body()) == []

    def test_an_unknown_model_gets_the_request_as_it_is(self):
        for path, request in REQUESTS.items():
            with self.subTest(path):
                fitted = MODULES[path].fit(request, "openai")
                assert (fitted.body, fitted.notices) == (request.body(), [])

    def test_what_was_not_set_is_not_sent(self):
        least = {
            "completions": ({"prompt": "x"}, {}),
            "responses": ({"input": "x"}, {"store": False}),  # the API's own default would keep it for 30 days
            "audio/speech": ({"input": "x", "voice": "alloy"}, {}),
            "audio/transcriptions": ({"file": RECORDING}, {}),
            "audio/translations": ({"file": RECORDING}, {}),
        }
        for path, (asked, added) in least.items():
            fitted = MODULES[path].fit(MODULES[path].Request(model=UNKNOWN, **asked), "openai")
            assert fitted.body == {"model": UNKNOWN, **asked, **added}

    def test_unknown_parameters_are_noticed_by_the_judge(self):
        for path, where in ((path, where) for path, places in DOCUMENTED.items() for where in places):
            body = {**REQUESTS[path].body(), "nonsense": 1}
            assert "nonsense" in "".join(errors_of(APIS[where], path, body)), (path, where)


KINDS = ["OpenAI", "AzureOpenAI", "AzureOpenAI Entra", "OpenAI on Azure v1"]


@api.documents_needed
@pytest.mark.parametrize("kind", KINDS)
class WireTests:
    """Our bodies beside those of the official client, before `fit` takes what a model or Azure does not have."""

    def test_completions(self, kind):
        (official,) = api.wire_lines(kind, "completions")
        assert completions.Request(model="gpt-3.5-turbo-instruct", prompt="x").body() == official

    def test_responses(self, kind):
        (official,) = api.wire_lines(kind, "responses")
        assert responses.Request(model="gpt-5", input="x").body() == official
        fitted = responses.fit(responses.Request(model="gpt-5", input="x"), "openai")
        assert fitted.body == {**official, "store": False}  # on purpose: nothing is kept that nobody asked to keep

    def test_speech(self, kind):
        (official,) = api.wire_lines(kind, "speech")
        request = speech.Request(model="gpt-4o-mini-tts", input="x", voice="alloy", speed=1.25)
        assert request.body() == official

    def test_forms(self, kind):
        """The same fields in the same order; a WAV file is audio/wav for us, not the older audio/x-wav."""
        section = (api.FOLDER / "wire.md").read_text("utf-8").split(f"### {kind}\n")[1].split("\n### ")[0]
        asked = {
            "transcribe": transcriptions.Request(
                model="whisper-1",
                file=File("a.wav", a_wav()),
                response_format="verbose_json",
                temperature=0.2,
                timestamp_granularities=["word", "segment"],
            ),
            "translate": translations.Request(model="whisper-1", file=File("a.wav", a_wav())),
        }
        for name, request in asked.items():
            (line,) = [line for line in section.splitlines() if line.startswith(f"- {name}: ")]
            form = multipart.encode(request.body())
            parts = multipart.decode(form.content, form.content_type)
            ours = [
                (part.name, f"{part.filename}:{part.media_type}" if part.filename else part.content.decode())
                for part in parts
            ]
            for field, value in ours:
                assert f"('{field}', '{value.replace('audio/wav', 'audio/x-wav')}')" in line
            assert line.count("', '") == len(ours)


def examples(path):
    return [pytest.param(example, id=example["title"] or path) for example in api.examples(f"POST /{path}")]


@api.documents_needed
@pytest.mark.parametrize("example", examples("completions"))
def test_an_official_completion_is_read(example):
    if example["title"] == "Streaming":
        example["response"] = example["response"].replace('instruct"\n', 'instruct",\n').replace('",\n}', '"\n}')
    read = wire.decode(example["response"], completions.Response)
    assert read.text in ("\n\nThis is indeed a test", "This")
    asked = {name: value for name, value in example["request_json"].items() if name != "stream"}
    assert completions.Request(**asked).body() == asked


@api.documents_needed
@pytest.mark.parametrize("example", examples("responses"))
def test_an_official_response_is_read_without_loss(example):
    asked = {name: value for name, value in example["request_json"].items() if name != "stream"}
    assert responses.Request(**asked).body() == asked
    if example["title"] == "Streaming":
        reader = responses.ResponseEvents(_Silent())
        blocks = [block for block in example["response"].strip().split("\n\n") if block != "..."]
        events = [reader.read(Event(*_event(block))) for block in blocks]
        assert events[0].type == "response.created"
        assert reader.response.output_text.startswith("".join(event.output_text for event in events))
        assert "".join(event.output_text for event in events)
        return
    answer = json.loads(example["response"])
    read = wire.decode(example["response"], responses.Response)
    assert read.output == answer["output"]
    assert read.output_text or read.tool_calls
    assert read.usage.total_tokens == answer["usage"]["total_tokens"]
    missing = set(answer) - set(type(read).__struct_fields__)
    assert missing == set()


@api.documents_needed
@pytest.mark.parametrize("example", examples("audio/transcriptions") + examples("audio/translations"))
def test_an_official_transcript_is_read(example):
    if example["title"] == "Streaming":
        reader = transcriptions.Events(_Silent())
        events = [reader.read(Event(*_event(block))) for block in example["response"].strip().split("\n\n")]
        assert "".join(event.delta or "" for event in events) == reader.text
        assert events[0].logprobs
        return
    answer = json.loads(re.sub(r",\s*\.\.\.(?=\s*\])|\.\.\.\n", "", example["response"]))
    read = transcriptions.read(json.dumps(answer).encode(), {}, "json")
    assert read.text == answer["text"]
    assert len(read.segments or []) == len(answer.get("segments", []))
    assert [word.word for word in read.words or []] == [word["word"] for word in answer.get("words", [])]


class _Silent:
    """A stream of which nothing is wanted."""

    request_id, retries = "", 0

    def finished(self):
        pass


def _event(block):
    lines = dict(line.split(": ", 1) for line in block.splitlines() if line)
    return lines.get("event", "message"), lines["data"]
