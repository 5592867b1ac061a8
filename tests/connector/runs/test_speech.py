import asyncio
import errno
import os
from decimal import Decimal

from asgiref.sync import sync_to_async
from django.core.files.storage import InMemoryStorage
from django.test import TransactionTestCase, override_settings

from connector import runs, testing
from connector.client import errors
from connector.client.multipart import File
from connector.models import ApiType, Run, Speech, StoredFile, Take, sounds
from connector.runs import engine, threads
from tests import api
from tests.builders import a_configuration, a_user
from tests.sounds import a_wav, an_mp3, wav_seconds

SENTENCE = "This sentence is said again and again, so that there is much to say. "
LONG = SENTENCE * 100  # 6,900 characters: two requests
REFUSED = testing.Answer(400, {"error": {"message": "No.", "type": "invalid_request_error"}})


class FullStorage(InMemoryStorage):
    def _save(self, name, content):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class Case(TransactionTestCase):
    def setUp(self):
        self.user = a_user()
        self.configuration = a_configuration(model_default_speech="sandbox-speech-fast")

    def tearDown(self):
        asyncio.run(threads.close())

    def asked(self, text="Hello there.", voices=("alloy",), configuration=None, **asked):
        return Speech.objects.ask(self.user, configuration or self.configuration, text, voices=voices, **asked)

    async def finished(self, run, seconds=60):
        """The run and its takes at the end, and what a reader saw."""
        seen = []
        async with asyncio.timeout(seconds), engine.running():
            runs.start(run)
            async for snapshot in runs.follow(run.pk):
                seen.append(snapshot)
        run = await Run.objects.select_related("speech").aget(pk=run.pk)
        return run, [take async for take in run.speech.takes.all()], seen

    async def ask(self, *asked, **more):
        return await self.finished(await sync_to_async(self.asked)(*asked, **more))

    async def recorded(self, *answers, text="Hello there.", **asked):
        """What comes of it when OpenAI gives these answers; and the requests that it got."""
        configuration = await sync_to_async(a_configuration)(api_type=ApiType.OPENAI, model_default_speech="tts-1")
        with testing.recorded(configuration, answers) as sent:
            return *(await self.ask(text, configuration=configuration, **asked)), sent

    async def contents(self, take):
        return [
            await sync_to_async(lambda file=file: file.read().content)() async for file in take.files.order_by("place")
        ]


class SandboxTests(Case):
    async def test_a_short_text_is_one_file(self):
        run, (take,), seen = await self.ask(parameters={"speed": 2, "instructions": "Softly."})
        self.assertEqual((run.state, run.kind, take.state, take.error), ("done", "speech", "kept", {}))
        (content,) = await self.contents(take)
        self.assertAlmostEqual(wav_seconds(content), take.seconds)
        self.assertEqual(len(take.peaks), 160)
        self.assertEqual(run.request, {
            "model": "sandbox-speech-fast", "speed": 2, "instructions": "Softly.", "stream_format": "sse"
        })  # fmt: skip
        self.assertGreater(run.usage["output_tokens"], 0)
        self.assertIsNotNone(run.first_token_ms)
        self.assertEqual([snapshot.ended for snapshot in seen][-1], True)

    async def test_a_long_text_by_two_voices_is_one_file_each_as_long_as_its_parts(self):
        run, takes, _ = await self.ask(LONG, voices=("alloy", {"id": "voice_1"}))
        self.assertEqual(run.speech.parts, 2)
        self.assertEqual(
            [(take.voice_name, take.state, take.done) for take in takes], [("alloy", "kept", 2), ("voice_1", "kept", 2)]
        )
        for take in takes:
            (content,) = await self.contents(take)
            spoken = len(SENTENCE.split()) * 100  # tones
            self.assertGreater(wav_seconds(content), 0.15 * spoken)
            self.assertAlmostEqual(wav_seconds(content), take.seconds)
        self.assertEqual(await StoredFile.objects.filter(output_of=run).acount(), 2)  # the parts are gone

    async def test_bare_samples_are_kept_so_that_they_can_be_played(self):
        _, (take,), _ = await self.ask(parameters={"response_format": "pcm"})
        file = await take.files.aget()
        self.assertEqual(file.media_type, "audio/wav")
        self.assertGreater(wav_seconds((await self.contents(take))[0]), 0.2)


class JoiningTests(Case):
    async def test_the_joined_file_is_the_sum_of_its_parts(self):
        _, (take,), _, sent = await self.recorded(
            (a_wav(1.5)), (a_wav(0.25)), text=LONG, parameters={"response_format": "wav"}
        )
        (content,) = await self.contents(take)
        self.assertEqual((wav_seconds(content), take.seconds), (1.75, 1.75))
        inputs = [request.json["input"] for request in sent]
        self.assertEqual(" ".join(inputs), LONG.strip())
        self.assertTrue(all(len(part) <= 4096 and part.endswith(".") for part in inputs))

    async def test_frames_are_joined_and_files_with_one_header_stay_a_list(self):
        mp3, opus = an_mp3(30), b"OggS" + bytes(300)
        _, (take,), _, _ = await self.recorded((mp3), (mp3), text=LONG)
        self.assertEqual(await self.contents(take), [mp3 + mp3])
        _, (take,), _, _ = await self.recorded((opus), (opus), text=LONG, parameters={"response_format": "opus"})
        self.assertEqual(await self.contents(take), [opus, opus])
        self.assertEqual((take.state, take.seconds, take.peaks), ("kept", None, []))

    async def test_a_part_that_fails_leaves_those_before_it(self):
        run, (take,), _, _ = await self.recorded((an_mp3(30)), REFUSED, text=LONG)
        self.assertEqual((run.state, take.state, take.done), ("interrupted", "kept", 1))
        self.assertEqual(take.error["code"], "bad_request")
        self.assertEqual(await self.contents(take), [an_mp3(30)])


@api.documents_needed
class ConformanceTests(Case):
    async def test_what_is_sent_is_a_body_of_the_documents(self):
        configuration = await sync_to_async(a_configuration)(api_type=ApiType.OPENAI)
        for model, voices, parameters in (
            ("tts-1", ("alloy",), {"speed": 1.5, "response_format": "flac"}),
            ("tts-1-hd", ("nova", "ash"), {}),
            ("gpt-4o-mini-tts", ("cedar", {"id": "voice_1"}), {"instructions": "Softly."}),
        ):
            with testing.recorded(configuration, [an_mp3(20)] * len(voices)) as sent:
                await self.ask(configuration=configuration, model=model, voices=voices, parameters=parameters)
            for request in sent:
                self.assertEqual(api.request_errors("openai", "audio/speech", request.json), [])
            self.assertEqual([request.json["voice"] for request in sent], [*voices])
            self.assertEqual("stream_format" in sent[0].json, model == "gpt-4o-mini-tts")


class FailureTests(Case):
    async def test_what_was_spoken_is_paid_by_the_character_what_failed_is_not(self):
        run, _, _, _ = await self.recorded(an_mp3(30), REFUSED, text=LONG)
        self.assertTrue(0 < run.usage["characters"] < len(LONG))
        self.assertEqual(run.cost, run.usage["characters"] * Decimal("0.000015"))

    async def test_what_came_of_a_cut_stream_can_be_played(self):
        run, (take,), _ = await self.ask(SENTENCE * 3, model="sandbox-speech-reset-midway")
        self.assertEqual((run.state, take.state, take.error["code"]), ("interrupted", "kept", "cut"))
        (content,) = await self.contents(take)
        self.assertGreater(wav_seconds(content), 0.1)

    async def test_nothing_came(self):
        run, (take,), _ = await self.ask(model="sandbox-speech-500")
        self.assertEqual((run.state, take.state, take.error["code"]), ("failed", "failed", "provider_trouble"))
        self.assertEqual(run.error["code"], "provider_trouble")
        self.assertFalse(await take.files.aexists())

    async def test_one_voice_fails_and_the_other_speaks(self):
        run, takes, _, _ = await self.recorded((an_mp3(10)), REFUSED, voices=("alloy", "nova"))
        self.assertEqual(run.state, "done")
        self.assertEqual(sorted(take.state for take in takes), ["failed", "kept"])

    async def test_what_is_no_sound_is_not_kept(self):
        for answer in ((b"tiny"), (b'{"error": {"message": "No."}}')):
            run, (take,), _, _ = await self.recorded(answer)
            self.assertEqual((run.state, take.state), ("failed", "failed"))

    async def test_a_full_disk_is_told(self):
        field = StoredFile._meta.get_field("file")
        usual, field.storage = field.storage, FullStorage()
        self.addCleanup(setattr, field, "storage", usual)
        run, (take,), _ = await self.ask()
        self.assertEqual((run.state, take.state, take.error["code"]), ("failed", "failed", "storage"))
        self.assertEqual(await StoredFile.objects.acount(), 0)


class StoppingTests(Case):
    async def test_what_came_until_then_is_kept(self):
        run = await sync_to_async(self.asked)(LONG, model="sandbox-speech")
        async with asyncio.timeout(60), engine.running():
            runs.start(run)
            async for snapshot in runs.follow(run.pk):
                if snapshot.state == "streaming":
                    await engine.astop(run)
        run = await Run.objects.select_related("speech").aget(pk=run.pk)
        take = await run.speech.takes.aget()
        self.assertEqual((run.state, take.error["code"]), ("stopped", "stopped"))
        for content in await self.contents(take):
            self.assertGreater(wav_seconds(content), 0)

    async def test_a_dead_process_leaves_the_parts_that_were_stored(self):
        run = await sync_to_async(self.asked)(LONG)
        take = await Take.objects.aget(speech__run=run)
        await sync_to_async(take.keep_part)(run, 0, File("a.wav", a_wav(0.5)))
        await Run.objects.filter(pk=run.pk).aupdate(owner="elsewhere", state="streaming", heartbeat="2020-01-01T00:00Z")
        await sync_to_async(Run.objects.interrupt_dead)()
        await take.arefresh_from_db()
        self.assertEqual((take.state, take.error["code"], take.done), ("failed", "interrupted", 1))
        self.assertEqual([sounds.seconds(content) for content in await self.contents(take)], [0.5])


class AskingTests(Case):
    async def test_sent_twice_is_spoken_once_and_limits_hold(self):
        first, again = [await sync_to_async(self.asked)(token="t") for _ in range(2)]  # of a form
        self.assertEqual(first, again)

        @override_settings(CONNECTOR_ANSWERS_AT_ONCE=1)
        def another():
            with self.assertRaises(errors.LimitReached):
                self.asked()

        await sync_to_async(another)()

    def test_what_cannot_be_spoken_is_refused_before_anything_is_sent(self):
        for param, asked in (
            ("input", {"text": " \n"}),
            ("input", {"text": "x" * 20_001}),
            ("voice", {"voices": ()}),
            ("voice", {"voices": ("alloy", "nobody")}),
            ("voice", {"voices": ("alloy", "ash", "echo")}),
            ("speed", {"parameters": {"speed": 9}}),
            ("input", {"parameters": {"input": "Other."}}),
        ):
            with self.subTest(asked=str(asked)[:50]), self.assertRaises(errors.InvalidParameter) as caught:
                self.asked(**asked)
            self.assertEqual(caught.exception.facts["param"], param)
        self.assertFalse(Run.objects.exists())

    async def test_again_asks_the_same(self):
        run, _, _ = await self.ask(parameters={"speed": 2}, voices=("alloy", "nova"))
        again = await sync_to_async(run.speech.ask_again)()
        speech = await Speech.objects.aget(run=again)
        self.assertEqual(again.request, run.request)
        self.assertEqual([take.voice async for take in speech.takes.all()], ["alloy", "nova"])

    async def test_a_deletion_can_be_undone_for_a_day_then_the_files_go(self):
        run, (take,), _ = await self.ask()
        file = await take.files.aget()

        def after():
            speech = run.speech
            speech.discard()
            self.assertEqual(list(Speech.objects.for_user(self.user)), [])
            self.assertEqual(Speech.objects.purge(), 0)
            speech.restore()
            self.assertEqual(list(Speech.objects.for_user(self.user)), [speech])
            Speech.objects.update(deleted="2020-01-01T00:00Z")
            self.assertEqual(Speech.objects.purge(), 1)
            self.assertFalse(StoredFile.objects.exists() or file.file.storage.exists(file.file.name))

        await sync_to_async(after)()
