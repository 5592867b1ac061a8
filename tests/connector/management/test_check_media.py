import io
import os
import time

from django.core.management import CommandError, call_command
from django.test import TestCase

from connector.management.commands.check_media import MISSING
from tests.builders import a_user, an_image, an_upload
from tests.connector.models.test_gallery import OnDisk

DAY = 24 * 3600


class CheckMediaTests(OnDisk, TestCase):
    def setUp(self):
        super().setUp()
        self.user = a_user()
        self.image = an_image(self.user)
        an_upload(self.user)

    def checked(self, **options):
        out = io.StringIO()
        call_command("check_media", stdout=out, **options)
        return out.getvalue()

    def a_file(self, name, age=2 * DAY):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
        os.utime(path, (time.time() - age,) * 2)
        return name

    def test_nothing_is_wrong(self):
        before = self.files()
        self.assertEqual(self.checked(fix=True), "0 files are missing; 0 belong to nothing.\n")
        self.assertEqual(self.files(), before)

    def test_old_files_without_a_row_are_removed_when_asked_for(self):
        before = self.files()
        orphans = {
            self.a_file("connector/previews/ab/x.webp"),
            self.a_file("connector/images/x.png"),
            self.a_file(".incoming-x"),
        }
        said = self.checked()
        self.assertIn("3 belong to nothing (left", said)
        self.assertTrue(all(f"belongs to nothing: {name}" in said for name in orphans))
        self.assertEqual(self.files(), before | orphans)
        self.assertIn("3 belong to nothing (removed)", self.checked(fix=True))
        self.assertEqual(self.files(), before)

    def test_what_is_young_or_not_ours_stays(self):
        kept = {
            self.a_file("connector/images/ab/young.png", age=DAY / 2),
            self.a_file(".incoming-young", age=60),
            self.a_file("generated/portrait.png"),
            self.a_file("images/of-the-host.png"),
        }
        self.checked(fix=True)
        self.assertLessEqual(kept, self.files())

    def test_missing_files_are_told_and_the_exit_status_says_so(self):
        (self.folder / self.image.preview.name).unlink()
        out = io.StringIO()
        with self.assertRaises(CommandError) as caught:
            call_command("check_media", stdout=out)
        self.assertEqual(caught.exception.returncode, MISSING)
        self.assertIn(f"missing: {self.image.preview.name}", out.getvalue())
