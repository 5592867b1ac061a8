"""Every address of sounds, for somebody else and for an object that does not exist.

The table is compared with the URLconf: a route without a row fails.
"""

from django.test import TestCase
from django.urls import URLPattern, reverse

from playground.audio import urls
from tests.builders import a_configuration, a_speech, a_transcription, a_user

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
FURTHER = {"transcription_export": ["txt"]}  # what else stands in the address
STREAMS = {"audio_events"}  # strangers get 404: a reader of events would follow a redirect
NOWHERE = 987_654_321
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Current-URL": "http://testserver/audio/"}


class AddressTests(TestCase):
    def setUp(self):
        self.owner, self.stranger = a_user(), a_user()
        a_configuration()
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

    def routes(self, with_object=True):
        for name, (methods, kind) in ROUTES.items():
            if bool(kind) == with_object:
                for method in methods.split():
                    with self.subTest(name, method=method):
                        yield name, method.lower(), kind

    def ask(self, method, name, kind="", key=None, **headers):
        args = [key or self.own[kind], *FURTHER.get(name, [])] if kind else []
        return getattr(self.client, method)(reverse(f"playground:{name}", args=args), {}, headers=headers)

    def test_every_route_has_a_row(self):
        named = {pattern.name for pattern in urls.urlpatterns if isinstance(pattern, URLPattern)}
        self.assertEqual(named, set(ROUTES))

    def test_what_belongs_to_somebody_else_is_not_there(self):
        self.client.force_login(self.stranger)
        for headers in ({}, HTMX):
            for name, method, kind in self.routes():
                foreign = self.ask(method, name, kind, **headers)
                missing = self.ask(method, name, kind, NOWHERE, **headers)
                self.assertEqual((foreign.status_code, missing.status_code), (404, 404))
                self.assertEqual(foreign.content, missing.content)

    def test_nobody_gets_in_without_signing_in(self):
        for with_object in (True, False):
            for name, method, kind in self.routes(with_object):
                answer = self.ask(method, name, kind)
                if name in STREAMS:
                    self.assertEqual((answer.status_code, answer.content), (404, b""))
                elif answer.status_code != 401:  # a page that keeps what was typed, with a link to sign in
                    self.assertEqual(answer.status_code, 302)
                    self.assertIn("/login/", answer["Location"])

    def test_other_methods_are_refused(self):
        self.client.force_login(self.owner)
        for name, (methods, kind) in ROUTES.items():
            for method in {"GET", "POST", "PUT", "DELETE", "PATCH"} - set(methods.split()):
                with self.subTest(name, method=method):
                    self.assertEqual(self.ask(method.lower(), name, kind).status_code, 405)
