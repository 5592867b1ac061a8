"""The test kit of host projects."""

import asyncio
import io
import threading

from django.test import TestCase
from PIL import Image

from connector import activities, testing
from connector.client import errors
from connector.client.multipart import File
from connector.models import ApiType
from connector.models.recording import Recorder
from connector.operations import chat_completions, image_edits
from tests.builders import CANARY_KEY, an_openai
from tests.pictures import a_picture
from tests.sounds import a_wav

QUESTION = chat_completions.Request(messages=[{"role": "user", "content": "Why?"}])
ADDRESSES = {
    "OpenAI": {"api_type": ApiType.OPENAI, "endpoint": ""},
    "a deployment on Azure": {
        "api_type": ApiType.AZURE_OPENAI,
        "endpoint": "https://somewhere.openai.azure.com",
        "deployment_name": "ours",
        "api_version": "2024-10-21",
    },
    "Azure v1": {"api_type": ApiType.AZURE_OPENAI, "endpoint": "https://somewhere.openai.azure.com/openai/v1"},
    "a compatible server below a path": {
        "api_type": ApiType.OPENAI_COMPATIBLE,
        "endpoint": "https://example.org/some/api/v1",
    },
}


class SandboxTests(TestCase):
    def test_it_stands_behind_every_kind_of_endpoint_without_a_key(self):
        for name, where in ADDRESSES.items():
            configuration = an_openai(**where, model_default_chat="gpt-6-sol", model_default_embeddings="any")
            with self.subTest(name), testing.sandbox(configuration):
                assert "sandbox" in activities.chat_without_history(configuration, "Hello")
                assert len(activities.embed(configuration, ["one", "two"])) == 2

    def test_forms_go_to_a_model_of_the_sandbox_too(self):
        configuration = an_openai(model_default_transcription="whisper-1", model_default_images="gpt-image-2")
        picture = File("a.png", a_picture())
        with testing.sandbox(configuration):
            assert activities.transcribe(configuration, a_wav()) == "Nobody listened."
            edit = image_edits.Request(prompt="At night", image=picture, size="1024x1024")
            (image,) = activities.call_image_edits(configuration, edit).data
        assert Image.open(io.BytesIO(image.content)).size == (1024, 1024)

    def test_a_name_of_the_sandbox_shows_how_things_go_wrong(self):
        configuration = an_openai()
        with testing.sandbox(configuration), self.assertRaises(errors.Filtered):
            activities.chat_without_history(configuration, "Hello", model="sandbox-filter")

    def test_nobody_waits(self):
        configuration = an_openai()
        with testing.sandbox(configuration):
            for model in ("sandbox-429", "sandbox-slow"):
                assert activities.chat_without_history(configuration, "Hello", model=model)

    def test_a_failing_provider_is_forgotten_afterwards(self):
        configuration = an_openai()
        for _ in range(3):
            with testing.sandbox(configuration), self.assertRaises(errors.ProviderTrouble):
                activities.chat_without_history(configuration, "Hello", model="sandbox-503")

    def test_other_configurations_are_left_alone(self):
        with testing.sandbox(an_openai()), self.assertRaises(errors.KeyMissing):
            activities.chat_without_history(an_openai(), "Hello", model="gpt-6-sol")

    def test_without_a_configuration_it_stands_behind_all(self):
        with testing.sandbox():
            assert activities.list_models(an_openai())
        with self.assertRaises(errors.KeyMissing):
            activities.list_models(an_openai())

    def test_a_thread_of_a_server_under_test_sees_it(self):
        configuration, found = an_openai(), []
        work = activities.connections.connect  # what every activity begins with; a database of its own has no rows here
        with testing.sandbox(configuration):
            thread = threading.Thread(target=lambda: found.append(work(configuration, Recorder())))
            thread.start()
            thread.join()
        request = chat_completions.Request(model="any", messages=QUESTION.messages)
        answer = asyncio.run(chat_completions.create(found[0], request))
        assert answer.choices

    def test_the_real_key_is_not_even_read(self):
        configuration = an_openai(CANARY_KEY)
        with testing.recorded(configuration, ["Hello."]) as sent:
            activities.chat_without_history(configuration, "Hello", model="any")
        assert CANARY_KEY not in repr(sent)
        assert not {"authorization", "api-key"} & set(sent[0].headers)


class RecordedTests(TestCase):
    def setUp(self):
        self.configuration = an_openai(
            model_default_chat="gpt-6-sol", model_default_completions="gpt-3.5-turbo-instruct"
        )

    def test_a_text_is_what_the_model_says(self):
        with testing.recorded(self.configuration, ["Because."]) as sent:
            assert activities.chat_without_history(self.configuration, "Why?", "Be brief.") == "Because."
        (request,) = sent
        assert (request.method, request.path) == ("POST", "/v1/chat/completions")
        assert [message["content"] for message in request.json["messages"]] == ["Be brief.", "Why?"]
        assert request.json["model"] == "gpt-6-sol"

    async def test_a_text_is_streamed_where_a_stream_is_asked_for(self):
        here = self.configuration
        recording = a_wav()
        with testing.recorded(here, ["One two.", "Three four.", "Five six.", "Seven eight."]):
            chat = [piece async for piece in activities.stream_without_history(here, "Count")]
            assert len(chat) > 1
            assert "".join(chat) == "One two."
            written = [piece async for piece in activities.stream_completion(here, "Count")]
            assert "".join(written) == "Three four."
            events = [event async for event in activities.stream_response(here, "Count", model="gpt-6-sol")]
            assert "".join(event.output_text for event in events) == "Five six."
            heard = activities.stream_transcript(here, recording, model="gpt-4o-transcribe")
            assert "".join([event.delta or "" async for event in heard]) == "Seven eight."

    def test_every_operation_with_texts_takes_one(self):
        here = self.configuration
        with testing.recorded(here, ["One", "Two", "Three", "Four"]) as sent:
            assert activities.complete(here, "Count") == "One"
            assert activities.respond(here, "Count", model="gpt-6-sol") == "Two"
            assert activities.transcribe(here, a_wav(), model="whisper-1", response_format="srt") == "Three"
            assert activities.translate(here, a_wav(), model="whisper-1") == "Four"
        assert sent[2].form["response_format"] == "srt"
        assert sent[2].form["file"].content == a_wav()
        assert [request.path.rpartition("/")[2] for request in sent] == [
            "completions", "responses", "transcriptions", "translations",
        ]  # fmt: skip

    def test_an_answer_of_an_operation_comes_as_it_is(self):
        usage = chat_completions.Usage(prompt_tokens=3, completion_tokens=4, total_tokens=7)
        message = chat_completions.ChoiceMessage(content="Because.")
        answer = chat_completions.Response(choices=[chat_completions.Choice(message=message)], usage=usage)
        with testing.recorded(self.configuration, [answer]):
            assert activities.call_chat_completions(self.configuration, QUESTION) == answer

    def test_a_status_is_what_it_is_at_a_provider_and_the_next_attempt_has_an_answer_of_its_own(self):
        busy = testing.Answer(429, {"error": {"message": "Slow down."}}, {"Retry-After": "2"})
        with testing.recorded(self.configuration, [busy, "Because."]) as sent:
            assert activities.chat_without_history(self.configuration, "Why?") == "Because."
        assert len(sent) == 2

    def test_an_error_is_raised_as_the_client_would(self):
        answers = [errors.KeyRefused(status=401)]
        with testing.recorded(self.configuration, answers), self.assertRaises(errors.KeyRefused):
            activities.chat_without_history(self.configuration, "Why?")

    async def test_a_stream_may_break_off(self):
        chunk = {"choices": [{"index": 0, "delta": {"content": "Bec"}}]}
        with testing.recorded(self.configuration, [testing.events([chunk], done=False)]):
            found = []
            with self.assertRaises(errors.CutOff):
                async for piece in activities.stream_without_history(self.configuration, "Why?"):
                    found.append(piece)
        assert found == ["Bec"]

    def test_bytes_are_a_file(self):
        with testing.recorded(self.configuration, [a_wav()]):
            sound = activities.speak(self.configuration, "Hello", model="gpt-4o-mini-tts", response_format="wav")
        assert sound == a_wav()
        assert sound.media_type == "audio/wav"

    def test_pictures_are_read_from_the_form(self):
        answer = {"data": [{"b64_json": ""}]}
        request = image_edits.Request(
            model="gpt-image-2", prompt="At night", image=[File("a.png", a_picture()), File("b.png", a_picture())]
        )
        with testing.recorded(self.configuration, [answer]) as sent:
            activities.call_image_edits(self.configuration, request)
        assert [file.name for file in sent[0].form["image"]] == ["a.png", "b.png"]
        assert sent[0].form["prompt"] == "At night"

    def test_one_request_too_many_says_which(self):
        with testing.recorded(self.configuration, []), self.assertRaisesRegex(testing.NotRecorded, "/v1/models"):
            activities.list_models(self.configuration)

    def test_one_answer_too_many_fails_at_the_end(self):
        kit = testing.recorded(self.configuration, ["One", "Two"])
        with self.assertRaisesRegex(testing.NotRecorded, "1 recorded answers"), kit:
            activities.chat_without_history(self.configuration, "Why?")

    def test_a_failure_inside_is_not_covered_by_answers_that_are_left(self):
        with self.assertRaises(ZeroDivisionError), testing.recorded(self.configuration, ["One"]):
            1 / 0  # noqa: B018  # the error is the point

    def test_what_has_no_text_refuses_one(self):
        with testing.recorded(self.configuration, ["One"]), self.assertRaisesRegex(TypeError, "record a dict"):
            activities.embed(self.configuration, ["a"], model="text-embedding-3-small")

    def test_the_innermost_one_answers(self):
        with testing.sandbox(), testing.recorded(self.configuration, ["Inside"]):
            with testing.recorded(self.configuration, ["Innermost"]):
                assert activities.chat_without_history(self.configuration, "Why?") == "Innermost"
            assert activities.chat_without_history(self.configuration, "Why?") == "Inside"


def test_the_path_is_that_of_the_whole_address():
    sent = testing.Sent("POST", "https://a.example/openai/deployments/x/chat/completions?api-version=1", {}, b"")
    assert sent.path == "/openai/deployments/x/chat/completions"
    assert sent.json is None
