from django.test import TestCase
from django.urls import reverse

from connector.client.multipart import File
from connector.models import StoredFile
from tests.builders import a_user
from tests.sounds import a_wav


class StoredFileTests(TestCase):
    def setUp(self):
        self.user = a_user()
        self.client.force_login(self.user)

    def get(self, content, name, media_type="", query="", **headers):
        row = StoredFile.objects.keep(self.user, File(name, content, media_type), StoredFile.Purpose.OUTPUT)
        return self.client.get(reverse("playground:file", args=[row.public_id]) + query, headers=headers)

    def test_a_sound_is_played(self):
        answer = self.get(a_wav(), "talk.wav")
        self.assertEqual((answer.status_code, answer["Content-Type"]), (200, "audio/wav"))
        self.assertEqual(answer["Content-Disposition"], 'inline; filename="talk.wav"')
        self.assertIn("sandbox", answer["Content-Security-Policy"])

    def test_a_part_of_it_is_enough(self):
        answer = self.get(a_wav(), "talk.wav", range="bytes=0-3")
        self.assertEqual((answer.status_code, answer.content), (206, b"RIFF"))

    def test_a_page_is_only_saved(self):
        answer = self.get(b"<script>alert(1)</script>", "page.html", "text/html")
        self.assertEqual(answer["Content-Type"], "application/octet-stream")
        self.assertTrue(answer["Content-Disposition"].startswith("attachment"))

    def test_everything_can_be_saved(self):
        self.assertTrue(
            self.get(a_wav(), "talk.wav", query="?download")["Content-Disposition"].startswith("attachment")
        )

    def test_nobody_else_has_it(self):
        row = StoredFile.objects.keep(a_user(), File("talk.wav", a_wav()), StoredFile.Purpose.OUTPUT)
        self.assertEqual(self.client.get(reverse("playground:file", args=[row.public_id])).status_code, 404)
