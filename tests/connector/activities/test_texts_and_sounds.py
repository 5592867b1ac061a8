"""Completions, responses, speech, listening, models and raw requests from code, against the sandbox."""

import asyncio

from django.test import TestCase, TransactionTestCase

from connector import activities
from connector.client import errors
from connector.client.multipart import File
from connector.models import ApiType, Configuration, DeployedModel
from connector.operations import completions, raw, responses, speech, transcriptions, translations
from tests.builders import a_configuration, an_openai
from tests.sounds import a_wav, wav_seconds

DEFAULTS = {
    "model_default_completions": "sandbox-completion",
    "model_default_responses": "sandbox",
    "model_default_speech": "sandbox-speech",
    "model_default_transcription": "sandbox-transcribe",
}
WAV = File("talk.wav", a_wav(3))


class SimpleTests(TestCase):
    """The seeds' simple forms: texts and files in, texts and files out."""

    @classmethod
    def setUpTestData(cls):
        cls.sandbox = a_configuration(**DEFAULTS)

    def test_complete(self):
        self.assertIn("sandbox", activities.complete(self.sandbox, "Once", max_tokens=50, stop=["no model"]))

    def test_respond(self):
        self.assertIn("Be brief", activities.respond(self.sandbox, "Hello", "Be brief.", temperature=0.5))
        self.assertTrue(activities.respond(self.sandbox, "Hello", model="sandbox-refusal").startswith("I'm sorry"))

    def test_speak_and_transcribe(self):
        audio = activities.speak(self.sandbox, "Hello, who is there?", "coral", speed=1.5)
        self.assertEqual((audio.name, audio.media_type), ("speech.wav", "audio/wav"))
        self.assertGreater(wav_seconds(audio), 0.5)
        self.assertIn("-->", activities.transcribe(self.sandbox, audio, response_format="srt"))

    def test_translate(self):
        self.assertTrue(activities.translate(self.sandbox, WAV, prompt="A talk."))

    def test_models(self):
        self.assertIn("sandbox-speech", [model.id for model in activities.list_models(self.sandbox)])
        self.assertEqual(activities.get_model(self.sandbox, "sandbox-slow").id, "sandbox-slow")
        with self.assertRaises(errors.NotFound):
            activities.get_model(self.sandbox, "no such model")

    def test_raw(self):
        answer = activities.call_raw(self.sandbox, "/v1/models/sandbox", query={"a": "b"}, timeout_ms=5000)
        self.assertEqual(answer.json["id"], "sandbox")
        spoken = {"model": "sandbox-speech", "input": "Yes.", "voice": "alloy"}
        request = raw.Request(path="/v1/audio/speech", method="POST", data=spoken, response_type="binary")
        self.assertGreater(wav_seconds(activities.call_raw(self.sandbox, request).content), 0.1)
        with self.assertRaises(errors.InvalidParameter):
            activities.call_raw(self.sandbox, "//evil.example/v1/models")

    def test_the_whole_request_and_the_whole_answer(self):
        for call, request, answer in (
            (activities.call_completions, completions.Request(prompt="x", n=2), completions.Response),
            (activities.call_responses, responses.Request(input="x"), responses.Response),
            (activities.call_speech, speech.Request(input="x", voice="alloy"), speech.Audio),
            (activities.call_transcriptions, transcriptions.Request(file=WAV), transcriptions.Response),
            (activities.call_translations, translations.Request(file=WAV), transcriptions.Response),
        ):
            self.assertIsInstance(call(self.sandbox, request), answer)

    def test_to_go_on_from_an_answer_it_has_to_be_stored(self):
        first = activities.call_responses(self.sandbox, responses.Request(input="I am Ada.", store=True))
        self.assertIn("Ada", activities.respond(self.sandbox, "Who am I?", previous_response_id=first.id))
        other = activities.call_responses(self.sandbox, responses.Request(input="I am Ada."))
        with self.assertRaises(errors.BadRequest):
            activities.respond(self.sandbox, "Who am I?", previous_response_id=other.id)


class ModelTests(TestCase):
    """Checklist K40, K41: explicit, else the configuration's, else an error that says where to set one."""

    def test_without_a_default_it_says_where_to_set_one(self):
        bare = a_configuration()
        for call in (
            lambda: activities.complete(bare, "x"),
            lambda: activities.respond(bare, "x"),
            lambda: activities.speak(bare, "x"),
            lambda: activities.transcribe(bare, WAV),
            lambda: activities.translate(bare, WAV),
        ):
            with self.assertRaises(errors.NoModel) as raised:
                call()
            self.assertIn(bare.display_name, raised.exception.todo)

    def test_a_chat_model_is_not_completed_with(self):
        with self.assertRaises(errors.InvalidParameter) as raised:
            activities.complete(an_openai("sk-x"), "x", model="gpt-4o")
        self.assertEqual(raised.exception.facts["param"], "model")

    def test_the_sandbox_of_a_fresh_installation_can_do_everything(self):
        sandbox = Configuration.objects.filter(api_type=ApiType.SANDBOX).first()
        self.assertTrue(activities.complete(sandbox, "x"))
        self.assertTrue(activities.transcribe(sandbox, activities.speak(sandbox, "Hello.")))

    def test_what_an_administrator_knows_of_a_model_counts(self):
        sandbox = a_configuration(**DEFAULTS)
        overrides = {"refuses": {"speed": "this one cannot"}}
        DeployedModel.objects.create(configuration=sandbox, name="sandbox-speech", overrides=overrides)
        slow, usual = activities.speak(sandbox, "Hello", speed=0.5), activities.speak(sandbox, "Hello")
        self.assertEqual(slow, usual)


class StreamTests(TransactionTestCase):
    def test_streams(self):
        sandbox = a_configuration(**DEFAULTS | {"model_default_responses": "sandbox-fast"})

        async def all_of(stream):
            return [each async for each in stream]

        async def listen():
            text = "".join(await all_of(activities.stream_completion(sandbox, "Once", max_tokens=20, seed=1)))
            events = await all_of(activities.stream_response(sandbox, "Hello"))
            audio = b"".join(await all_of(activities.stream_speech(sandbox, "Hello there.")))
            heard = await all_of(activities.stream_transcript(sandbox, audio))
            return text, events, audio, heard

        text, events, audio, heard = asyncio.run(listen())
        self.assertTrue(text)
        self.assertEqual("".join(event.output_text for event in events), events[-1].response.output_text)
        self.assertGreater(wav_seconds(audio), 0.3)
        self.assertEqual("".join(event.delta or "" for event in heard), heard[-1].text)

    async def test_the_sync_twin_says_what_to_call_instead(self):
        with self.assertRaisesRegex(RuntimeError, "aspeak"):
            activities.speak(None, "x")
