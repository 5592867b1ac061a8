import asyncio
import logging
import unittest.mock

from asgiref.sync import sync_to_async
from django.db import DataError
from django.test import TransactionTestCase, override_settings

from connector import runs, testing
from connector.client import errors
from connector.models import ApiType, Run, StoredFile, Transcription
from connector.runs import engine, threads
from tests import api
from tests.builders import a_configuration, a_user
from tests.sounds import a_wav, an_mp3

VERBOSE = {
    "task": "transcribe",
    "language": "english",
    "duration": 3.5,
    "text": "Hello there. How are you?",
    "segments": [
        {"id": 0, "start": 0.0, "end": 1.5, "text": " Hello  there."},
        {"id": 1, "start": 1.5, "end": 3.5, "text": " How are you?"},
    ],
    "words": [{"word": "Hello", "start": 0.0, "end": 0.7}, {"word": "there", "start": 0.8, "end": 1.4}],
    "usage": {"type": "duration", "seconds": 4},
}
SRT = "1\n00:00:00,000 --> 00:00:01,500\nHello there.\n\n2\n00:00:01,500 --> 00:00:03,500\nHow are you?\n\n"
DELTAS = [
    {"type": "transcript.text.delta", "delta": "Hello "},
    {"type": "transcript.text.delta", "delta": "there."},
]
DONE = {
    "type": "transcript.text.done",
    "text": "Hello there.",
    "usage": {"type": "tokens", "input_tokens": 10, "output_tokens": 4, "total_tokens": 14},
}


class Case(TransactionTestCase):
    def setUp(self):
        self.user = a_user()
        self.configuration = a_configuration(model_default_transcription="sandbox-transcribe-fast")

    def tearDown(self):
        asyncio.run(threads.close())

    def recording(self, content=None, name="talk.wav"):
        return StoredFile.objects.take_recording(self.user, name, a_wav(2.0) if content is None else content)

    def asked(self, configuration=None, recording=None, **asked):
        recording = recording or self.recording()
        return Transcription.objects.ask(self.user, configuration or self.configuration, recording, **asked)

    async def finished(self, run, seconds=60):
        seen = []
        async with asyncio.timeout(seconds), engine.running():
            runs.start(run)
            async for snapshot in runs.follow(run.pk):
                seen.append(snapshot)
        transcription = await Transcription.objects.select_related("run", "recording").aget(run=run)
        return transcription.run, transcription, seen

    async def ask(self, **asked):
        return await self.finished(await sync_to_async(self.asked)(**asked))

    async def recorded(self, *answers, model="whisper-1", **asked):
        configuration = await sync_to_async(a_configuration)(api_type=ApiType.OPENAI)
        with testing.recorded(configuration, answers) as sent:
            return *(await self.ask(configuration=configuration, model=model, **asked)), sent


class SandboxTests(Case):
    async def test_times_of_segments_and_words_are_kept(self):
        parameters = {"response_format": "verbose_json", "timestamp_granularities": ["word", "segment"]}
        run, heard, _ = await self.ask(parameters=parameters)
        self.assertEqual((run.state, run.kind, run.operation), ("done", "transcription", "transcriptions"))
        self.assertEqual((heard.name, heard.seconds, heard.language), ("talk.wav", 2.0, "english"))
        self.assertEqual(len(heard.words), 5)
        self.assertEqual(heard.segments[0]["start"], 0)
        self.assertEqual(heard.segments[-1]["end"], 2.0)
        self.assertEqual(" ".join(each["text"] for each in heard.segments), heard.text)
        self.assertEqual(len(heard.peaks), 240)
        self.assertIsNotNone(run.duration_ms)

    async def test_the_text_is_there_when_its_times_cannot_be_saved(self):
        with (
            unittest.mock.patch.object(Transcription, "save_heard", side_effect=DataError("no")),
            self.assertLogs("connector.runs.transcription", logging.ERROR),
        ):
            run, heard, _ = await self.ask()
        self.assertEqual((run.state, bool(heard.text), heard.segments), ("done", True, []))

    async def test_speakers_are_told_apart(self):
        for model in ("sandbox-transcribe-fast", "sandbox-transcribe"):
            _, heard, _ = await self.ask(
                parameters={"response_format": "diarized_json"}, model=model, recording=await self.long_recording()
            )
            self.assertEqual({each["speaker"] for each in heard.segments}, {"A", "B"})
            self.assertTrue(heard.has_speakers)
            self.assertTrue(heard.text.startswith("Nobody listened to these 12 seconds"))

    async def test_text_comes_piece_by_piece(self):
        run, heard, seen = await self.ask(recording=await self.long_recording(), model="sandbox-transcribe")
        texts = [text.content for snapshot in seen for text in snapshot.answers.values()]
        self.assertGreater(len({len(text) for text in texts}), 3)
        self.assertTrue(all(heard.text.startswith(text) for text in texts))
        self.assertGreater(run.usage["output_tokens"], 0)

    async def test_what_came_before_a_cut_is_kept(self):
        run, heard, _ = await self.ask(recording=await self.long_recording(), model="sandbox-transcribe-cut")
        self.assertEqual((run.state, run.error["code"]), ("interrupted", "cut"))
        self.assertGreater(len(heard.text), 5)

    async def test_a_translation(self):
        run, heard, _ = await self.ask(operation="translations")
        self.assertEqual((run.state, run.operation), ("done", "translations"))
        self.assertTrue(heard.is_translation)

    async def test_stopped_in_the_middle(self):
        run = await sync_to_async(self.asked)(recording=await self.long_recording(), model="sandbox-transcribe")
        async with asyncio.timeout(60), engine.running():
            runs.start(run)
            async for snapshot in runs.follow(run.pk):
                if any(text.content for text in snapshot.answers.values()):
                    await engine.astop(run)
        heard = await Transcription.objects.select_related("run").aget(run=run)
        self.assertEqual(heard.run.state, "stopped")
        self.assertTrue(heard.text)

    async def long_recording(self):
        return await sync_to_async(self.recording)(a_wav(12))


class FormatTests(Case):
    async def test_with_times(self):
        parameters = {"response_format": "verbose_json", "timestamp_granularities": ["word", "segment"]}
        run, heard, _, (sent,) = await self.recorded(VERBOSE, parameters=parameters)
        self.assertEqual(heard.segments[0], {"start": 0.0, "end": 1.5, "text": "Hello there."})
        self.assertEqual(heard.words[1], {"start": 0.8, "end": 1.4, "word": "there"})
        self.assertEqual((heard.text, heard.seconds, run.usage), (VERBOSE["text"], 3.5, VERBOSE["usage"]))
        self.assertEqual(sent.form["timestamp_granularities"], ["word", "segment"])
        self.assertNotIn("stream", sent.form)

    async def test_subtitles_become_segments(self):
        for name, text in (("srt", SRT), ("vtt", "WEBVTT\n\n" + SRT.replace(",", "."))):
            answer = testing.Answer(body=text.encode(), headers={"content-type": "text/plain"})
            _, heard, _, _ = await self.recorded(answer, parameters={"response_format": name})
            self.assertEqual([each["start"] for each in heard.segments], [0, 1.5])
            self.assertEqual(heard.text, "Hello there. How are you?")

    async def test_plain_text(self):
        answer = testing.Answer(body=b"Hello there.\n", headers={"content-type": "text/plain"})
        _, heard, _, _ = await self.recorded(answer, parameters={"response_format": "text"})
        self.assertEqual((heard.text, heard.segments), ("Hello there.", []))

    async def test_a_stream(self):
        run, heard, _, (sent,) = await self.recorded(testing.events([*DELTAS, DONE]), model="gpt-4o-transcribe")
        self.assertEqual((heard.text, run.usage["total_tokens"]), ("Hello there.", 14))
        self.assertEqual(sent.form["stream"], "true")

    async def test_a_model_without_streams_answers_as_a_whole(self):
        _, heard, _, _ = await self.recorded({"text": "Hello there."})
        self.assertEqual(heard.text, "Hello there.")

    async def test_a_server_that_refuses_streams_is_asked_without(self):
        error = {"message": "stream is not supported", "param": "stream", "type": "invalid_request_error"}
        refused = testing.Answer(400, {"error": error})
        run, heard, _, sent = await self.recorded(refused, {"text": "Hello there."})
        self.assertEqual((run.state, heard.text), ("done", "Hello there."))
        self.assertNotIn("stream", sent[1].form)

    async def test_an_error_of_the_provider(self):
        refused = testing.Answer(400, {"error": {"message": "The audio file is corrupted.", "type": "x"}})
        run, heard, _, _ = await self.recorded(refused)
        self.assertEqual((run.state, run.error["code"], heard.text), ("failed", "bad_request", ""))


@api.documents_needed
class ConformanceTests(Case):
    async def test_what_is_sent_is_a_form_of_the_documents(self):
        for operation, model, parameters, answer in (
            ("transcriptions", "gpt-4o-transcribe", {"prompt": "Ada", "language": "en"}, testing.events([DONE])),
            (
                "transcriptions",
                "whisper-1",
                {"response_format": "verbose_json", "timestamp_granularities": ["word"], "temperature": 0.2},
                VERBOSE,
            ),
            (
                "transcriptions",
                "gpt-4o-transcribe-diarize",
                {"response_format": "diarized_json"},
                testing.events([DONE]),
            ),
            ("translations", "whisper-1", {"response_format": "srt"}, SRT.encode()),
        ):
            _, _, _, (sent,) = await self.recorded(answer, operation=operation, model=model, parameters=parameters)
            form = api.multipart.Form(sent.content, sent.headers["content-type"])
            self.assertEqual(api.form_errors("openai", f"audio/{operation}", form), [])
            self.assertEqual(sent.form["file"].content, a_wav(2.0))


class RecordingTests(Case):
    def test_what_is_no_recording_is_refused_and_not_kept(self):
        for content, words in (
            (b"", "empty"),
            (b"Hello", "no recording"),
            (b"\x89PNG\r\n\x1a\n" + bytes(50), "no recording"),
            (b"\xff\xf1\x50\x80" + bytes(50), "no recording"),  # AAC
            (b"ID3" + bytes(25_000_000), "25 MB"),
            (a_wav(2.0)[:9000], "missing"),
        ):
            with self.subTest(words), self.assertRaises(errors.InvalidParameter) as caught:
                self.recording(content)
            self.assertEqual(caught.exception.facts["param"], "file")
            self.assertIn(words, caught.exception.what)
        self.assertFalse(StoredFile.objects.exists())

    def test_every_kind_that_models_take_is_taken(self):
        for content in (
            b"fLaC" + bytes(50), an_mp3(4), b"\0\0\0\x20ftypM4A " + bytes(50), b"\0\0\0\x20ftypisom" + bytes(50),
            b"OggS" + bytes(50), a_wav(0.1), b"\x1aE\xdf\xa3" + bytes(50),
        ):  # fmt: skip
            self.assertEqual(self.recording(content).purpose, "audio")

    @override_settings(CONNECTOR_UPLOADS_AN_HOUR=2)
    def test_uploads_are_limited(self):
        for _ in range(2):
            self.recording()
        with self.assertRaises(errors.LimitReached):
            self.recording()
        self.assertEqual(StoredFile.objects.count(), 2)

    def test_only_ones_own_can_be_asked_about(self):
        theirs = StoredFile.objects.take_recording(a_user(), "a.wav", a_wav(0.1))
        with self.assertRaises(errors.InvalidParameter):
            self.asked(recording=theirs)
        self.assertFalse(Run.objects.exists())

    async def test_a_recording_goes_with_its_last_transcription(self):
        run, heard, _ = await self.ask()
        again = await sync_to_async(heard.ask_again)()

        def after():
            self.assertEqual((again.inputs, again.request), (run.inputs, run.request))
            StoredFile.objects.update(created="2020-01-01T00:00Z")
            heard.discard()
            Transcription.objects.filter(pk=heard.pk).update(deleted="2020-01-01T00:00Z")
            self.assertEqual((Transcription.objects.purge(), StoredFile.objects.purge()), (1, 0))
            Transcription.objects.update(deleted="2020-01-01T00:00Z")
            self.assertEqual((Transcription.objects.purge(), StoredFile.objects.purge()), (1, 1))

        await sync_to_async(after)()
