"""Limits for one call, in place of the configuration's."""

from django.test import TestCase

from connector import activities, testing
from connector.client import errors
from connector.client.limits import Limits
from connector.client.multipart import File
from connector.models import Configuration
from connector.operations import (
    chat_completions,
    completions,
    embeddings,
    image_edits,
    image_generations,
    image_variations,
    moderations,
    responses,
    speech,
    transcriptions,
    translations,
)
from tests.pictures import a_file
from tests.sounds import a_wav

RECORDING = File("talk.wav", a_wav())
SQUARE = a_file(width=256, height=256)
CALLS = {
    activities.call_chat_completions: chat_completions.Request(messages=[{"role": "user", "content": "Hello"}]),
    activities.call_completions: completions.Request(prompt="Hello"),
    activities.call_responses: responses.Request(input="Hello"),
    activities.call_embeddings: embeddings.Request(input="Hello"),
    activities.call_moderations: moderations.Request(input="Hello", model="sandbox-moderation"),
    activities.call_speech: speech.Request(input="Hello", voice="alloy"),
    activities.call_transcriptions: transcriptions.Request(file=RECORDING),
    activities.call_translations: translations.Request(file=RECORDING),
    activities.call_image_generations: image_generations.Request(prompt="A lighthouse", size="256x256"),
    activities.call_image_edits: image_edits.Request(prompt="At night", image=SQUARE, size="256x256"),
    activities.call_image_variations: image_variations.Request(image=SQUARE, size="256x256"),
}


class LimitsTests(TestCase):
    def test_every_call_takes_its_own(self):
        configuration = Configuration.objects.get(display_name="Sandbox")
        for call, request in CALLS.items():
            with self.subTest(call.__name__), testing.sandbox(configuration):
                assert call(configuration, request)
                with self.assertRaises(errors.TooLarge):
                    call(configuration, request, limits=Limits(answer_bytes=10))

    def test_no_call_is_forgotten(self):
        named = {name for name in activities.__all__ if name.startswith("call_")} - {"call_raw"}  # it has `timeout_ms`
        assert named == {call.__name__ for call in CALLS}
