"""Every address of sounds, for somebody else and for an object that does not exist."""

from django.test import TestCase

from playground.audio import urls
from tests.builders import a_speech, a_transcription
from tests.playground.addresses import Addresses

# name: (methods it answers, whose key it takes)
ROUTES = {
    "audio": ("GET", ""),
    "speech_ask": ("POST", ""),
    "speech_form": ("POST", ""),
    "speech": ("GET", "speech"),
    "speech_again": ("POST", "speech"),
    "speech_delete": ("POST", "speech"),
    "speech_restore": ("POST", "deleted_speech"),
    "take_samples": ("GET", "take"),
    "take_rescue": ("POST", "take"),
    "transcribe": ("GET", ""),
    "transcribe_ask": ("POST", ""),
    "transcribe_form": ("POST", ""),
    "transcription": ("GET", "transcription"),
    "transcription_again": ("POST", "transcription"),
    "transcription_delete": ("POST", "transcription"),
    "transcription_restore": ("POST", "deleted_transcription"),
    "transcription_export": ("GET", "transcription"),
    "audio_events": ("GET", "run"),
    "audio_stop": ("POST", "run"),
}


class AddressTests(Addresses, TestCase):
    urls = urls
    routes = ROUTES
    further = {"transcription_export": ["txt"]}
    streams = {"audio_events"}

    def setUp(self):
        super().setUp()
        spoken, heard = a_speech(self.owner), a_transcription(self.owner)
        deleted = [a_speech(self.owner), a_transcription(self.owner)]
        for item in deleted:
            item.discard()
        self.own = {
            "speech": spoken.pk,
            "take": spoken.takes.get().pk,
            "run": spoken.run_id,
            "transcription": heard.pk,
            "deleted_speech": deleted[0].pk,
            "deleted_transcription": deleted[1].pk,
        }
