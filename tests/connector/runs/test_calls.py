import asyncio
import datetime
import json
from array import array

from asgiref.sync import sync_to_async
from django.test import TransactionTestCase, override_settings
from django.utils import timezone

from connector import runs, testing
from connector.client import errors
from connector.client.multipart import File
from connector.models import Run, StoredFile, requesting
from connector.runs import engine, threads
from tests.builders import a_configuration, a_user, an_openai
from tests.sounds import a_wav


@override_settings(CONNECTOR_CALLS_A_MINUTE=0)
class Case(TransactionTestCase):
    def setUp(self):
        self.user = a_user()
        self.configuration = a_configuration(
            model_default_embeddings="sandbox-embedding",
            model_default_speech="sandbox-speech",
            model_default_transcription="sandbox-transcribe",
        )

    def tearDown(self):
        asyncio.run(threads.close())

    async def finished(self, run):
        async with asyncio.timeout(30), engine.running():
            runs.start(run)
            async for _ in runs.follow(run.pk):
                pass
        run = await Run.objects.aget(pk=run.pk)
        return run, [output async for output in run.outputs.order_by("place")]

    async def ask(self, operation, parameters, **more):
        configuration = more.pop("configuration", self.configuration)
        run = await sync_to_async(requesting.ask)(self.user, configuration, operation, parameters, **more)
        return await self.finished(run)


class SandboxTests(Case):
    async def test_vectors_are_kept_as_numbers(self):
        run, (file,) = await self.ask("embeddings", {"input": ["one", "two"], "dimensions": 8})
        self.assertEqual((run.state, run.error), ("done", {}))
        self.assertEqual((run.answer["count"], run.answer["dimensions"]), (2, 8))
        self.assertEqual(len(array("f", await sync_to_async(file.file.read)())), 16)
        self.assertGreater(run.usage["total_tokens"], 0)
        self.assertEqual(run.request["input"], ["one", "two"])

    async def test_speech_is_kept_as_a_file(self):
        run, (file,) = await self.ask("speech", {"input": "Hello.", "voice": "alloy", "response_format": "wav"})
        self.assertEqual((run.state, file.media_type, file.purpose), ("done", "audio/wav", "output"))
        self.assertEqual(await sync_to_async(lambda: len(file.file.read()))(), file.bytes)
        self.assertEqual(file.user_id, self.user.pk)

    async def test_a_recording_is_written_down(self):
        recording = await sync_to_async(StoredFile.objects.keep)(self.user, File("talk.wav", a_wav()), "audio")
        run, outputs = await self.ask("transcriptions", {}, files={"file": recording})
        self.assertEqual((run.state, outputs), ("done", []))
        self.assertTrue(run.answer["text"])
        self.assertEqual([entry["param"] for entry in run.inputs], ["file"])

    async def test_a_raw_answer_keeps_status_headers_and_body(self):
        run, (file,) = await self.ask("raw", {"path": "/v1/models", "method": "GET"})
        self.assertEqual((run.state, run.answer["status"]), ("done", 200))
        self.assertIn("data", json.loads(await sync_to_async(file.file.read)()))

    async def test_the_same_request_once_more(self):
        run, _ = await self.ask("embeddings", {"input": "one"})
        again = await sync_to_async(requesting.ask_again)(await Run.objects.select_related("user").aget(pk=run.pk))
        again, _ = await self.finished(again)
        self.assertEqual((again.state, again.request), ("done", run.request))

    async def test_a_refusal_ends_the_run_with_its_reason(self):
        run, outputs = await self.ask("raw", {"path": "/v1/nothing", "method": "GET"})
        self.assertEqual((run.state, outputs), ("failed", []))
        self.assertEqual(run.error["details"]["status"], 404)


class RecordedTests(Case):
    async def test_what_was_stored_is_what_is_sent(self):
        openai = await sync_to_async(an_openai)()
        answer = {"data": [{"index": 0, "embedding": [1.0, 2.0]}], "model": "m"}
        with testing.recorded(openai, [answer]) as sent:
            run, _ = await self.ask(
                "embeddings", {"input": "one"}, model="text-embedding-3-small", configuration=openai
            )
        self.assertEqual(run.state, "done")
        self.assertEqual(sent[0].json, run.request)


class RefusalTests(Case):
    def refused(self, error, operation, parameters, **more):
        with self.assertRaises(error) as caught:
            requesting.ask(self.user, self.configuration, operation, parameters, **more)
        self.assertFalse(Run.objects.exists())
        return caught.exception

    def test_a_missing_parameter_is_named(self):
        error = self.refused(errors.InvalidParameter, "speech", {"input": "Hello."})
        self.assertEqual(error.facts["param"], "voice")

    def test_a_path_to_another_host_is_refused_before_anything_is_kept(self):
        self.refused(errors.InvalidParameter, "raw", {"path": "https://elsewhere.example/v1/models"})

    def test_somebody_elses_file_is_not_there(self):
        recording = StoredFile.objects.keep(a_user(), File("talk.wav", a_wav()), "audio")
        self.refused(errors.InvalidParameter, "transcriptions", {}, files={"file": recording})

    def test_one_form_asks_once(self):
        first = requesting.ask(self.user, self.configuration, "embeddings", {"input": "one"}, token="t")
        self.assertEqual(
            requesting.ask(self.user, self.configuration, "embeddings", {"input": "one"}, token="t"), first
        )

    @override_settings(CONNECTOR_CALLS_A_MINUTE=1)
    def test_each_operation_has_its_own_minute(self):
        requesting.ask(self.user, self.configuration, "embeddings", {"input": "one"})
        with self.assertRaises(errors.LimitReached):
            requesting.ask(self.user, self.configuration, "embeddings", {"input": "two"})
        requesting.ask(self.user, self.configuration, "raw", {})


class TextsTests(Case):
    """How many texts one person may turn into vectors in a minute."""

    def ask_for(self, count, **more):
        return requesting.ask(self.user, self.configuration, "embeddings", {"input": ["a"] * count}, **more)

    @override_settings(CONNECTOR_TEXTS_A_MINUTE=10, CONNECTOR_ANSWERS_AT_ONCE=0)
    def test_there_is_a_limit_for_each_minute(self):
        with self.assertRaises(errors.MoreThanTheLimit):
            self.ask_for(11)
        self.ask_for(4)
        self.ask_for(6)
        with self.assertRaises(errors.LimitReached) as caught:
            self.ask_for(1)
        self.assertTrue(0 < caught.exception.facts["seconds"] <= 60)
        Run.objects.filter(about__texts=4).update(created=timezone.now() - datetime.timedelta(minutes=2))
        self.assertEqual(self.ask_for(4).about, {"texts": 4})

    def test_what_a_page_keeps_goes_along_with_another_try(self):
        run = self.ask_for(2, about={"labels": ["x", "y"]})
        self.assertEqual(requesting.ask_again(run).about, {"labels": ["x", "y"], "texts": 2})
