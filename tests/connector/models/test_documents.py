"""What goes along with a prompt: pictures, PDF and text, by their bytes; nothing else."""

from django.test import TestCase

from connector.client import errors
from connector.models import StoredFile
from tests.builders import a_user
from tests.pictures import a_picture


class DocumentTests(TestCase):
    def setUp(self):
        self.user = a_user()

    def taken(self, name, content):
        return StoredFile.objects.take_document(self.user, name, content)

    def test_the_bytes_say_what_it_is(self):
        for name, content, media_type, purpose in (
            ("cat.txt", a_picture(), "image/png", "input"),
            ("report.docx", b"\n%PDF-1.7 \xff", "application/pdf", "document"),
            ("notes.txt", "Grüße".encode(), "text/plain", "document"),
            ("notes.md", b"# Hello", "text/markdown", "document"),
            ("rows.CSV", b"a,b", "text/csv", "document"),
            ("page.html", b"<script>", "text/plain", "document"),
        ):
            with self.subTest(name):
                file = self.taken(name, content)
                self.assertEqual((file.media_type, file.purpose), (media_type, purpose))
                self.assertEqual(file.read().content, content)

    def test_what_no_model_reads_is_refused(self):
        for name, content, words in (
            ("empty.txt", b"", "empty"),
            ("a.pdf", b"PK\x03\x04\xff", "this is neither"),
            ("a.txt", b"a\0b", "this is neither"),
            ("a.txt", "Grüße".encode("latin-1"), "this is neither"),
            ("a.png", b"\x89PNG\r\n\x1a\n broken", "no picture"),
        ):
            with self.subTest(name), self.assertRaisesRegex(errors.InvalidParameter, words):
                self.taken(name, content)
        self.assertFalse(StoredFile.objects.exists())

    def test_room_for_more_is_looked_for(self):
        with self.settings(CONNECTOR_BYTES_STORED=3), self.assertRaises(errors.StorageFull):
            self.taken("a.txt", b"four")
