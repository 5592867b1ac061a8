from io import BytesIO

from django.test import TestCase
from PIL import Image

from connector.models import GeneratedImage, UserLimits
from tests.builders import a_superuser, a_user, a_viewer, an_editor, an_image, an_upload

PICTURES = "/admin/connector/generatedimage/"


class PicturesTests(TestCase):
    """Staff see who drew what and what it takes, each picture small, and no prompt."""

    def setUp(self):
        self.painter = a_user(username="paula")
        self.image = an_image(self.painter, prompt="my secret garden", model="gpt-image-2")
        self.small = f"{PICTURES}{self.image.public_id}/small/"

    def test_the_list_says_who_and_what_and_shows_it_small(self):
        self.client.force_login(a_viewer())
        page = self.client.get(PICTURES)
        for words in ("paula", "gpt-image-2", f"{self.image.width} x {self.image.height}", self.small):
            self.assertContains(page, words)
        answer = self.client.get(self.small)
        self.assertEqual((answer.status_code, answer["Content-Type"]), (200, "image/webp"))
        self.assertLessEqual(Image.open(BytesIO(answer.content)).width, 320)
        self.assertIn("sandbox", answer["Content-Security-Policy"])

    def test_prompts_are_shown_nowhere_and_cannot_be_searched_for(self):
        self.client.force_login(a_superuser())
        for address in (PICTURES, f"{PICTURES}{self.image.pk}/change/", f"{PICTURES}?q=garden"):
            self.assertNotContains(self.client.get(address, follow=True), "secret")
        self.assertNotContains(self.client.get(f"{PICTURES}?q=garden"), "paula")

    def test_the_small_picture_is_for_those_who_may_see_the_list(self):
        for somebody in (None, a_user(), an_editor()):
            self.client.logout()
            if somebody:
                self.client.force_login(somebody)
            self.assertIn(self.client.get(self.small).status_code, (302, 403), somebody)

    def test_where_there_is_no_file_there_is_no_small_picture(self):
        self.client.force_login(a_viewer())
        waiting = GeneratedImage.objects.create(user=self.painter)
        gone = an_image(self.painter)
        gone.thumbnail.storage.delete(gone.thumbnail.name)
        deleted = an_image(self.painter)
        deleted.discard()
        for image in (waiting, gone, deleted):
            self.assertEqual(self.client.get(f"{PICTURES}{image.public_id}/small/").status_code, 404)
        self.assertEqual(self.client.get(PICTURES).status_code, 200)


class UsersTests(TestCase):
    """The list of users says what each one takes; on a user's page are the limits."""

    def setUp(self):
        self.painter = a_user(username="paula")
        self.client.force_login(a_superuser(username="root"))

    def test_storage_counts_pictures_and_uploads_of_each_user_apart(self):
        for _ in range(2):
            an_image(self.painter)
        an_upload(self.painter)
        bytes_ = sum(row.bytes for row in (*self.painter.generated_images.all(), *self.painter.stored_files.all()))
        an_image(a_user(username="otto"))
        rows = {user.username: user for user in self.client.get("/admin/auth/user/").context["cl"].result_list}
        self.assertEqual((rows["paula"].pictures, rows["paula"].storage), (2, bytes_))
        self.assertEqual(rows["otto"].pictures, 1)
        self.assertEqual((rows["root"].pictures, rows["root"].storage), (0, 0))

    def test_limits_are_set_and_removed_on_the_page_of_the_user(self):
        address = f"/admin/auth/user/{self.painter.pk}/change/"
        page = self.client.get(address)
        form = page.context["adminform"].form
        typed = {name: value for name, value in form.initial.items() if value not in (None, [])}
        typed |= {"limits-TOTAL_FORMS": 1, "limits-INITIAL_FORMS": 0, "limits-0-images_a_day": 5, "_save": "Save"}
        for name in ("last_login", "date_joined", "password"):
            typed.pop(name, None)
        self.assertRedirects(self.client.post(address, typed), "/admin/auth/user/")
        limits = UserLimits.objects.get(user=self.painter)
        self.assertEqual((limits.images_a_day, limits.images_a_minute), (5, None))
        an_image(self.painter)
        self.assertContains(self.client.get(address), "of 2 GB")
