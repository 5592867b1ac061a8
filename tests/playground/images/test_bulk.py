"""What is done with many pictures at once."""

import io
import json
import os
import re
import tracemalloc
import zipfile
from hashlib import sha256
from uuid import UUID, uuid4

from django.contrib.auth.models import Group
from django.test import TestCase
from PIL import Image

from connector.models import Album, GeneratedImage
from playground.files import answering
from playground.images.views import bulk
from tests.builders import a_user, an_image, many_images
from tests.pictures import a_picture

BULK, ZIP = "/images/bulk/", "/images/zip/"
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


class Gallery(TestCase):
    def setUp(self):
        self.user, self.friend = a_user(), a_user()
        self.group = Group.objects.create(name="Friends")
        self.user.groups.add(self.group)
        self.friend.groups.add(self.group)
        self.images = [an_image(self.user, a_picture(40 + n, 30), prompt=f"Picture {n}") for n in range(3)]
        self.theirs = an_image(self.friend, prompt="Theirs")
        self.shared = an_image(self.friend, prompt="Shared")
        self.shared.groups.add(self.group)
        self.client.force_login(self.user)

    def act(self, action, *images, htmx=False, **fields):
        data = {"action": action, "image": [str(image.public_id) for image in images]} | fields
        return self.client.post(BULK, data, headers=HTMX if htmx else {})

    def now(self, image):
        return GeneratedImage.objects.get(pk=image.pk)


class ActionTests(Gallery):
    def test_favourites(self):
        answer = self.act("favourite", *self.images[:2], back="q=Picture&whose=all")
        self.assertRedirects(answer, "/images/gallery/?q=Picture&whose=all")
        self.assertEqual([self.now(image).favourite for image in self.images], [True, True, False])
        self.act("favourite:no", self.images[0])
        self.assertFalse(self.now(self.images[0]).favourite)

    def test_one_of_the_grid_by_its_own_button(self):
        address = f"{BULK}?image={self.images[0].public_id}"
        answer = self.client.post(address, {"action": "favourite"}, headers=HTMX)
        self.assertContains(answer, f"#marks-{self.images[0].public_id}")
        self.assertTrue(self.now(self.images[0]).favourite)

    def compare(self, *images):
        return self.client.post(f"{BULK}compare/", {"image": [str(image.public_id) for image in images]})

    def test_two_to_four_go_side_by_side(self):
        answer = self.compare(*self.images[:2], self.shared)
        page = self.client.get(answer["Location"])
        for image in (*self.images[:2], self.shared):
            self.assertContains(page, image.prompt)

    def test_one_alone_is_not_compared(self):
        self.assertContains(self.compare(self.images[0]), "Choose 2 to 4.", status_code=422)

    def test_what_is_not_there_is_not_compared(self):
        self.assertEqual(self.compare(self.images[0], self.theirs).status_code, 404)

    def test_deleted_ones_come_back(self):
        answer = self.act("delete", *self.images[:2])
        self.assertEqual(GeneratedImage.objects.for_user(self.user).count(), 1)
        page = self.client.get(answer["Location"])
        self.assertContains(page, "2 pictures were deleted.")
        moment = re.search(r'name="moment" value="([^"]+)"', page.content.decode())[1]
        self.client.post(BULK, {"action": "restore", "moment": moment})
        self.assertEqual(GeneratedImage.objects.for_user(self.user).count(), 3)

    def test_undo_brings_back_what_went_together_and_nothing_else(self):
        self.act("delete", self.images[0])
        answer = self.act("delete", self.images[1], htmx=True)
        self.client.post(BULK, {"action": "restore", "moment": answer.context["undo"]["moment"]}, headers=HTMX)
        self.assertEqual([self.now(image).deleted is None for image in self.images], [False, True, True])

    def test_a_day_s_deletions_can_be_chosen_and_restored(self):
        self.act("delete", *self.images)
        self.assertContains(self.client.get("/images/gallery/?whose=deleted"), "/images/deleted/", count=3)
        self.act("restore", self.images[2])
        self.assertEqual([self.now(image).deleted is None for image in self.images], [False, False, True])

    def test_a_script_gets_what_changed(self):
        answer = self.act("delete", *self.images[:2], htmx=True)
        self.assertContains(answer, f'<li class="cell gone" id="cell-{self.images[0].public_id}" hidden>')
        self.assertContains(answer, "1 picture</p>")
        self.assertContains(answer, "Undo")
        answer = self.client.post(BULK, {"action": "restore", "moment": answer.context["undo"]["moment"]}, headers=HTMX)
        self.assertContains(answer, f'<li class="cell" id="cell-{self.images[0].public_id}">')

    def test_sharing_with_a_group_of_one_s_own(self):
        self.act(f"share:{self.group.pk}", *self.images)
        self.assertEqual(GeneratedImage.objects.shared_with(self.friend).count(), 3)
        self.act("share:nobody", *self.images[:2])
        self.assertEqual(GeneratedImage.objects.shared_with(self.friend).count(), 1)

    def test_nobody_shares_with_a_group_of_others(self):
        other = Group.objects.create(name="Others")
        for group in (other.pk, other.pk + 1, "x", "9" * 30, ""):
            self.assertEqual(self.act(f"share:{group}", self.images[0]).status_code, 404)
        self.assertEqual(self.images[0].groups.count(), 0)

    def test_albums(self):
        self.act("album:new", *self.images[:2], name=" Harbour ")
        album = Album.objects.get(user=self.user, name="Harbour")
        self.act(f"album:{album.pk}", self.images[2], self.shared)
        self.assertEqual(album.images.count(), 4)
        self.act(f"take-out:{album.pk}", self.images[0])
        self.assertEqual(album.images.count(), 3)
        self.act("album:new", self.images[0], name="Harbour")
        self.assertEqual((album.images.count(), Album.objects.count()), (4, 1))

    def test_an_album_of_somebody_else_is_not_there(self):
        album = Album.objects.create(user=self.friend, name="Theirs")
        for action in ("album", "take-out"):
            self.assertEqual(self.act(f"{action}:{album.pk}", self.images[0]).status_code, 404)

    def test_an_album_needs_a_name(self):
        for name in ("", "  ", "\0", "x" * 101):
            answer = self.act("album:new", self.images[0], name=name)
            self.assertContains(answer, "Give the new album a name", status_code=422)
        self.assertEqual(Album.objects.count(), 0)


class RefusalTests(Gallery):
    ACTIONS = ("favourite", "delete", "share:nobody", "album:new", "restore")

    def test_what_is_not_theirs_is_not_there(self):
        for action in self.ACTIONS:
            for image in (self.theirs.public_id, uuid4(), "nonsense"):
                data = {"action": action, "image": [str(self.images[0].public_id), str(image)], "name": "New"}
                with self.subTest(action):
                    self.assertEqual(self.client.post(BULK, data).status_code, 404)
        self.assertFalse(self.now(self.images[0]).favourite)
        self.assertIsNone(self.now(self.images[0]).deleted)
        self.assertEqual(Album.objects.filter(images__isnull=False).count(), 0)

    def test_what_is_only_shared_is_not_changed(self):
        for action in ("favourite", "delete", "share:nobody", f"share:{self.group.pk}"):
            answer = self.act(action, self.images[0], self.shared, htmx=True)
            self.assertContains(answer, "only your own can be", status_code=422)
        self.assertIsNone(self.now(self.shared).deleted)
        self.assertEqual(self.shared.groups.count(), 1)

    def test_nothing_chosen_is_said(self):
        for address in (BULK, ZIP):
            answer = self.client.post(address, {"action": "delete"})
            self.assertContains(answer, "Choose pictures first", status_code=422)
            self.assertContains(answer, "<html", status_code=422)

    def test_too_many_are_refused(self):
        data = {"action": "delete", "image": [str(uuid4()) for _ in range(bulk.MOST + 1)]}
        for address in (BULK, ZIP):
            answer = self.client.post(address, data, headers=HTMX)
            self.assertContains(answer, "Choose 500 at most", status_code=422)

    def test_unknown_actions_and_moments_are_not_there(self):
        for data in (
            {"action": "explode"},
            {},
            {"action": "restore", "moment": "now"},
            {"action": "restore", "moment": "2020-01-01T00:00:00Z"},
        ):
            self.assertEqual(self.client.post(BULK, data).status_code, 404)

    def test_the_way_back_stays_in_the_gallery(self):
        answer = self.act("favourite", self.images[0], back="//evil.example/?q=x")
        self.assertTrue(answer["Location"].startswith("/images/gallery/"))


class ZipTests(Gallery):
    def zipped(self, *images):
        answer = self.client.post(ZIP, {"image": [str(image.public_id) for image in images]})
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer["Content-Type"], "application/zip")
        self.assertRegex(answer["Content-Disposition"], r'^attachment; filename="pictures-[0-9-]+\.zip"$')
        archive = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
        self.assertIsNone(archive.testzip())
        return archive, json.loads(archive.read("manifest.json"))["images"]

    def test_it_holds_the_files_as_they_came(self):
        archive, manifest = self.zipped(*self.images, self.shared)
        self.assertEqual(len(manifest), 4)
        for entry in manifest:
            image = GeneratedImage.objects.get(public_id=entry["id"])
            self.assertEqual(sha256(archive.read(entry["file"])).hexdigest(), image.sha256)
            self.assertEqual((entry["prompt"], entry["sha256"]), (image.prompt, image.sha256))
        self.assertEqual({info.compress_type for info in archive.infolist()}, {zipfile.ZIP_STORED})

    def test_names_are_harmless_and_different(self):
        same = uuid4().hex[:8]
        images = []
        for number in range(3):
            public_id = UUID(f"{same}-0000-4000-8000-00000000000{number}")
            images.append(an_image(self.user, prompt="../../etc/passwd", public_id=public_id))
        archive, _ = self.zipped(*images)
        names = archive.namelist()
        self.assertEqual(len(set(names)), 4)
        for name in names:
            self.assertRegex(name, r"^[a-z0-9][a-z0-9._-]*$")

    def test_a_missing_file_is_told_and_the_others_come(self):
        self.images[0].image.storage.delete(self.images[0].image.name)
        with self.assertLogs("playground.files.answering", "ERROR"):
            archive, manifest = self.zipped(*self.images[:2])
        self.assertEqual(len(archive.namelist()), 2)
        missing = next(entry for entry in manifest if entry["id"] == str(self.images[0].public_id))
        self.assertTrue(missing["missing"])

    def test_what_is_not_theirs_is_not_in_it(self):
        self.images[1].discard()
        for image in (self.theirs, self.images[1]):
            data = {"image": [str(self.images[0].public_id), str(image.public_id)]}
            self.assertEqual(self.client.post(ZIP, data).status_code, 404)

    def test_it_is_made_while_it_is_sent(self):
        images = many_images(self.user, 40)
        answer = self.client.post(ZIP, {"image": [str(image.public_id) for image in images]})
        pieces = list(answer.streaming_content)
        self.assertGreater(len(pieces), 40)
        self.assertTrue(all(pieces))

    def test_its_size_is_not_felt_in_memory(self):
        images = [an_image(self.user, self.large()) for _ in range(3)]
        answer = self.client.post(ZIP, {"image": [str(image.public_id) for image in images]})
        tracemalloc.start()
        try:
            sent = sum(len(piece) for piece in answer.streaming_content)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        self.assertGreater(sent, 3 * 4_000_000)
        self.assertLess(peak, 8 * answering.PIECE)

    def large(self):
        """A PNG that nothing can make smaller: 4 MB."""
        file = io.BytesIO()
        pixels = os.urandom(1200 * 1200 * 3)
        Image.frombytes("RGB", (1200, 1200), pixels).save(file, "PNG", compress_level=1)
        return file.getvalue()
