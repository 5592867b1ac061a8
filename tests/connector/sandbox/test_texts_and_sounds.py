"""Completions, responses, speech and listening in the sandbox: judged by the document, and by the official client."""

import asyncio
import io
import json
import re
from unittest import TestCase

import openai
import pytest
from django.test import SimpleTestCase

from connector.client import multipart
from connector.client.multipart import File
from tests import api
from tests.sandbox import a_door, send
from tests.sounds import a_wav, wav_seconds

FAST = {"x-sandbox-pace": "inf"}
TEXT = "The lamp is lit. Who keeps it, and for whom?"


def post(path, **body):
    return send("POST", f"/v1/{path}", json=body)


def heard(path="audio/transcriptions", recording=None, **fields):
    given = {"model": "sandbox-transcribe", "file": File("talk.wav", recording or a_wav(9)), **fields}
    form = multipart.encode({name: value for name, value in given.items() if value is not None})
    return send("POST", f"/v1/{path}", content=form.content, headers={"content-type": form.content_type})


def events(response):
    """The objects of a stream; each event's name is its type."""
    found = []
    for block in response.text.strip().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.split("\n"))
        found.append(json.loads(lines["data"]))
        assert lines.get("event", found[-1]["type"]) == found[-1]["type"]
    return found


def complaint(response):
    """What the sandbox refuses with, which is an error as the API writes it."""
    assert response.status_code in (400, 404, 413), response.text
    assert api.error_errors(response.json()) == [] or not api.FOLDER.exists()
    return response.json()["error"]


class CompletionTests(SimpleTestCase):
    def ask(self, **body):
        return post("completions", **{"model": "sandbox-completion", "prompt": "Once", **body})

    def test_sixteen_tokens_are_the_default(self):
        answer = self.ask().json()
        self.assertEqual((answer["usage"]["completion_tokens"], answer["choices"][0]["finish_reason"]), (16, "length"))

    def test_every_prompt_has_its_answers(self):
        answer = self.ask(prompt=["One", "Two"], n=2, echo=True, max_tokens=200).json()
        begun = [choice["text"][:3] for choice in answer["choices"]]
        self.assertEqual((begun, [c["index"] for c in answer["choices"]]), (["One", "One", "Two", "Two"], [0, 1, 2, 3]))

    def test_it_stops_where_it_is_told_to(self):
        (choice,) = self.ask(stop="sandbox", max_tokens=100).json()["choices"]
        self.assertEqual((choice["text"], choice["finish_reason"]), (" … goes on the ", "stop"))

    def test_a_stream_says_the_same(self):
        whole = self.ask(seed=3, max_tokens=40, n=2).json()
        stream = self.ask(seed=3, max_tokens=40, n=2, stream=True, stream_options={"include_usage": True})
        chunks = [json.loads(line[6:]) for line in stream.text.split("\n\n")[:-2]]
        for index, choice in enumerate(whole["choices"]):
            pieces = [each for chunk in chunks for each in chunk["choices"] if each["index"] == index]
            self.assertEqual("".join(piece["text"] for piece in pieces), choice["text"])
            self.assertEqual(pieces[-1]["finish_reason"], choice["finish_reason"])
        self.assertEqual(chunks[-1]["usage"], whole["usage"])

    @api.documents_needed
    def test_answers_are_the_apis(self):
        given = ({}, {"logprobs": 3, "echo": True}, {"n": 3, "best_of": 5}, {"prompt": [1, 2]}, {"prompt": [[1], [2]]})
        for body in given:
            self.assertEqual(api.answer_errors("openai", "completions", self.ask(**body).json()), [])

    def test_what_the_api_refuses(self):
        for param, body in (
            ("temperature", {"temperature": 3}),
            ("logprobs", {"logprobs": 6}),
            ("n", {"n": 0}),
            (None, {"best_of": 1, "n": 2}),
            ("best_of", {"best_of": 2, "stream": True}),
            ("stop", {"stop": ["a"] * 5}),
            (None, {"messages": []}),
            ("stream_options", {"stream_options": {}}),
            (None, {"model": "sandbox"}),
        ):
            with self.subTest(body):
                self.assertEqual(complaint(self.ask(**body))["param"], param)


class ResponseTests(SimpleTestCase):
    def ask(self, **body):
        return post("responses", **{"model": "sandbox", "input": "Hello", **body})

    ORDER = re.compile(
        r"created in_progress "
        r"(item_added (part_added (delta )*done part_done |(delta )*done )item_done )+"
        r"(completed|incomplete)"
    )

    def test_events_come_in_the_official_order(self):
        short = {
            "response.output_item.added": "item_added",
            "response.output_item.done": "item_done",
            "response.content_part.added": "part_added",
            "response.content_part.done": "part_done",
            "response.reasoning_summary_part.added": "part_added",
            "response.reasoning_summary_part.done": "part_done",
        }
        tool = {"type": "function", "name": "look", "parameters": {"type": "object", "properties": {}}, "strict": None}
        for body in (
            {},
            {"model": "sandbox-refusal"},
            {"model": "sandbox-reasoning", "reasoning": {"effort": "low", "summary": "auto"}},
            {"model": "sandbox-tools"},
            {"tools": [tool]},
            {"tools": [{"type": "custom", "name": "look"}]},
            {"max_output_tokens": 16},
        ):
            found = events(self.ask(stream=True, **body))
            kinds = [short.get(event["type"]) or event["type"].rpartition(".")[2] for event in found]
            with self.subTest(body):
                self.assertTrue(self.ORDER.fullmatch(" ".join(kinds)), kinds)
                self.assertEqual([event["sequence_number"] for event in found], list(range(len(found))))

    def test_the_pieces_are_the_whole(self):
        found = events(self.ask(stream=True))
        said = "".join(event["delta"] for event in found if event["type"] == "response.output_text.delta")
        self.assertEqual(found[-1]["response"]["output"][0]["content"][0]["text"], said)

    @api.documents_needed
    def test_answers_and_events_are_the_apis(self):
        thinking = {"model": "sandbox-reasoning", "reasoning": {"summary": "auto"}, "metadata": {"a": "b"}}
        for body in ({}, {"model": "sandbox-tools"}, {"max_output_tokens": 16}, {"model": "sandbox-refusal"}, thinking):
            with self.subTest(body):
                self.assertEqual(api.answer_errors("openai", "responses", self.ask(**body).json()), [])
                for event in events(self.ask(stream=True, **body)):
                    self.assertEqual(api.chunk_errors("openai", "responses", event), [], event["type"])

    def test_a_stored_answer_can_be_gone_on_from(self):
        first = self.ask(input="My name is Ada.").json()
        second = self.ask(input="Who am I?", previous_response_id=first["id"]).json()
        self.assertIn("My name is Ada", second["output"][0]["content"][0]["text"])
        self.assertEqual(second["previous_response_id"], first["id"])

    def test_one_that_was_not_stored_cannot(self):
        first = self.ask(store=False).json()
        error = complaint(self.ask(previous_response_id=first["id"]))
        self.assertEqual(error["code"], "previous_response_not_found")

    def test_a_tools_result_is_understood(self):
        call = self.ask(model="sandbox-tools").json()["output"][0]
        result = {"type": "function_call_output", "call_id": call["call_id"], "output": "sunny"}
        said = self.ask(input=[{"role": "user", "content": "Weather?"}, call, result]).json()
        self.assertIn("sunny", said["output"][0]["content"][0]["text"])

    def test_a_schema_is_kept(self):
        schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
        said = self.ask(text={"format": {"type": "json_schema", "name": "x", "schema": schema}}).json()
        self.assertEqual(list(json.loads(said["output"][0]["content"][0]["text"])), ["city"])

    def test_what_the_api_refuses(self):
        for param, body in (
            ("max_output_tokens", {"max_output_tokens": 15}),
            ("stop", {"stop": "x"}),
            ("messages", {"messages": []}),
            ("reasoning.effort", {"reasoning": {"effort": "much"}}),
            ("text.format.schema", {"text": {"format": {"type": "json_schema", "name": "x"}}}),
            ("store", {"background": True, "store": False}),
            ("input[0].role", {"input": [{"content": "x"}]}),
            ("input", {"input": ""}),
            ("tools[0].type", {"tools": [{"name": "x"}]}),
            ("temperature", {"model": "sandbox-reasoning", "temperature": 0.5}),
        ):
            with self.subTest(body):
                self.assertEqual(complaint(self.ask(**body))["param"], param)


class SpeechTests(SimpleTestCase):
    def ask(self, **body):
        return post("audio/speech", **{"model": "sandbox-speech", "input": TEXT, "voice": "alloy", **body})

    def test_it_is_a_real_wav_file_as_long_as_the_text(self):
        found = self.ask()
        self.assertEqual(found.headers["content-type"], "audio/wav")
        long, short = wav_seconds(found.content), wav_seconds(self.ask(input="Yes.").content)
        self.assertTrue(2 < long < 6 and short < 1, (long, short))
        self.assertAlmostEqual(wav_seconds(self.ask(speed=2).content), long / 2, delta=0.01)

    def test_it_can_be_heard_and_does_not_clip(self):
        samples = memoryview(self.ask(response_format="pcm").content).cast("h")
        self.assertTrue(5000 < max(samples) < 32_000, max(samples))

    def test_the_same_text_is_the_same_melody_and_another_voice_another(self):
        self.assertEqual(self.ask().content, self.ask().content)
        self.assertNotEqual(self.ask().content, self.ask(voice="onyx").content)

    def test_pcm_is_the_same_without_the_header(self):
        self.assertEqual(self.ask(response_format="pcm").content, self.ask(response_format="wav").content[44:])

    @api.documents_needed
    def test_events_are_the_apis(self):
        found = events(self.ask(stream_format="sse"))
        for event in found:
            self.assertEqual(api.chunk_errors("openai", "audio/speech", event), [])
        self.assertEqual(found[-1]["type"], "speech.audio.done")

    def test_what_it_has_no_encoder_for_it_says(self):
        for wanted in ("mp3", "opus", "aac", "flac"):
            error = complaint(self.ask(response_format=wanted))
            self.assertEqual(error["param"], "response_format")
            self.assertIn("wav and pcm", error["message"])

    def test_what_the_api_refuses(self):
        for param, body in (
            ("input", {"input": ""}),
            ("input", {"input": "x" * 4097}),
            ("voice", {"voice": "nobody"}),
            ("speed", {"speed": 5}),
            ("response_format", {"response_format": "ogg"}),
            ("prompt", {"prompt": "x"}),
        ):
            with self.subTest(body):
                self.assertEqual(complaint(self.ask(**body))["param"], param)

    def test_any_text_has_a_sound(self):
        for text in ("…", " ", "\n", "日本語です。", "🙂", "a" * 4096, "," * 100):
            self.assertGreater(wav_seconds(self.ask(input=text).content), 0.05, text[:10])


class ListeningTests(SimpleTestCase):
    def test_times_fit_the_recording(self):
        for seconds in (0.2, 3, 30):
            found = heard(
                recording=a_wav(seconds), response_format="verbose_json", timestamp_granularities=["word", "segment"]
            ).json()
            self.assertAlmostEqual(found["duration"], seconds, places=1)
            for each in ("words", "segments"):
                times = [time for item in found[each] for time in (item["start"], item["end"])]
                self.assertEqual(times, sorted(times))
                self.assertTrue(times[0] == 0 and abs(times[-1] - found["duration"]) < 0.02)
            self.assertEqual(" ".join(each["text"].strip() for each in found["segments"]), found["text"])

    def test_subtitles_can_be_read(self):
        clock = r"\d\d:\d\d:\d\d{}\d\d\d"
        for kind, heading, point, number in (("srt", "", ",", r"\d+\n"), ("vtt", "WEBVTT\n\n", r"\.", "")):
            found = heard(response_format=kind)
            times = f"{clock.format(point)} --> {clock.format(point)}"
            self.assertRegex(found.text, rf"\A{heading}({number}{times}\n.+\n\n)+\Z")
            self.assertTrue(found.headers["content-type"].startswith("text/plain"))

    def test_speakers_take_turns_and_known_ones_are_named(self):
        samples = ["data:audio/wav;base64,AA=="]
        found = heard(
            response_format="diarized_json", known_speaker_names=["Ada"], known_speaker_references=samples
        ).json()
        self.assertEqual([each["speaker"] for each in found["segments"]][:2], ["Ada", "A"])
        self.assertTrue(found["text"].startswith("Ada: "))

    @api.documents_needed
    def test_answers_and_events_are_the_apis(self):
        for fields in (
            {},
            {"include": ["logprobs"]},
            {"response_format": "verbose_json", "timestamp_granularities": ["word"]},
            {"response_format": "diarized_json", "chunking_strategy": "auto"},
            {"language": "en", "prompt": "x", "keywords": ["y"], "temperature": 0.5},
        ):
            with self.subTest(fields):
                self.assertEqual(api.answer_errors("openai", "audio/transcriptions", heard(**fields).json()), [])
        for fields in ({}, {"include": ["logprobs"]}, {"response_format": "diarized_json"}):
            for event in events(heard(stream=True, **fields)):
                self.assertEqual(api.chunk_errors("openai", "audio/transcriptions", event), [])
        for fields in ({}, {"response_format": "verbose_json"}):
            found = heard("audio/translations", **fields).json()
            self.assertEqual(api.answer_errors("openai", "audio/translations", found), [])

    def test_a_stream_says_the_same(self):
        found = events(heard(stream=True))
        said = "".join(event["delta"] for event in found if event["type"] == "transcript.text.delta")
        self.assertEqual((said, found[-1]["text"]), (heard().json()["text"],) * 2)

    def test_what_the_api_refuses(self):
        for param, fields in (
            ("file", {"file": None}),
            ("file", {"file": File("a.wav", b"not a sound")}),
            ("file", {"file": File("a.wav", b"\x89PNG\r\n\x1a\n")}),
            ("response_format", {"response_format": "xml"}),
            ("temperature", {"temperature": 1.5}),
            ("timestamp_granularities", {"timestamp_granularities": ["word"]}),
            ("voice", {"voice": "alloy"}),
            ("known_speaker_names", {"known_speaker_names": ["a"]}),
        ):
            with self.subTest(fields):
                self.assertEqual(complaint(heard(**fields))["param"], param)
        self.assertEqual(complaint(send("POST", "/v1/audio/transcriptions", content=b"{}"))["param"], None)


@pytest.mark.parametrize("cut", range(0, 60, 7))
def test_a_cut_or_odd_wav_breaks_nothing(cut):
    assert heard(recording=a_wav(0.1)[: 12 + cut]).status_code in (200, 400)


class OfficialClientTests(TestCase):
    """The `openai` package takes the sandbox for the real thing, whichever class of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.door = cls.enterClassContext(a_door())

    def setUp(self):
        azure = {"azure_endpoint": self.door, "api_version": "2025-04-01-preview"}
        common = {"api_key": "anything", "max_retries": 0, "default_headers": FAST}
        self.clients = {
            "OpenAI": openai.OpenAI(base_url=f"{self.door}/v1", **common),
            "OpenAI at Azure's v1": openai.OpenAI(base_url=f"{self.door}/openai/v1", **common),
            "AzureOpenAI": openai.AzureOpenAI(**azure, **common),
        }
        self.async_clients = {
            "AsyncOpenAI": lambda: openai.AsyncOpenAI(base_url=f"{self.door}/v1", **common),
            "AsyncAzureOpenAI": lambda: openai.AsyncAzureOpenAI(**azure, **common),
        }
        for client in self.clients.values():
            self.addCleanup(client.close)

    def each(self):
        for name, client in self.clients.items():
            with self.subTest(name):
                yield client

    def test_completions(self):
        asked = {"model": "sandbox-completion", "prompt": "Once", "seed": 1, "max_tokens": 30}
        for client in self.each():
            whole = client.completions.create(**asked)
            pieces = [chunk.choices[0].text for chunk in client.completions.create(**asked, stream=True)]
            self.assertEqual("".join(pieces), whole.choices[0].text)

    def test_responses(self):
        for client in self.each():
            whole = client.responses.create(model="sandbox", input="Hello", temperature=0)
            self.assertIn("sandbox", whole.output_text)
            on = client.responses.create(model="sandbox", input="And?", previous_response_id=whole.id, store=False)
            self.assertIn("You asked before", on.output_text)
            with client.responses.stream(model="sandbox", input="Hello", temperature=0) as stream:
                said = "".join(event.delta for event in stream if event.type == "response.output_text.delta")
                self.assertEqual(stream.get_final_response().output_text, said)

    def test_tools(self):
        client = self.clients["OpenAI"]
        with client.responses.stream(model="sandbox-tools", input="Weather?") as stream:
            calls = [item for item in stream.get_final_response().output if item.type == "function_call"]
        self.assertEqual([json.loads(call.arguments) for call in calls], [{"place": "sample place"}] * 2)

    def test_speech_is_written_down(self):
        for client in self.each():
            spoken = client.audio.speech.create(
                model="sandbox-speech", input=TEXT, voice="alloy", response_format="wav"
            ).content
            lasts = wav_seconds(spoken)
            file = ("talk.wav", io.BytesIO(spoken))
            whole = client.audio.transcriptions.create(
                model="sandbox-transcribe", file=file, response_format="verbose_json", timestamp_granularities=["word"]
            )
            self.assertAlmostEqual(whole.duration, lasts, places=1)
            self.assertTrue(whole.words)
            kwargs = {"model": "sandbox-transcribe", "file": ("talk.wav", io.BytesIO(spoken))}
            self.assertIn("-->", client.audio.transcriptions.create(**kwargs, response_format="srt"))
            kwargs["file"] = ("talk.wav", io.BytesIO(spoken))
            said = list(client.audio.transcriptions.create(**kwargs, stream=True))
            self.assertEqual(said[-1].text, whole.text)
            kwargs["file"] = ("talk.wav", io.BytesIO(spoken))
            self.assertEqual(client.audio.translations.create(**kwargs).text, whole.text)

    def test_speech_streams(self):
        for client in self.each():
            with client.audio.speech.with_streaming_response.create(
                model="sandbox-speech", input=TEXT, voice="alloy"
            ) as spoken:
                content = b"".join(spoken.iter_bytes())
            self.assertGreater(wav_seconds(content), 1)

    def test_async(self):
        async def talk(make):
            async with make() as client:
                completed = await client.completions.create(model="sandbox-completion", prompt="Once")
                responded = await client.responses.create(model="sandbox", input="Hello")
                spoken = await client.audio.speech.create(model="sandbox-speech", input="Yes.", voice="alloy")
                file = ("a.wav", io.BytesIO(spoken.content))
                heard = await client.audio.transcriptions.create(model="sandbox-transcribe", file=file)
                return bool(completed.choices[0].text and responded.output_text and heard.text)

        for name, make in self.async_clients.items():
            with self.subTest(name):
                self.assertTrue(asyncio.run(talk(make)))

    def test_errors_are_those_of_the_api(self):
        client = self.clients["OpenAI"]
        with self.assertRaises(openai.BadRequestError) as raised:
            client.audio.speech.create(model="sandbox-speech", input="x", voice="alloy", response_format="mp3")
        self.assertEqual(raised.exception.param, "response_format")
        with self.assertRaises(openai.InternalServerError):
            client.audio.speech.create(model="sandbox-speech-500", input="x", voice="alloy")
        with self.assertRaises(openai.NotFoundError):
            client.completions.create(model="sandbox", prompt="x")
