"""Pictures in a bucket instead of on this disk: stored, read, linked to, removed; and what happens when it is away."""

import time
import urllib.request

import pytest
from django.core.files.storage import storages
from django.test import TestCase, override_settings
from django.urls import reverse

from config import media
from config.env import Environment
from connector.client import errors
from connector.models import GeneratedImage
from playground.files import sending
from tests.builders import a_user, an_image
from tests.pictures import a_picture
from tests.s3 import a_bucket

KEYS = {"S3_ACCESS_KEY": "of-the-test", "S3_SECRET_KEY": "of-the-test", "S3_REGION": "eu-north-1"}


def entry(**variables):
    env = Environment(variables)
    return media.storage(env), env.problems


class BucketTests(TestCase):
    def setUp(self):
        bucket = a_bucket()
        self.bucket = bucket.__enter__()
        self.addCleanup(bucket.__exit__, None, None, None)
        kept, problems = entry(MEDIA_STORAGE="s3://pictures/team", S3_ENDPOINT=self.bucket.url, **KEYS)
        self.assertEqual(problems, [])
        changed = override_settings(STORAGES={**storages.backends, "default": kept})
        changed.enable()
        self.addCleanup(changed.disable)
        self.user = a_user()

    def test_a_picture_and_its_copies_are_in_the_bucket_below_the_folder(self):
        image = an_image(self.user)
        names = {f"pictures/team/{file.name}" for file in (image.image, image.thumbnail, image.preview)}
        self.assertEqual(self.bucket.files.keys(), names)
        self.assertEqual(image.image.storage.open(image.image.name).read(), a_picture(400, 300))

    def test_with_the_row_the_files_go(self):
        image = an_image(self.user)
        with self.captureOnCommitCallbacks(execute=True):
            image.delete()
        self.assertEqual(self.bucket.files, {})

    def test_a_link_is_signed_says_what_it_is_and_lives_for_minutes(self):
        image = an_image(self.user)
        headers = {"Content-Disposition": 'inline; filename="a.png"'}
        with override_settings(FILES_SENT_BY="link"):
            answer = sending.by_another(image.image, "image/png", headers)
        self.assertEqual(answer.status_code, 302)
        for part in ("X-Amz-Signature=", "X-Amz-Expires=300", "response-content-type=image%2Fpng"):
            self.assertIn(part, answer["Location"])
        self.assertNotIn("of-the-test", answer["Location"].replace("of-the-test%2F", ""))  # the id is no secret
        with urllib.request.urlopen(answer["Location"]) as found:
            self.assertEqual(found.read(), a_picture(400, 300))

    def test_when_it_is_in_trouble_nothing_is_half_there_and_nobody_waits_long(self):
        self.bucket.trouble = 503
        began = time.monotonic()
        image = GeneratedImage(user=self.user)
        with self.assertRaises(errors.NotStored):
            image.write(a_picture())
        self.assertLess(time.monotonic() - began, 15)
        self.assertFalse(image.image)
        self.assertEqual(self.bucket.files, {})


@override_settings(FILES_SENT_BY="proxy", FILES_PROXY_PREFIX="/promptyard-files/")
class ProxyTests(TestCase):
    def test_the_proxy_is_told_where_the_file_is(self):
        image = an_image(a_user())
        answer = sending.by_another(image.image, "image/png", {"Cache-Control": "private"})
        self.assertEqual(answer["X-Accel-Redirect"], f"/promptyard-files/{image.image.name}")
        self.assertEqual((answer.content, answer["Content-Type"]), (b"", "image/png"))

    def test_who_may_have_it_is_decided_here(self):
        painter, stranger = a_user(), a_user()
        address = reverse("playground:image_file", args=[an_image(painter).public_id])
        self.client.force_login(painter)
        answer = self.client.get(address)
        self.assertTrue(answer["X-Accel-Redirect"].startswith("/promptyard-files/connector/images/"))
        self.assertEqual(answer["Content-Security-Policy"], "default-src 'none'; sandbox")
        self.client.force_login(stranger)
        self.assertNotIn("X-Accel-Redirect", self.client.get(address))


@pytest.mark.parametrize(
    "place", ["http://pictures", "s3://", "pictures", "s3://key:secret@pictures", "s3://pictures?region=x"]
)
def test_a_place_that_is_none_is_refused_by_name(place):
    kept, problems = entry(MEDIA_STORAGE=place)
    assert kept == {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    assert problems[0].startswith("MEDIA_STORAGE ")
    assert "secret" not in problems[0]


@pytest.mark.parametrize(
    ("variables", "sent_by"),
    [
        ({}, "app"),
        ({"FILES_SENT_BY": "proxy"}, "proxy"),
        ({"FILES_SENT_BY": "link", "MEDIA_STORAGE": "s3://pictures"}, "link"),
    ],
)
def test_who_sends_files(variables, sent_by):
    env = Environment(variables)
    assert (media.sender(env), env.problems) == (sent_by, [])


@pytest.mark.parametrize(
    "variables", [{"FILES_SENT_BY": "link"}, {"FILES_SENT_BY": "proxy", "MEDIA_STORAGE": "s3://pictures"}]
)
def test_who_cannot_send_them_is_said(variables):
    env = Environment(variables)
    media.sender(env)
    assert env.problems[0].startswith("FILES_SENT_BY=")


def test_pages_may_load_pictures_from_the_bucket_only_where_links_lead_there():
    kept, _ = entry(MEDIA_STORAGE="s3://pictures", S3_REGION="eu-north-1")
    assert media.origins(kept, "app") == []
    assert media.origins(kept, "link") == ["https://pictures.s3.eu-north-1.amazonaws.com"]
    elsewhere, _ = entry(MEDIA_STORAGE="s3://pictures", S3_ENDPOINT="https://s3.example.org")
    assert media.origins(elsewhere, "link") == ["https://s3.example.org", "https://pictures.s3.example.org"]
