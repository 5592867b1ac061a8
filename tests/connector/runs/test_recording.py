"""The calls of a run are written together with its end, however it ends."""

import logging
import unittest.mock

from django.contrib.auth.models import User
from django.db import OperationalError
from django.test import SimpleTestCase, override_settings

from connector import runs, testing
from connector.models import ApiType, Call, Run, call
from connector.runs import engine, kinds, threads
from tests.builders import a_configuration
from tests.connector.runs import test_calls, test_chat, test_images, test_prompting, test_speech, test_transcription
from tests.upstream import an_upstream


@override_settings(CONNECTOR_ALLOW_PRIVATE_HOSTS=True)
class ChatTests(test_chat.Case):
    def setUp(self):
        super().setUp()
        self.upstream = self.enterContext(an_upstream())
        self.session.configuration = a_configuration(
            api_type=ApiType.OPENAI_COMPATIBLE, endpoint=f"{self.upstream.url}/v1", model_default_chat="words-3"
        )

    async def calls(self, model, **how):
        run, _, _ = await self.ask(model, **how)
        return run, [each async for each in Call.objects.select_related("content").order_by("pk")]

    async def test_an_answer_and_its_record_are_there_together(self):
        run, (recorded,) = await self.calls("words-3", temperature=0.5)
        (seen,) = self.upstream.requests
        assert recorded.content.request["text"].encode() == seen.body
        assert (recorded.run_id, recorded.user_id, recorded.source) == (run.pk, run.user_id, "page")
        assert (recorded.state, recorded.is_stream, recorded.usage) == ("done", True, run.usage)
        assert recorded.content.answer["text"].endswith("data: [DONE]\n\n")

    async def test_a_failed_one(self):
        run, (recorded,) = await self.calls("fault:401")
        assert (run.state, recorded.state, recorded.status) == ("failed", "failed", 401)
        assert recorded.error == run.error["what"]

    async def test_one_that_broke_off(self):
        run, (recorded,) = await self.calls("fault:cut-2")
        assert (run.state, recorded.state) == ("interrupted", "interrupted")
        assert "lighthouse" in recorded.content.answer["text"]

    async def test_one_that_was_stopped(self):
        run = await threads.read(lambda: self.asked("paced-20-400"))
        async with engine.running():
            runs.start(run)
            async for snapshot in runs.follow(run.pk):
                if any(snapshot.answers.values()):
                    await engine.astop(run)
        recorded = await Call.objects.select_related("content").aget(run=run)
        assert (recorded.state, recorded.error_code) == ("stopped", "stopped")
        assert "A " in recorded.content.answer["text"]

    async def test_one_without_stream_options_leaves_both_calls(self):
        body = {"error": {"message": "stream_options: extra field", "param": "stream_options"}}
        answers = [testing.Answer(400, body), "Because."]
        with testing.recorded(self.session.configuration, answers):
            _, calls = await self.calls("m")
        assert [(each.state, "stream_options" in each.content.request["text"]) for each in calls] == [
            ("failed", True),
            ("done", False),
        ]

    async def test_what_was_never_sent_leaves_none(self):
        run = await threads.read(lambda: self.asked("words-3"))
        await self.session.configuration.adelete()
        run.errand = None
        run, _, _ = await self.finished(run)
        assert (run.state, await Call.objects.aexists()) == ("failed", False)

    async def test_the_answer_is_saved_when_its_record_cannot_be(self):
        with (
            unittest.mock.patch.object(call.Call.objects, "bulk_create", side_effect=ValueError("no")),
            self.assertLogs("connector.models.record", logging.ERROR),
        ):
            run, (answer,), _ = await self.ask("words-3")
        assert (run.state, answer.content) == ("done", "A lighthouse stands ")

    async def test_both_wait_while_the_database_is_away(self):
        away = [OperationalError("away"), OperationalError("away")]
        write = Call.objects.bulk_create

        def written(rows, **how):
            if away:
                raise away.pop()
            return write(rows, **how)

        with (
            unittest.mock.patch.object(call.Call.objects, "bulk_create", side_effect=written),
            self.assertLogs("connector.runs.checkpointer", logging.ERROR),
        ):
            run, (answer,), _ = await self.ask("words-3")
        assert (run.state, answer.content) == ("done", "A lighthouse stands ")
        assert await Call.objects.filter(run=run).acount() == 1

    async def test_a_user_who_is_deleted_meanwhile_leaves_nothing_behind(self):
        run = await threads.read(lambda: self.asked("paced-20-400"))
        async with engine.running():
            runs.start(run)
            async for snapshot in runs.follow(run.pk):
                if any(snapshot.answers.values()):
                    break
            await User.objects.filter(pk=run.user_id).adelete()
        assert not await Run.objects.aexists()
        recorded = await Call.objects.aget()
        assert (recorded.user_id, recorded.run_id) == (None, None)


class ImageTests(test_images.Case):
    async def test_each_request_of_a_run_is_a_call(self):
        run, _, _ = await self.ask(parameters={"n": 2})
        calls = [each async for each in Call.objects.select_related("content").filter(run=run)]
        assert calls
        for each in calls:
            assert (each.state, each.operation, each.user_id) == ("done", "image_generations", run.user_id)
            assert each.content.request["text"]


async def recorded_of(run):
    return [each async for each in Call.objects.select_related("content").filter(run=run)]


class CallTests(test_calls.Case):
    async def test_a_single_request_is_a_call(self):
        run, _ = await self.ask("embeddings", {"input": ["one"], "dimensions": 8})
        (recorded,) = await recorded_of(run)
        assert (recorded.state, recorded.operation, recorded.user_id) == ("done", "embeddings", run.user_id)

    async def test_an_answer_that_is_not_understood_is_a_failed_call(self):
        with testing.recorded(self.configuration, [testing.Answer(200, {"data": "none"})]):
            run, _ = await self.ask("embeddings", {"input": "one"})
        recorded = await Call.objects.aget(run=run)
        assert (run.state, recorded.state, recorded.status) == ("failed", "failed", 200)
        assert (recorded.error_code, recorded.error) == (run.error["code"], run.error["what"])


class PromptTests(test_prompting.Case):
    async def test_a_prompt_is_a_call_of_its_operation(self):
        run, _ = await self.ask("responses")
        (recorded,) = await recorded_of(run)
        assert (recorded.state, recorded.operation, recorded.is_stream) == ("done", "responses", True)


class SpeechTests(test_speech.Case):
    async def test_each_part_that_is_spoken_is_a_call(self):
        run, _, _ = await self.ask("Hello there.", voices=("alloy", "coral"))
        calls = await recorded_of(run)
        assert [(each.state, each.operation) for each in calls] == [("done", "speech")] * 2


class TranscriptionTests(test_transcription.Case):
    async def test_listening_is_a_call_with_the_recording_named(self):
        run, _, _ = await self.ask()
        (recorded,) = await recorded_of(run)
        (file,) = [part for part in recorded.content.request["form"] if "filename" in part]
        assert (recorded.operation, file["media_type"]) == ("transcriptions", "audio/wav")


class KindTests(SimpleTestCase):
    def test_every_kind_of_run_is_tested_here(self):
        here = {"chat", "image", "call", "prompt", "speech", "transcription"}
        assert set(Run.Kind) == here
        assert here <= set(kinds._KINDS)  # other tests register kinds of their own
