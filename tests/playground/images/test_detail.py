"""The page of one picture, and what is done with it."""

import io
import json
import uuid
import zipfile

from django.contrib.auth.models import Group
from django.test import TestCase
from django.urls import reverse

from connector.client import errors
from connector.models import Album, GeneratedImage
from tests.builders import a_configuration, a_user, an_image, an_upload
from tests.pictures import SVG

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


class Case(TestCase):
    def setUp(self):
        self.user, self.other = a_user(username="lea"), a_user(username="kim")
        self.configuration = a_configuration(model_default_images="sandbox-image-fast")
        self.client.force_login(self.user)

    def image(self, user=None, **fields):
        return an_image(user or self.user, **{"configuration": self.configuration} | fields)

    def url(self, name, image, query="", *more):
        return reverse(f"playground:{name}", args=[image.public_id, *more]) + query

    def page(self, image, query=""):
        return self.client.get(self.url("image", image, query))

    def shared(self, group="Team"):
        """A picture of somebody else's that may be seen."""
        theirs = self.image(self.other, prompt="A harbour")
        group = Group.objects.create(name=group)
        theirs.groups.add(group)
        self.user.groups.add(group)
        return theirs


class PageTests(Case):
    def test_the_picture_and_all_that_is_known_of_it(self):
        image = self.image(prompt="A <b>lighthouse</b>", parameters={"quality": "low"})
        page = self.page(image)
        self.assertContains(page, "A &lt;b&gt;lighthouse&lt;/b&gt;")
        self.assertContains(page, f'src="{self.url("image_preview", image)}"')
        self.assertContains(page, f'data-original="{self.url("image_file", image)}"')
        for told in (image.sha256, "400 x 300 pixels", "image/png", "<dt>quality</dt><dd>low</dd>"):
            self.assertContains(page, told)

    def test_previous_and_next_follow_the_gallery_and_its_filters(self):
        oldest, middle, newest = (self.image(favourite=favourite) for favourite in (True, False, True))
        page = self.page(middle)
        self.assertContains(page, f'id="previous" rel="prev" href="{self.url("image", newest)}"')
        self.assertContains(page, f'id="next" rel="next" href="{self.url("image", oldest)}"')
        page = self.page(newest, "?favourite=1")
        self.assertContains(page, f'rel="next" href="{self.url("image", oldest, "?favourite=1")}"')
        self.assertNotContains(page, 'rel="prev"')
        self.assertContains(page, f'href="{reverse("playground:gallery")}?favourite=1"')

    def test_what_it_came_from_and_what_came_of_it_lead_to_each_other(self):
        source, image = self.image(), self.image()
        image.derived_from.add(source)
        self.assertContains(self.page(image), f'href="{self.url("image", source)}"')
        self.assertContains(self.page(source), f'href="{self.url("image", image)}"')

    def test_what_may_not_be_seen_is_no_neighbour_either(self):
        theirs, image = self.image(self.other), self.shared()
        image.derived_from.add(theirs)
        self.assertNotContains(self.page(image), str(theirs.public_id))

    def test_a_failed_one_says_why_and_can_be_tried_again(self):
        error = errors.Stopped().as_dict()
        image = GeneratedImage.objects.create(user=self.user, state="failed", error=error, prompt="A lighthouse")
        page = self.page(image)
        self.assertContains(page, errors.Stopped().what)
        self.assertContains(page, "Try again")
        self.assertNotContains(page, "data-zoom-to")

    def test_a_waiting_one_leads_to_the_studio(self):
        image = GeneratedImage.objects.create(user=self.user, prompt="A lighthouse")
        self.assertContains(self.page(image), "is being drawn")

    def test_an_svg_is_a_download_and_nothing_else(self):
        drawing = b'<svg xmlns="http://www.w3.org/2000/svg"><circle r="4.25"/></svg>'
        image = self.image(content=drawing, parameters={"output_format": "svg"})
        page = self.page(image)
        self.assertContains(page, "only offered as a download")
        self.assertNotContains(page, "data-zoom")
        self.assertNotContains(page, self.url("image_edit", image))
        self.assertNotContains(page, "4.25")

    def test_of_a_shared_one_nothing_can_be_changed(self):
        image = self.shared()
        page = self.page(image)
        self.assertContains(page, "shared by kim")
        for name in ("image_favourite", "image_delete", "image_share"):
            self.assertNotContains(page, self.url(name, image))
            self.assertEqual(self.client.post(self.url(name, image)).status_code, 404)

    def test_anothers_album_in_the_address_is_not_there(self):
        album = Album.objects.create(user=self.other, name="Theirs")
        self.assertEqual(self.page(self.image(), f"?album={album.pk}").status_code, 404)


class GoingOnTests(Case):
    def asked(self, **fields):
        run = GeneratedImage.objects.ask(
            self.user, self.configuration, prompt="A lighthouse", parameters={"n": 2, "quality": "low"}, **fields
        )
        return run.images.first()

    def test_again_is_a_run_by_the_same_body(self):
        image = self.asked()
        answer = self.client.post(self.url("image_again", image), {"token": "t"})
        again = self.user.runs.first()
        self.assertRedirects(answer, f"{reverse('playground:images')}#run-{again.pk}", fetch_redirect_response=False)
        self.assertEqual(again.request, {"model": "sandbox-image-fast", "prompt": "A lighthouse", "quality": "low"})

    def test_a_form_that_is_sent_twice_is_answered_once(self):
        image = self.asked()
        for _ in range(2):
            self.client.post(self.url("image_again", image), {"token": "t"})
        self.assertEqual(self.user.runs.count(), 2)

    def test_what_cannot_be_asked_again_says_why(self):
        image = self.asked()
        self.configuration.enabled = False
        self.configuration.save()
        answer = self.client.post(self.url("image_again", image))
        self.assertContains(answer, "may not be used any more", status_code=422)

    def test_somebody_who_sees_it_asks_for_themselves(self):
        theirs = self.shared()
        self.client.post(self.url("image_again", theirs))
        self.assertEqual(self.user.runs.get().request["prompt"], "A harbour")

    def test_vary_opens_the_form_it_was_asked_with(self):
        image = self.image()
        answer = self.client.get(self.url("image_vary", image))
        self.assertEqual(answer["Location"], f"{reverse('playground:images')}?from={image.public_id}")
        edited = self.image(operation="image_edits")
        answer = self.client.get(self.url("image_vary", edited))
        self.assertEqual(answer["Location"], f"{reverse('playground:images_edit')}?from={edited.public_id}")

    def test_code_is_plain_text(self):
        image = self.asked()
        for kind, begins in (("curl", "curl "), ("openai", "import base64"), ("connector", "from connector")):
            answer = self.client.get(self.url("image_code", image, "", kind))
            self.assertTrue(answer.content.decode().startswith(begins))
            self.assertEqual(answer["Content-Type"], "text/plain; charset=utf-8")
        self.assertEqual(self.client.get(self.url("image_code", image, "", "perl")).status_code, 404)

    def test_the_side_car_is_a_zip_with_the_file_as_it_came(self):
        image = self.image(prompt="Übermut & more", content=None)
        answer = self.client.get(self.url("image_sidecar", image))
        content = b"".join(answer.streaming_content)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            picture, record = sorted(archive.namelist(), key=lambda name: name.endswith(".json"))
            with image.image.open() as stored:
                self.assertEqual(archive.read(picture), stored.read())
            self.assertEqual(json.loads(archive.read(record))["sha256"], image.sha256)
        self.assertEqual(picture.rpartition(".")[0], record.rpartition(".")[0])
        self.assertIn("attachment", answer["Content-Disposition"])
        self.assertEqual(answer["Content-Security-Policy"], "default-src 'none'; sandbox")

    def test_without_a_file_the_side_car_is_json_alone(self):
        image = GeneratedImage.objects.create(user=self.user, state="failed", error={"what": "No."})
        answer = self.client.get(self.url("image_sidecar", image))
        self.assertEqual(answer.json()["error"], {"what": "No."})


class KeepingTests(Case):
    def test_favourite_and_back(self):
        image = self.image()
        for value, expected in (("1", True), ("0", False)):
            answer = self.client.post(self.url("image_favourite", image, "?q=sea"), {"favourite": value})
            self.assertRedirects(answer, self.url("image", image, "?q=sea"))
            image.refresh_from_db()
            self.assertEqual(image.favourite, expected)

    def test_a_script_gets_the_part_that_changed(self):
        image = self.image()
        answer = self.client.post(self.url("image_favourite", image), {"favourite": "1"}, headers=HTMX)
        self.assertContains(answer, 'aria-pressed="true"')
        self.assertNotContains(answer, "<html")

    def test_a_deletion_can_be_undone(self):
        image = self.image()
        answer = self.client.post(self.url("image_delete", image, "?q=light"))
        self.assertTrue(answer["Location"].startswith(f"{reverse('playground:gallery')}?q=light&undo="))
        self.assertContains(self.client.get(answer["Location"]), "1 picture was deleted")
        self.assertEqual(self.page(image).status_code, 404)
        answer = self.client.post(self.url("image_restore", image))
        self.assertRedirects(answer, self.url("image", image))

    def test_sharing_shows_it_to_the_group_and_ends_again(self):
        image, group, foreign = self.image(), Group.objects.create(name="Team"), Group.objects.create(name="Foreign")
        self.user.groups.add(group)
        self.other.groups.add(group)
        self.client.post(self.url("image_share", image), {"groups": [group.pk]})
        self.assertTrue(GeneratedImage.objects.visible_to(self.other).filter(pk=image.pk).exists())
        refused = self.client.post(self.url("image_share", image), {"groups": [foreign.pk]})
        self.assertEqual((refused.status_code, list(image.groups.all())), (422, [group]))
        self.client.post(self.url("image_share", image))
        self.assertFalse(image.groups.exists())

    def test_sharing_can_be_ended_by_somebody_who_left_the_group(self):
        image, group = self.image(), Group.objects.create(name="Team")
        image.groups.add(group)
        self.assertContains(self.page(image), "Shared with Team")
        self.client.post(self.url("image_share", image))
        self.assertFalse(image.groups.exists())

    def test_into_albums_old_and_new_and_out_again(self):
        image, album = self.image(), Album.objects.create(user=self.user, name="Sea")
        theirs = Album.objects.create(user=self.other, name="Theirs")
        self.client.post(self.url("image_albums", image), {"albums": [album.pk], "name": "Land"})
        self.assertEqual([each.name for each in image.albums.order_by("name")], ["Land", "Sea"])
        self.client.post(self.url("image_albums", image), {"albums": [album.pk]})
        self.assertEqual([each.name for each in image.albums.all()], ["Sea"])
        page = self.client.get(self.url("image", image))
        for name in ("Sea", "Land"):
            self.assertRegex(page.content.decode(), rf'name="albums"[^>]*>{name}</label>')
        refused = self.client.post(self.url("image_albums", image), {"albums": [theirs.pk]})
        self.assertEqual((refused.status_code, theirs.images.count()), (422, 0))

    def test_a_shared_one_goes_into_ones_own_album(self):
        theirs = self.shared()
        self.client.post(self.url("image_albums", theirs), {"name": "Found"})
        self.assertEqual(Album.objects.get(user=self.user).images.get(), theirs)


class AlbumsTests(Case):
    def setUp(self):
        super().setUp()
        self.album = Album.objects.create(user=self.user, name="Sea")

    def at(self, name="albums", album=None):
        return reverse(f"playground:{name}", args=[album.pk] if album else [])

    def test_the_list_with_covers_and_counts(self):
        image = self.image()
        self.album.add([image, self.image()])
        deleted = self.image()
        self.album.add([deleted])
        deleted.discard()
        page = self.client.get(self.at())
        self.assertContains(page, "2 pictures")
        self.assertContains(page, "/thumb/")

    def test_a_name_is_there_once(self):
        self.assertRedirects(self.client.post(self.at(), {"name": "Land"}), self.at())
        self.assertContains(self.client.post(self.at(), {"name": "Land"}), "with this name already", status_code=422)
        self.assertContains(self.client.post(self.at(), {"name": " "}), "needs a name", status_code=422)
        answer = self.client.post(self.at("album_rename", self.album), {"name": "Land"})
        self.assertContains(answer, "with this name already", status_code=422)
        self.client.post(self.at("album_rename", self.album), {"name": "Ocean"})
        self.assertEqual({album.name for album in Album.objects.all()}, {"Land", "Ocean"})

    def test_one_is_the_gallery_with_its_filter(self):
        answer = self.client.get(self.at("album", self.album))
        self.assertRedirects(answer, f"{reverse('playground:gallery')}?album={self.album.pk}")

    def test_its_deletion_leaves_the_pictures(self):
        image = self.image()
        self.album.add([image])
        self.client.post(self.at("album_delete", self.album))
        self.assertFalse(Album.objects.exists())
        self.assertEqual(self.page(image).status_code, 200)

    def test_sharing_it_shares_what_is_ones_own(self):
        image, theirs, group = self.image(), self.shared("Other"), Group.objects.create(name="Team")
        self.user.groups.add(group)
        self.album.add([image, theirs])
        self.client.post(self.at("album_share", self.album), {"groups": [group.pk]})
        self.assertEqual(list(group.shared_images.all()), [image])
        self.client.post(self.at("album_share", self.album), {"groups": [group.pk], "stop": "1"})
        self.assertFalse(group.shared_images.exists())


class CompareTests(Case):
    def test_two_to_four_with_what_differs(self):
        images = [self.image(parameters={"quality": quality}) for quality in ("low", "high")]
        query = "&".join(f"id={image.public_id}" for image in images)
        page = self.client.get(f"{reverse('playground:images_compare')}?{query}")
        self.assertContains(page, "data-zoom ", count=2)
        self.assertContains(page, '<tr class="differs"><th scope="row">quality')

    def test_one_offers_others(self):
        image, other = self.image(), self.image()
        page = self.client.get(f"{reverse('playground:images_compare')}?id={image.public_id}")
        self.assertContains(page, f'type="checkbox" name="id" value="{other.public_id}"')

    def test_anothers_or_none_is_not_there(self):
        for text in (str(self.image(self.other).public_id), str(uuid.uuid4()), "x"):
            answer = self.client.get(reverse("playground:images_compare"), {"id": [str(self.image().public_id), text]})
            self.assertEqual(answer.status_code, 404)


class UploadTests(Case):
    def test_uploads_that_went_along_are_shown_to_their_owner_only(self):
        upload = an_upload(self.user)
        run = GeneratedImage.objects.ask(
            self.user, self.configuration, "image_edits", prompt="At night", images=[upload]
        )
        image = run.images.get()
        group = Group.objects.create(name="Team")
        image.groups.add(group)
        self.other.groups.add(group)
        self.assertContains(self.page(image), str(upload.public_id))
        self.client.force_login(self.other)
        self.assertNotContains(self.page(image), str(upload.public_id))


class SafeTests(Case):
    def test_a_script_in_a_name_stays_text(self):
        album = Album.objects.create(user=self.user, name="<script>alert(1)</script>")
        image = self.image()
        album.add([image])
        for page in (self.page(image), self.client.get(reverse("playground:albums"))):
            self.assertNotContains(page, "<script>alert")

    def test_svg_with_a_script_never_gets_in(self):
        with self.assertRaises(errors.NotAPicture):
            self.image(content=SVG, parameters={"output_format": "svg"})
