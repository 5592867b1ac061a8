import shutil
import tempfile
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, Group
from django.db import connection, transaction
from django.test import TestCase, TransactionTestCase, override_settings
from django.utils import timezone

from connector.client import errors
from connector.models import Album, GeneratedImage, StoredFile
from tests.builders import a_configuration, a_user, an_image, an_upload
from tests.pictures import NO_PICTURES, a_picture, opened


class OnDisk:
    """With a folder of its own."""

    def setUp(self):
        super().setUp()
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        on_disk = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(self.folder)}}
        self.enterContext(override_settings(STORAGES=settings.STORAGES | {"default": on_disk}))

    def files(self):
        return {str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file()}


class WriteTests(OnDisk, TestCase):
    def test_everything_that_is_known_of_it(self):
        content = a_picture(1200, 800)
        image = GeneratedImage.objects.get(pk=an_image(a_user(), content).pk)
        self.assertEqual(
            (image.media_type, image.width, image.height, image.bytes), ("image/png", 1200, 800, len(content))
        )
        self.assertEqual((image.state, image.image.read(), len(image.sha256)), ("kept", content, 64))
        self.assertEqual((opened(image.thumbnail.read()).width, opened(image.preview.read()).width), (320, 960))
        self.assertEqual(self.files(), {image.image.name, image.thumbnail.name, image.preview.name})

    def test_names_say_nothing(self):
        image = an_image(a_user())
        for name in (image.image.name, image.thumbnail.name, image.preview.name):
            self.assertRegex(name, r"\Aconnector/[a-z]+/[0-9a-f]{2}/[0-9a-f]{32}\.(png|webp)\Z")
            self.assertNotIn(image.public_id.hex, name)

    def test_what_is_no_picture_leaves_nothing(self):
        for name, content in NO_PICTURES.items():
            with self.subTest(name), self.assertRaises(errors.NotAPicture):
                GeneratedImage().write(content)
        self.assertEqual(self.files(), set())

    def test_a_disk_that_is_full_in_the_middle_leaves_nothing(self):
        (self.folder / "connector").mkdir()
        (self.folder / "connector" / "previews").write_text("a file stands where the folder should be")
        with self.assertLogs("connector.models.storing", "ERROR"), self.assertRaises(errors.NotStored):
            GeneratedImage().write(a_picture())
        self.assertEqual(self.files(), {"connector/previews"})

    def test_an_svg_is_stored_only_where_one_was_asked_for(self):
        content = b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>'
        with self.assertRaises(errors.NotAPicture):
            GeneratedImage().write(content)
        image = GeneratedImage(parameters={"output_format": "svg"})
        image.write(content)
        self.assertEqual((image.media_type, image.thumbnail.name, image.image.name[-4:]), ("image/svg+xml", "", ".svg"))


class SeeingTests(TestCase):
    def setUp(self):
        self.user, self.other = a_user(), a_user()
        self.mine, self.theirs = an_image(self.user), an_image(self.other)

    def seen(self):
        images = GeneratedImage.objects
        return set(images.for_user(self.user)), set(images.visible_to(self.user)), set(images.shared_with(self.user))

    def test_ones_own(self):
        self.assertEqual(self.seen(), ({self.mine}, {self.mine}, set()))

    def test_what_is_shared_with_a_group_of_mine(self):
        group = Group.objects.create(name="g")
        self.theirs.groups.add(group, Group.objects.create(name="another"))
        self.assertEqual(self.seen()[1], {self.mine})
        self.user.groups.add(group)
        self.assertEqual(self.seen(), ({self.mine}, {self.mine, self.theirs}, {self.theirs}))
        self.theirs.discard()
        self.assertEqual(self.seen()[1], {self.mine})

    def test_strangers_see_nothing(self):
        stranger = AnonymousUser()
        for found in (GeneratedImage.objects.for_user(stranger), GeneratedImage.objects.visible_to(stranger)):
            self.assertFalse(found.exists())
        self.assertFalse(StoredFile.objects.for_user(stranger).exists())

    def test_words_are_looked_for_in_the_prompt_and_its_revision(self):
        found = an_image(self.user, prompt="A RED boat", revised_prompt="on the Lake")
        images = GeneratedImage.objects.for_user(self.user)
        self.assertEqual(list(images.search("red lake")), [found])
        self.assertFalse(images.search("red lighthouse").exists())
        self.assertEqual(images.search("  ").count(), 2)

    def test_an_album_holds_what_its_owner_sees(self):
        album = Album.objects.create(user=self.user, name="Boats")
        album.add([self.mine])
        with self.assertRaises(errors.InvalidParameter):
            album.add([self.mine, self.theirs])
        self.assertEqual(list(album.images.all()), [self.mine])
        self.assertEqual(list(Album.objects.for_user(self.user)), [album])
        self.assertFalse(Album.objects.for_user(self.other).exists())


class RemovalTests(OnDisk, TransactionTestCase):
    def setUp(self):
        super().setUp()
        self.user = a_user()
        self.image = an_image(self.user)

    def a_day_later(self):
        GeneratedImage.objects.exclude(deleted=None).update(deleted=timezone.now() - timezone.timedelta(hours=25))

    def test_a_deletion_can_be_undone_for_a_day(self):
        self.image.discard()
        self.assertFalse(GeneratedImage.objects.for_user(self.user).exists())
        self.assertEqual(GeneratedImage.objects.purge(), 0)
        self.assertEqual(list(GeneratedImage.objects.deleted_of(self.user)), [self.image])
        self.image.restore()
        self.assertEqual(list(GeneratedImage.objects.for_user(self.user)), [self.image])
        self.assertEqual(len(self.files()), 3)

    def test_then_it_is_gone_with_its_files(self):
        other = an_image(self.user)
        self.image.discard()
        self.a_day_later()
        self.assertEqual(GeneratedImage.objects.purge(), 1)
        self.assertEqual(self.files(), {other.image.name, other.thumbnail.name, other.preview.name})

    def test_many_at_once(self):
        an_image(self.user)
        images = GeneratedImage.objects.for_user(self.user)
        self.assertEqual((images.discard(), images.count()), (2, 0))
        self.assertEqual(GeneratedImage.objects.deleted_of(self.user).restore(), 2)

    def test_files_stay_when_the_deletion_is_taken_back(self):
        with transaction.atomic():
            self.image.delete()
            self.assertEqual(len(self.files()), 3)
            transaction.set_rollback(True)
        self.assertEqual(len(self.files()), 3)

    def test_everything_goes_with_its_user(self):
        an_upload(self.user)
        self.user.delete()
        self.assertEqual(self.files(), set())

    def test_an_upload_stays_as_long_as_a_picture_comes_from_it(self):
        configuration = a_configuration(model_default_images="sandbox-image-fast")
        used, unused, fresh = an_upload(self.user), an_upload(self.user), an_upload(self.user)
        run = GeneratedImage.objects.ask(self.user, configuration, "image_edits", prompt="A", images=[used])
        StoredFile.objects.exclude(pk=fresh.pk).update(created=timezone.now() - timezone.timedelta(hours=25))
        self.assertEqual(StoredFile.objects.purge(), 1)
        self.assertFalse(StoredFile.objects.filter(pk=unused.pk).exists())
        run.images.all().delete()
        self.assertEqual(StoredFile.objects.purge(), 1)
        self.assertEqual(list(StoredFile.objects.all()), [fresh])


class UploadTests(OnDisk, TestCase):
    def test_is_what_its_bytes_are(self):
        file = an_upload(a_user(), a_picture(30, 20, "JPEG"), "../\u202egpj.html")
        self.assertEqual((file.media_type, file.width, file.height), ("image/jpeg", 30, 20))
        self.assertRegex(file.file.name, r"\Aconnector/inputs/[0-9a-f]{2}/[0-9a-f]{32}\.jpg\Z")
        self.assertTrue(file.name.endswith(".jpg"), file.name)

    def test_only_pictures(self):
        for content in NO_PICTURES.values():
            with self.assertRaises(errors.InvalidParameter) as caught:
                an_upload(a_user(), content, "x.png")
            self.assertEqual(caught.exception.facts["param"], "image")
        with self.assertRaises(errors.InvalidParameter) as caught:
            an_upload(a_user(), a_picture(kind="JPEG"), "m.png", "mask")
        self.assertEqual(caught.exception.facts["param"], "mask")
        self.assertEqual(self.files(), set())


class IndexTests(TestCase):
    """A page of the gallery is one walk along an index, whatever it is filtered by."""

    def plan(self, **filters):
        images = GeneratedImage.objects.for_user(a_user()).kept().filter(pk__lt=10**9, **filters)
        return images.order_by("-pk")[:50].explain()

    def test_no_page_is_sorted(self):
        if connection.vendor != "sqlite":
            self.skipTest("the plans are written differently elsewhere")
        for filters in ({}, {"model": "x"}, {"configuration": 1}, {"favourite": True}, {"width": 1024, "height": 1024}):
            plan = self.plan(**filters)
            with self.subTest(filters):
                self.assertIn("USING INDEX image_", plan)
                self.assertNotIn("TEMP B-TREE", plan)
