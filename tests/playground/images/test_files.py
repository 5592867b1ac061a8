"""What the addresses of pictures answer, byte for byte and header for header."""

import asyncio
import hashlib
import logging
import os
import tempfile
import tracemalloc
import uuid
from pathlib import Path
from unittest import IsolatedAsyncioTestCase

from asgiref.sync import sync_to_async
from django.contrib.auth.models import Group
from django.core.files.storage import FileSystemStorage
from django.test import AsyncRequestFactory, TestCase, TransactionTestCase
from django.urls import reverse

from connector.models import GeneratedImage
from connector.models.pictures import SVG
from connector.runs import LiveRun, engine, threads
from playground.files import answering
from playground.images import naming
from tests.builders import a_configuration, a_user, an_image, an_upload
from tests.pictures import a_picture

PICTURE = a_picture(500, 300, colour="navy")
DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg"><circle r="4"/></svg>'


def noise(size):
    return bytes(os.urandom(1024)) * (size // 1024)


class Addresses(TestCase):
    def setUp(self):
        self.user = a_user()
        self.client.force_login(self.user)

    def get(self, image, name="file", method="get", query="", **headers):
        address = reverse(f"playground:image_{name}", args=[image.public_id])
        return getattr(self.client, method)(
            address + query, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )


class WholeFileTests(Addresses):
    def test_the_original_comes_as_it_was_stored(self):
        image = an_image(self.user, PICTURE, prompt="A Lighthouse, at <night>?")
        answer = self.get(image)
        self.assertEqual(answer.content, PICTURE)
        self.assertEqual(answer["Content-Type"], "image/png")
        self.assertEqual(answer["Content-Length"], str(len(PICTURE)))
        self.assertEqual(answer["ETag"], f'"{hashlib.sha256(PICTURE).hexdigest()}"')
        self.assertEqual(answer["X-Content-Type-Options"], "nosniff")
        self.assertEqual(answer["Content-Security-Policy"], "default-src 'none'; sandbox")
        self.assertEqual(answer["Cache-Control"], "private, max-age=86400, immutable")
        self.assertIn("Cookie", answer["Vary"])
        name = f"a-lighthouse-at-night-{image.public_id.hex[:8]}.png"
        self.assertEqual(answer["Content-Disposition"], f'inline; filename="{name}"')

    def test_the_smaller_copies_are_webp_with_tags_of_their_own(self):
        image = an_image(self.user, PICTURE)
        thumb, preview = self.get(image, "thumb"), self.get(image, "preview")
        for answer in (thumb, preview):
            self.assertEqual((answer.status_code, answer["Content-Type"]), (200, "image/webp"))
            self.assertEqual(answer.content[8:12], b"WEBP")
        self.assertEqual(len({thumb["ETag"], preview["ETag"], self.get(image)["ETag"]}), 3)

    def test_an_upload_comes_back_to_who_uploaded_it(self):
        upload = an_upload(self.user, PICTURE)
        address = reverse("playground:image_input", args=[upload.public_id])
        self.assertEqual(self.client.get(address).content, PICTURE)
        self.client.force_login(a_user())
        self.assertEqual(self.client.get(address).status_code, 404)

    def test_it_is_saved_where_that_is_asked_for(self):
        answer = self.get(an_image(self.user, PICTURE), query="?download")
        self.assertTrue(answer["Content-Disposition"].startswith("attachment; "))

    def test_an_svg_is_a_download_only(self):
        image = an_image(self.user, DRAWING, parameters={"output_format": "svg"})
        answer = self.get(image)
        self.assertEqual((answer["Content-Type"], answer.content), (SVG, DRAWING))
        self.assertTrue(answer["Content-Disposition"].startswith("attachment; "))
        self.assertTrue(answer["Content-Disposition"].endswith('.svg"'))
        self.assertEqual(self.get(image, "thumb").status_code, 404)

    def test_a_head_has_everything_but_the_body(self):
        image = an_image(self.user, PICTURE)
        head, whole = self.get(image, method="head", range="bytes=0-9"), self.get(image)
        self.assertEqual((head.status_code, head.content), (200, b""))
        for name in ("Content-Type", "Content-Length", "ETag", "Cache-Control", "Content-Disposition"):
            self.assertEqual(head[name], whole[name])

    def test_names_of_files_are_harmless(self):
        for prompt in (
            'a"; filename="x.html',
            "../../etc/passwd",
            "con\r\nSet-Cookie: a=b",
            "海辺の灯台",
            "",
            "x" * 4000,
        ):
            image = GeneratedImage(prompt=prompt, media_type="image/webp")
            self.assertRegex(naming.name_of(image), r"^[a-z0-9_-]{1,60}-[0-9a-f]{8}\.webp$")


class UnchangedTests(Addresses):
    def test_what_the_browser_has_is_not_sent_again(self):
        image = an_image(self.user, PICTURE)
        for name in ("file", "thumb", "preview"):
            tag = self.get(image, name)["ETag"]
            answer = self.get(image, name, if_none_match=f'"other", W/{tag}')
            self.assertEqual((answer.status_code, answer.content, answer["ETag"]), (304, b"", tag))
            self.assertEqual(answer["Content-Security-Policy"], "default-src 'none'; sandbox")
            self.assertEqual(self.get(image, name, if_none_match='"other"').status_code, 200)

    def test_another_file_than_expected_is_refused(self):
        self.assertEqual(self.get(an_image(self.user, PICTURE), if_match='"other"').status_code, 412)

    def test_a_known_tag_does_not_open_the_door_for_strangers(self):
        image = an_image(self.user, PICTURE)
        self.client.force_login(a_user())
        self.assertEqual(self.get(image, if_none_match=f'"{image.sha256}"').status_code, 404)


class RangeTests(Addresses):
    def setUp(self):
        super().setUp()
        self.image = an_image(self.user, PICTURE)
        self.size = len(PICTURE)

    def test_a_part_is_sent_as_one(self):
        cases = {
            "bytes=0-0": (0, 0),
            "bytes=10-19": (10, 19),
            f"bytes=5-{10**15}": (5, self.size - 1),
            "bytes=7-": (7, self.size - 1),
            "bytes=-4": (self.size - 4, self.size - 1),
            f"bytes=-{10**9}": (0, self.size - 1),
        }
        for asked, (first, last) in cases.items():
            with self.subTest(asked):
                answer = self.get(self.image, range=asked)
                self.assertEqual(answer.status_code, 206)
                self.assertEqual(answer["Content-Range"], f"bytes {first}-{last}/{self.size}")
                self.assertEqual(answer["Content-Length"], str(last - first + 1))
                self.assertEqual(answer.content, PICTURE[first : last + 1])

    def test_what_is_behind_the_end_is_refused(self):
        for asked in (f"bytes={self.size}-", f"bytes={10**17}-", "bytes=-0"):
            with self.subTest(asked):
                answer = self.get(self.image, range=asked)
                self.assertEqual((answer.status_code, answer.content), (416, b""))
                self.assertEqual(answer["Content-Range"], f"bytes */{self.size}")

    def test_anything_else_gets_everything(self):
        odd = (
            "bytes=0-1,4-5",
            "bytes=9-3",
            "bytes=-",
            "bytes",
            "lines=1-2",
            "bytes=a-b",
            "bytes=\u0661-\u0662",
            "bytes=" + "9" * 40,
        )
        for asked in odd:
            with self.subTest(asked):
                answer = self.get(self.image, range=asked)
                self.assertEqual((answer.status_code, answer.content), (200, PICTURE))

    def test_a_part_of_another_file_is_not_put_together_with_this_one(self):
        self.assertEqual(self.get(self.image, range="bytes=0-9", if_range='"other"').status_code, 200)
        tag = self.get(self.image)["ETag"]
        self.assertEqual(self.get(self.image, range="bytes=0-9", if_range=tag).status_code, 206)


class WhoTests(Addresses):
    def setUp(self):
        super().setUp()
        self.image = an_image(self.user, PICTURE)

    def statuses(self):
        return {self.get(self.image, name).status_code for name in ("file", "thumb", "preview")}

    def test_who_shares_a_group_sees_what_is_shared_with_it(self):
        group, friend = Group.objects.create(name="Friends"), a_user()
        friend.groups.add(group)
        self.client.force_login(friend)
        self.assertEqual(self.statuses(), {404})
        self.image.groups.add(group)
        self.assertEqual(self.statuses(), {200})
        friend.groups.clear()
        self.assertEqual(self.statuses(), {404})

    def test_what_is_deleted_is_gone_but_for_its_owner_s_small_picture(self):
        self.image.discard()
        self.assertEqual(self.statuses(), {404})
        self.assertEqual(self.get(self.image, "deleted_thumb").status_code, 200)
        self.client.force_login(a_user())
        self.assertEqual(self.get(self.image, "deleted_thumb").status_code, 404)

    def test_what_is_not_deleted_has_no_address_among_the_deleted(self):
        self.assertEqual(self.get(self.image, "deleted_thumb").status_code, 404)

    def test_a_picture_that_never_came_has_no_file(self):
        image = GeneratedImage.objects.create(user=self.user)
        for name in ("file", "thumb", "preview", "partial"):
            self.assertEqual(self.get(image, name).status_code, 404)

    def test_the_unfinished_picture_leads_to_the_finished_one(self):
        self.assertRedirects(
            self.get(self.image, "partial"), reverse("playground:image_preview", args=[self.image.public_id])
        )


class OnDiskTests(TestCase):
    """Where the files really are: the storage of the tests is in memory."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name) / "media"
        self.root.mkdir()
        self.outside = Path(folder.name) / "secret.png"
        self.outside.write_bytes(PICTURE)
        (self.root / "inside.png").write_bytes(PICTURE)
        self.image = GeneratedImage(public_id=uuid.uuid4())
        logging.disable(logging.ERROR)
        self.addCleanup(logging.disable, logging.NOTSET)

    def opened(self, name):
        file = self.image.image
        file.storage, file.name = FileSystemStorage(location=self.root), name
        return answering.open_file(file)

    def assert_is_refused(self, name):
        with self.assertRaises(answering.Http404):
            self.opened(name)

    def test_a_file_in_its_place_is_opened(self):
        with self.opened("inside.png") as file:
            self.assertEqual(file.read(), PICTURE)

    def test_the_folder_itself_may_be_a_link(self):
        elsewhere = self.root.parent / "link"
        elsewhere.symlink_to(self.root)
        self.root = elsewhere
        self.opened("inside.png").close()

    def test_links_are_not_followed(self):
        (self.root / "out.png").symlink_to(self.outside)
        (self.root / "in.png").symlink_to(self.root / "inside.png")
        (self.root / "folder").symlink_to(self.root.parent)
        for name in ("out.png", "in.png", "folder/secret.png"):
            with self.subTest(name):
                self.assert_is_refused(name)

    def test_what_is_no_file_of_ours_is_refused(self):
        os.mkfifo(self.root / "pipe")
        for name in ("missing.png", "../secret.png", str(self.outside), ".", "pipe"):
            with self.subTest(name):
                self.assert_is_refused(name)


class StreamTests(IsolatedAsyncioTestCase):
    """A file of many pieces, as a server sends it."""

    SIZE = 40 * 1024 * 1024

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = Path(folder.name) / "large.png"
        self.content = noise(self.SIZE)
        path.write_bytes(self.content)
        self.file = GeneratedImage().image
        self.file.storage, self.file.name = FileSystemStorage(location=folder.name), "large.png"

    def answer(self, **headers):
        request = AsyncRequestFactory().get("/", headers=headers)
        return answering.answer(request, self.file, "image/png", "large.png", "tag")

    async def test_it_comes_in_pieces(self):
        digest, pieces = hashlib.sha256(), 0
        async for piece in (response := self.answer()):
            digest.update(piece)
            pieces += 1
        response.close()
        self.assertEqual(digest.hexdigest(), hashlib.sha256(self.content).hexdigest())
        self.assertEqual(pieces, self.SIZE // answering.PIECE)

    async def test_it_is_never_in_memory_as_a_whole(self):
        tracemalloc.start()
        try:
            async for _ in (response := self.answer()):
                pass
            response.close()
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        self.assertLess(peak, 8 * answering.PIECE)

    async def test_a_large_part_is_exactly_that(self):
        response = self.answer(range=f"bytes=100-{3 * answering.PIECE}")
        parts = [piece async for piece in response]
        response.close()
        self.assertEqual(b"".join(parts), self.content[100 : 3 * answering.PIECE + 1])
        self.assertEqual(response["Content-Length"], str(3 * answering.PIECE - 99))

    async def test_the_file_is_closed_when_nobody_reads(self):
        response = self.answer()
        opened = response._iterator.opened
        response.close()
        self.assertTrue(opened.closed)


class PartialTests(TransactionTestCase):
    """The unfinished picture, out of the memory of the process that draws it."""

    def setUp(self):
        self.user = a_user()
        self.configuration = a_configuration(model_default_images="sandbox-image")

    def tearDown(self):
        asyncio.run(threads.close())

    def asked(self):
        return GeneratedImage.objects.ask(
            self.user, self.configuration, prompt="A fox", parameters={"partial_images": 2, "size": "256x256"}
        )

    async def answer(self, image, user):
        await self.async_client.aforce_login(user)
        return await self.async_client.get(reverse("playground:image_partial", args=[image.public_id]))

    async def test_it_is_shown_to_who_may_see_the_picture(self):
        run, stranger = await sync_to_async(self.asked)(), await sync_to_async(a_user)()
        image = await run.images.aget()
        async with asyncio.timeout(30), engine.running() as running:
            live = running.lives[run.pk] = LiveRun(run.pk, run.kind)  # it gets no further than we say
            live.draw(image.pk)
            nothing_yet = await self.answer(image, self.user)
            live.draw(image.pk, partial=PICTURE)
            mine, foreign = [await self.answer(image, user) for user in (self.user, stranger)]
            del running.lives[run.pk]
            elsewhere = await self.answer(image, self.user)
        self.assertEqual((mine.status_code, mine["Content-Type"], mine.content), (200, "image/png", PICTURE))
        self.assertEqual(mine["Cache-Control"], "private, no-store")
        self.assertEqual(mine["Content-Security-Policy"], "default-src 'none'; sandbox")
        self.assertEqual([answer.status_code for answer in (nothing_yet, foreign, elsewhere)], [404, 404, 404])
