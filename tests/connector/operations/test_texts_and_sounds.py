"""Completions, responses, speech and listening through the real client: what is sent, what is read, what is refused."""

import base64
import json
import math
from unittest import IsolatedAsyncioTestCase, TestCase

import httpx
import pytest

from connector import catalogue
from connector.catalogue import apis
from connector.catalogue.parameters import rules
from connector.client import endpoint, errors, multipart, transport, wire
from connector.client.multipart import File
from connector.client.secret import Secret
from connector.operations import completions, responses, speech, transcriptions, translations
from tests.connector.operations.test_texts_and_sounds_conformance import REQUESTS, suited
from tests.sounds import a_wav

WAV = File("talk.wav", a_wav())
MODULES = {module.OPERATION.path: module for module in (completions, responses, speech, transcriptions, translations)}


class Played(httpx.AsyncBaseTransport):
    """Answers with these pieces, one by one, and then breaks off when `cut`."""

    def __init__(self, *pieces, content_type="application/json", status=200, cut=False):
        self.pieces = [piece if isinstance(piece, bytes) else wire.encode(piece) for piece in pieces]
        self.headers, self.status, self.cut, self.requests = {"content-type": content_type}, status, cut, []

    async def handle_async_request(self, request):
        self.requests.append(request)
        return httpx.Response(self.status, headers=self.headers, stream=_Pieces(self))

    @property
    def body(self):
        return json.loads(self.requests[-1].content)


class _Pieces(httpx.AsyncByteStream):
    def __init__(self, played):
        self.played = played

    async def __aiter__(self):
        for piece in self.played.pieces:
            yield piece
        if self.played.cut:
            raise httpx.RemoteProtocolError("peer closed connection")


def a_client(played, kind="openai", text="", **fields):
    return transport.Client(endpoint.parse(text, kind, **fields), Secret("sk-k"), transport=played)


def events(*datas):
    return b"".join(b"data: " + wire.encode(data) + b"\n\n" for data in datas)


async def read(module, request, played, **how):
    """What came of a stream, and the error that it ended with."""
    came, error = [], None
    try:
        async with module.stream(a_client(played), request, **how) as stream:
            async for each in stream:
                came.append(each)
    except errors.ConnectorError as raised:
        error = raised
    return came, error


ASK = {
    completions: completions.Request(model="m", prompt="x"),
    responses: responses.Request(model="m", input="x"),
    speech: speech.Request(model="m", input="x", voice="alloy"),
    transcriptions: transcriptions.Request(model="m", file=WAV),
    translations: translations.Request(model="m", file=WAV),
}


class AnyAnswerTests(IsolatedAsyncioTestCase):
    """Whatever comes, an error of ours or an answer (reliability.md R37, R45, R46)."""

    ODD = (
        b"", b"null", b"[]", b"{}", b"0", b'"x"', b"{", b'{"choices": null}', b'{"choices": [null]}', b'{"output": 5}',
        b'{"text": null}', b'{"error": "no"}', b'{"error": {"message": "no", "code": 5}}', b"\xff\xfe", b"<html>",
        b'{"id": 5, "output": [null, 5, {"type": "message", "content": [null, {"type": "output_text"}]}]}',
        b'{"choices": [{"text": 5, "logprobs": []}]}', b'{"text": "x", "segments": [null, {"id": null}], "usage": 3}',
        b"[" * 5000,
    )  # fmt: skip

    async def test_no_answer_breaks_the_reader(self):
        for module, request in ASK.items():
            for content in self.ODD:
                for kind in ("application/json", "text/plain", "audio/wav"):
                    with self.subTest(module.__name__, content=content[:40], kind=kind):
                        played = Played(content, content_type=kind)
                        try:
                            await module.create(a_client(played), request)
                        except errors.ConnectorError as error:
                            self.assertTrue(error.what)

    async def test_nor_does_one_to_a_stream(self):
        for module, request in ASK.items():
            if module is translations:
                continue
            for content in [*self.ODD, *(b"data: " + odd + b"\n\n" for odd in self.ODD)]:
                for kind in ("application/json", "text/event-stream"):
                    with self.subTest(module.__name__, content=content[:40], kind=kind):
                        await read(module, request, Played(content, content_type=kind))


class CompletionTests(IsolatedAsyncioTestCase):
    DONE = b"data: [DONE]\n\n"

    @staticmethod
    def piece(text, finish=None, index=0):
        return {"choices": [{"index": index, "text": text, "finish_reason": finish}]}

    async def test_a_stream_asks_for_the_usage_and_ends(self):
        played = Played(events(self.piece("a"), self.piece("b", "stop"), {"usage": {"total_tokens": 3}}), self.DONE)
        chunks, error = await read(completions, ASK[completions], played)
        self.assertEqual("".join(chunk.text for chunk in chunks), "ab")
        self.assertEqual((chunks[-1].usage.total_tokens, error), (3, None))
        self.assertEqual(played.body["stream_options"], {"include_usage": True})

    async def test_a_stream_without_its_end_was_cut(self):
        chunks, error = await read(completions, ASK[completions], Played(events(self.piece("a")), cut=True))
        self.assertIsInstance(error, errors.CutOff)
        self.assertEqual(chunks[0].text, "a")

    async def test_a_finish_reason_is_an_end(self):
        _, error = await read(completions, ASK[completions], Played(events(self.piece("a", "length"))))
        self.assertIsNone(error)

    async def test_every_answer_has_to_end(self):
        request = completions.Request(model="m", prompt=["x", "y"], n=1)
        _, error = await read(completions, request, Played(events(self.piece("a"), self.piece("b", "stop", 1))))
        self.assertIsInstance(error, errors.CutOff)

    async def test_the_best_answer_cannot_be_streamed(self):
        played = Played(b"")
        _, error = await read(completions, completions.Request(model="m", prompt="x", best_of=2), played)
        self.assertEqual((error.facts["param"], played.requests), ("best_of", []))

    async def test_azure_has_the_deployment_in_the_path(self):
        played = Played(self.piece("a", "stop"))
        where = {"text": "https://r.openai.azure.com", "deployment": "mine", "api_version": "2024-10-21"}
        client = a_client(played, "azure_openai", **where)
        fitted = completions.fit(completions.Request(model="mine", prompt="x"), client.endpoint)
        await completions.create(client, fitted)
        self.assertEqual(played.requests[0].url.path, "/openai/deployments/mine/completions")


class ResponseTests(IsolatedAsyncioTestCase):
    MESSAGE = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hi"}]}

    async def test_the_end_is_an_event(self):
        end = {"type": "response.completed", "response": {"id": "r", "status": "completed", "output": [self.MESSAGE]}}
        played = Played(events({"type": "response.output_text.delta", "delta": "Hi"}, end))
        came, error = await read(responses, ASK[responses], played)
        self.assertEqual(([event.output_text for event in came], error), (["Hi", ""], None))
        self.assertEqual((came[-1].response.output_text, came[-1].response.finish_reason), ("Hi", "stop"))

    async def test_without_it_the_answer_was_cut(self):
        _, error = await read(responses, ASK[responses], Played(events({"type": "response.created"}), cut=True))
        self.assertIsInstance(error, errors.CutOff)

    async def test_failures_in_the_stream(self):
        failed = {"type": "response.failed", "response": {"error": {"code": "server_error", "message": "Sorry"}}}
        for event in (failed, {"type": "error", "message": "Sorry", "code": "x", "param": None}):
            _, error = await read(responses, ASK[responses], Played(events(event)))
            self.assertIsInstance(error, errors.FailedMidway)
            self.assertIn("Sorry", error.what)

    async def test_events_nobody_knows_are_passed_on(self):
        end = {"type": "response.completed", "response": {"id": "r"}}
        came, error = await read(responses, ASK[responses], Played(events({"type": "response.new_thing"}, end)))
        self.assertEqual((came[0].type, error), ("response.new_thing", None))

    async def test_a_whole_answer_to_a_stream(self):
        played = Played({"id": "r", "status": "completed", "output": [self.MESSAGE]})
        came, error = await read(responses, ASK[responses], played)
        self.assertEqual((came[0].response.output_text, error), ("Hi", None))

    async def test_cut_by_the_limit(self):
        answer = {"id": "r", "status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}
        found = await responses.create(a_client(Played(answer)), ASK[responses])
        self.assertEqual(found.finish_reason, "length")

    async def test_chats_names_are_understood_even_without_fitting(self):
        played = Played({"id": "r"})
        request = responses.Request(model="m", input="x", reasoning_effort="low", verbosity="high")
        await responses.create(a_client(played), request)
        self.assertEqual((played.body["reasoning"], played.body["text"]), ({"effort": "low"}, {"verbosity": "high"}))


class SpeechTests(IsolatedAsyncioTestCase):
    async def test_the_sound_knows_what_it_is(self):
        for content, said, asked, found in (
            (WAV.content, "audio/wav", None, ("audio/wav", ".wav", "speech.wav")),
            (b"ID3\x04", "application/octet-stream", "mp3", ("audio/mpeg", ".mp3", "speech.mp3")),
            (b"\x01\x00\x02\x00", "application/octet-stream", "pcm", ("audio/pcm", ".pcm", "speech.pcm")),
        ):
            request = speech.Request(model="m", input="x", voice="alloy", response_format=asked)
            audio = await speech.create(a_client(Played(content, content_type=said)), request)
            self.assertEqual((bytes(audio), (audio.media_type, audio.extension, audio.name)), (content, found))

    async def test_the_playable_part_comes_before_the_error(self):
        """reliability.md R72"""
        played = Played(WAV.content[:500], WAV.content[500:900], content_type="audio/wav", cut=True)
        came, error = await read(speech, ASK[speech], played)
        self.assertEqual(b"".join(came), WAV.content[:900])
        self.assertIsInstance(error, errors.CutOff)

    async def test_events_are_decoded(self):
        request = speech.Request(model="m", input="x", voice="alloy", stream_format="sse")
        delta = {"type": "speech.audio.delta", "audio": base64.b64encode(b"abc").decode()}
        done = {"type": "speech.audio.done", "usage": {"total_tokens": 5}}
        played = Played(events(delta, done), content_type="text/event-stream")
        async with speech.stream(a_client(played), request) as pieces:
            self.assertEqual(b"".join([piece async for piece in pieces]), b"abc")
            self.assertEqual(pieces.usage.total_tokens, 5)
        for broken in ({"type": "speech.audio.delta", "audio": "%"}, {"type": "speech.audio.delta"}):
            _, error = await read(speech, request, Played(events(broken), content_type="text/event-stream"))
            self.assertIsInstance(error, errors.BadAnswer)
        _, error = await read(speech, request, Played(events(delta), content_type="text/event-stream"))
        self.assertIsInstance(error, errors.CutOff)

    async def test_too_much_is_too_much(self):
        limits = transport.Limits(stream_bytes=10)
        _, error = await read(speech, ASK[speech], Played(b"a" * 8, b"b" * 8, content_type="audio/wav"), limits=limits)
        self.assertIsInstance(error, errors.TooLarge)


class TranscriptionTests(IsolatedAsyncioTestCase):
    async def test_the_form(self):
        played = Played({"text": "Hello"})
        request = transcriptions.Request(model="m", file=WAV, languages=["en", "de"], temperature=0.5)
        answer = await transcriptions.create(a_client(played), request)
        sent = played.requests[0]
        parts = multipart.decode(sent.content, sent.headers["content-type"])
        self.assertEqual(answer.text, "Hello")
        self.assertEqual(
            [(part.name, part.filename) for part in parts],
            [(name, None) for name in ("model", "languages[]", "languages[]", "temperature")] + [("file", "talk.wav")],
        )

    async def test_formats_that_are_no_json(self):
        for wanted in ("text", "srt", "vtt"):
            request = transcriptions.Request(model="m", file=WAV, response_format=wanted)
            plain = Played(b"Hello\n", content_type="text/plain")
            self.assertEqual((await transcriptions.create(a_client(plain), request)).text, "Hello")
            self.assertEqual((await transcriptions.create(a_client(Played({"text": "Hello"})), request)).text, "Hello")

    async def test_silence_is_a_transcript_and_anything_without_a_text_is_none(self):
        silent = await transcriptions.create(a_client(Played({"text": "", "duration": 3})), ASK[transcriptions])
        self.assertEqual((silent.text, silent.duration), ("", 3.0))
        for said in ({}, [], {"error": {"message": "too long"}}, {"detail": "too long"}):
            with self.subTest(said=said), self.assertRaises(errors.BadAnswer):
                await transcriptions.create(a_client(Played(said)), ASK[transcriptions])

    async def test_a_server_that_does_not_stream(self):
        came, error = await read(transcriptions, ASK[transcriptions], Played({"text": "Hello"}))
        self.assertEqual((came[0].type, came[0].text, error), ("transcript.text.done", "Hello", None))

    async def test_a_stream_without_its_end_was_cut(self):
        delta = {"type": "transcript.text.delta", "delta": "Hel"}
        came, error = await read(transcriptions, ASK[transcriptions], Played(events(delta), cut=True))
        self.assertEqual((came[0].delta, type(error)), ("Hel", errors.CutOff))


T, S = "audio/transcriptions", "audio/speech"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
# Path, model, what is asked, and the parameter that the error names.
WRONG = [
    ("completions", "gpt-4o", {}, "model"),
    ("completions", "GPT-3.5 Turbo", {}, "model"),
    ("completions", "gpt-5", {}, "model"),
    ("completions", "whisper-1", {}, "model"),
    ("completions", "davinci-002", {"temperature": 2.1}, "temperature"),
    ("completions", "davinci-002", {"temperature": math.nan}, "temperature"),
    ("completions", "davinci-002", {"temperature": "hot"}, "temperature"),
    ("completions", "davinci-002", {"n": 3, "best_of": 2}, "best_of"),
    ("completions", "davinci-002", {"best_of": 21}, "best_of"),
    ("completions", "davinci-002", {"logprobs": 6}, "logprobs"),
    ("completions", "davinci-002", {"logprobs": True}, "logprobs"),
    ("completions", "davinci-002", {"max_tokens": -1}, "max_tokens"),
    ("completions", "davinci-002", {"stop": ["a"] * 5}, "stop"),
    ("completions", "davinci-002", {"logit_bias": {"x": 1}}, "logit_bias"),
    ("completions", "davinci-002", {"prompt": 5}, "prompt"),
    ("completions", "davinci-002", {"prompt": ["a", 1]}, "prompt"),
    ("completions", "davinci-002", {"prompt": []}, "prompt"),
    ("completions", "davinci-002", {"prompt": [1.5]}, "prompt"),
    ("responses", "tts-1", {}, "model"),
    ("responses", "gpt-5", {"input": ""}, "input"),
    ("responses", "gpt-5", {"input": object()}, "input"),
    ("responses", "gpt-5", {"max_output_tokens": 15}, "max_output_tokens"),
    ("responses", "gpt-5", {"reasoning": {"effort": "much"}}, "reasoning_effort"),
    ("responses", "gpt-5", {"text": {"verbosity": "x"}}, "verbosity"),
    ("responses", "gpt-5", {"text": {"format": {"type": "json_schema", "name": "x", "schema": 5}}}, "response_format"),
    ("responses", "gpt-5", {"tools": [{"name": "x"}]}, "tools"),
    ("responses", "gpt-5", {"tools": [{"type": "function"}]}, "tools"),
    ("responses", "gpt-5", {"tool_choice": "maybe"}, "tool_choice"),
    ("responses", "gpt-5", {"include": ["everything"]}, "include"),
    ("responses", "gpt-5", {"metadata": {"a": 5}}, "metadata"),
    ("responses", "gpt-5", {"background": True, "store": False}, "store"),
    ("responses", "gpt-5", {"conversation": "c", "previous_response_id": "r"}, "previous_response_id"),
    ("responses", "gpt-5", {"conversation": {}}, "conversation"),
    ("responses", "gpt-4.1", {"top_logprobs": 21}, "top_logprobs"),
    ("responses", "gpt-5", {"service_tier": "slow"}, "service_tier"),
    (S, "gpt-4o", {}, "model"),
    (S, "tts-1", {"input": " "}, "input"),
    (S, "tts-1", {"input": "x" * 4097}, "input"),
    (S, "tts-1", {"voice": "nobody"}, "voice"),
    (S, "tts-1", {"voice": {"id": ""}}, "voice"),
    (S, "tts-1", {"voice": ""}, "voice"),
    (S, "tts-1", {"speed": 0.2}, "speed"),
    (S, "tts-1", {"speed": math.inf}, "speed"),
    (S, "tts-1", {"response_format": "ogg"}, "response_format"),
    (S, "gpt-4o-mini-tts", {"stream_format": "mp3"}, "stream_format"),
    (T, "gpt-4o", {}, "model"),
    (T, "whisper-1", {"file": b"bytes"}, "file"),
    (T, "whisper-1", {"file": File("a.wav", b"")}, "file"),
    (T, "whisper-1", {"file": File("a.mp3", PNG)}, "file"),
    (T, "whisper-1", {"file": File("a.mp3", b"%PDF-1.7")}, "file"),
    (T, "whisper-1", {"file": File("a.wav", WAV.content[: len(WAV.content) // 2])}, "file"),
    (T, "whisper-1", {"file": File("a.mp3", b"ID3" + bytes(26_000_000))}, "file"),
    (T, "whisper-1", {"temperature": 1.1}, "temperature"),
    (T, "whisper-1", {"response_format": "diarized_json"}, "response_format"),
    (T, "gpt-4o-transcribe", {"response_format": "srt"}, "response_format"),
    (T, "whisper-1", {"timestamp_granularities": ["word"]}, "timestamp_granularities"),
    (T, "whisper-1", {"response_format": "verbose_json", "timestamp_granularities": ["x"]}, "timestamp_granularities"),
    (T, "whisper-1", {"include": ["logprobs"]}, "include"),
    (T, "gpt-4o-transcribe", {"include": ["everything"]}, "include"),
    (T, "gpt-4o-transcribe-diarize", {"known_speaker_names": ["a"]}, "known_speaker_names"),
    (T, "gpt-4o-transcribe", {"known_speaker_names": ["a"], "known_speaker_references": ["b"]}, "known_speaker_names"),
    (T, "gpt-4o-transcribe-diarize", {"chunking_strategy": "sometimes"}, "chunking_strategy"),
    ("audio/translations", "gpt-4o-transcribe", {}, "model"),
    ("audio/translations", "whisper-1", {"response_format": "diarized_json"}, "response_format"),
    ("audio/translations", "whisper-1", {"file": File("a.gif", b"GIF89a")}, "file"),
]
LEAST = {
    "completions": {"prompt": "x"},
    "responses": {"input": "x"},
    S: {"input": "x", "voice": "alloy"},
    T: {"file": WAV},
    "audio/translations": {"file": WAV},
}


@pytest.mark.parametrize(("path", "model", "asked", "param"), WRONG)
def test_a_wrong_value_is_refused_before_anything_is_sent(path, model, asked, param):
    request = MODULES[path].Request(**{"model": model, **LEAST[path], **asked})
    with pytest.raises(errors.InvalidParameter) as raised:
        MODULES[path].fit(request, "openai")
    assert raised.value.facts["param"].split(".")[0].split("[")[0] == param
    assert raised.value.facts["reason"]
    assert raised.value.facts["source"]


class HintTests(TestCase):
    def test_a_chat_model_is_sent_to_chat(self):
        """Checklist C1, Q6"""
        with self.assertRaises(errors.InvalidParameter) as raised:
            completions.fit(completions.Request(model="GPT-3.5 Turbo", prompt="x"), "openai")
        self.assertIn("ask it under Chat", raised.exception.what)

    def test_compatible_servers_serve_whatever_they_like(self):
        for model in ("gpt-3.5-turbo", "llama-3.3", "whisper-1"):
            fitted = completions.fit(completions.Request(model=model, prompt="x", top_p=0.5), "openai_compatible")
            self.assertEqual(fitted.body, {"model": model, "prompt": "x", "top_p": 0.5})
        fitted = speech.fit(speech.Request(model="kokoro", input="x", voice="af_sky"), "openai_compatible")
        self.assertEqual(fitted.body["voice"], "af_sky")

    def test_only_instruct_takes_a_suffix_and_a_typed_line_end_becomes_one(self):
        """Checklist C6"""
        for model, is_sent in (("gpt-3.5-turbo-instruct", True), ("davinci-002", False)):
            fitted = completions.fit(completions.Request(model=model, prompt="x", suffix="\n"), "openai")
            self.assertEqual(("suffix" in fitted.body, bool(fitted.notices)), (is_sent, not is_sent))
        (suffix,) = [p for p in catalogue.parameters("completions", "", "openai") if p.name == "suffix"]
        self.assertEqual((suffix.parse("\\n end"), suffix.parse("")), ("\n end", None))

    def test_the_form_shows_that_16_tokens_are_the_default(self):
        """Checklist C3"""
        (limit,) = [p for p in catalogue.parameters("completions", "", "openai") if p.name == "max_tokens"]
        self.assertEqual((limit.default, limit.minimum), (16, 0))

    def test_an_azure_version_without_responses_says_so(self):
        with self.assertRaises(errors.InvalidParameter) as raised:
            responses.fit(responses.Request(model="mine", input="x"), "azure_openai/stable")
        self.assertIn("preview", raised.exception.what)

    def test_nothing_is_stored_that_nobody_asked_to_store(self):
        for asked, stored in (({}, False), ({"store": True}, True), ({"store": False}, False)):
            fitted = responses.fit(responses.Request(model="gpt-5", input="x", **asked), "openai")
            self.assertIs(fitted.body["store"], stored)
        behind = responses.Request(model="m", input="x", background=True)  # has to be stored, and is by default
        self.assertNotIn("store", responses.fit(behind, "openai").body)


# A strict server refuses what the family does not take; the reference here is the data, read another way.
FAMILIES = [
    (path, family.name, where)
    for path, module in MODULES.items()
    for group in ("openai", "sandbox")
    for family in catalogue.models(module.OPERATION.name, group)
    for where in ("openai", "openai_compatible", "azure_openai/preview")
]


@pytest.mark.parametrize(("path", "family", "where"), FAMILIES)
def test_a_strict_server_has_nothing_to_refuse_and_the_notices_are_the_difference(path, family, where):
    name, known = MODULES[path].OPERATION.name, catalogue.find(family)
    request = suited(REQUESTS[path], family)
    if where != "openai" and getattr(request, "response_format", "") == "diarized_json":
        request = wire.changed(request, response_format="json")
    fitted = MODULES[path].fit(request, where)
    asked, sent = request.body(), fitted.body
    refused = {each for each, why in known.refuses.items() if why and not known.unless.get(each)}
    refused |= set(apis.facts(where, name).get("refuses", {}))
    assert not refused & set(sent)
    if not apis.facts(where, name)["open"]:
        assert set(sent) <= set(rules(name, where, known)) | {"model", "reasoning", "text"}
    told = {notice.param.split(".")[0] for notice in fitted.notices}
    changed = {each for each in asked if each != "model" and (each not in sent or sent[each] != asked[each])}
    assert changed == told
    new = {notice.sent_as for notice in fitted.notices if notice.sent_as}
    assert set(sent) - set(asked) <= new | ({"store"} if name == "responses" else set())
