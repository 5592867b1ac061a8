"""Editing: what goes along, and what is said at which field when it cannot."""

from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase, override_settings
from django.urls import reverse

from connector.models import GeneratedImage, StoredFile
from tests.builders import a_configuration, a_user, an_image, an_upload
from tests.pictures import NO_PICTURES, a_picture


class Case(TestCase):
    def setUp(self):
        self.user = a_user()
        self.configuration = a_configuration(model_default_images="sandbox-image-fast")
        self.client.force_login(self.user)

    def image(self, user=None, **fields):
        return an_image(user or self.user, a_picture(64, 64), **{"configuration": self.configuration} | fields)

    def send(self, *images, **fields):
        given = {
            "prompt": "At night",
            "configuration": str(self.configuration.pk),
            "model": "sandbox-image-fast",
            "id": [str(image.public_id) for image in images],
        }
        return self.client.post(reverse("playground:images_edit"), given | fields)

    def refused(self, answer, field, text, status=422):
        """What is said at the field, and that nothing was asked."""
        self.assertEqual(answer.status_code, status)
        self.assertIn(text, " ".join(answer.context["found"].problems.get(field, [])))
        self.assertContains(answer, "errorlist", status_code=status)
        self.assertFalse(self.user.runs.exists())

    @property
    def asked(self):
        return self.user.runs.get()


def a_file(content=None, name="cat.png"):
    return SimpleUploadedFile(name, a_picture(64, 64) if content is None else content)


class AskTests(Case):
    def test_an_edit_is_a_run_whose_pictures_know_their_source(self):
        image = self.image()
        answer = self.send(image, p_quality="low", p_n="2")
        self.assertRedirects(
            answer, f"{reverse('playground:images')}#run-{self.asked.pk}", fetch_redirect_response=False
        )
        self.assertEqual(self.asked.operation, "image_edits")
        self.assertEqual(
            self.asked.request, {"model": "sandbox-image-fast", "prompt": "At night", "quality": "low", "n": 2}
        )
        for made in self.asked.images.all():
            self.assertEqual(list(made.derived_from.all()), [image])

    def test_pictures_and_uploads_go_along_in_their_order(self):
        one, two = self.image(), self.image()
        self.send(two, one, files=[a_file(name="a.png"), a_file(a_picture(32, 32, "JPEG"), "b.jpg")])
        uploads = StoredFile.objects.order_by("pk")
        expected = [*(str(image.public_id) for image in (two, one)), *(str(file.public_id) for file in uploads)]
        self.assertEqual([entry["id"] for entry in self.asked.inputs], expected)
        self.assertEqual([file.name for file in uploads], ["a.png", "b.jpg"])

    def test_a_mask_goes_along(self):
        self.send(self.image(), mask_file=a_file(name="mask.png"))
        self.assertEqual([entry["param"] for entry in self.asked.inputs], ["image", "mask"])

    def test_a_form_that_is_sent_twice_is_answered_once(self):
        image = self.image()
        for _ in range(2):
            self.send(image, token="t")
        self.assertEqual(self.user.runs.count(), 1)

    def test_a_shared_picture_may_be_used(self):
        theirs, group = self.image(a_user()), Group.objects.create(name="Team")
        theirs.groups.add(group)
        self.user.groups.add(group)
        self.send(theirs)
        self.assertEqual(self.asked.images.get().derived_from.get(), theirs)


class RefusedTests(Case):
    def test_a_mask_of_another_size(self):
        answer = self.send(self.image(), mask_file=a_file(a_picture(32, 64), "mask.png"))
        self.refused(answer, "mask_file", "It is 32 x 64 pixels, the first picture 64 x 64")
        self.assertFalse(StoredFile.objects.exists())

    def test_a_mask_that_was_kept_for_another_picture(self):
        mask = an_upload(self.user, a_picture(64, 64), purpose="mask")
        answer = self.send(files=[a_file(a_picture(32, 64, "JPEG"), "a.jpg")], mask=[str(mask.public_id)])
        self.refused(answer, "mask_file", "It is 64 x 64 pixels, the first picture 32 x 64")

    def test_a_mask_of_an_earlier_edit_stays_with_it(self):
        mask = an_upload(self.user, a_picture(64, 64), purpose="mask")
        self.send(self.image(), mask=[str(mask.public_id)])
        self.send(an_image(self.user, a_picture(32, 32)), mask=[str(mask.public_id)])
        self.assertEqual(self.asked.stored_files.get(), mask)

    def test_a_mask_that_is_no_png(self):
        answer = self.send(self.image(), mask_file=a_file(a_picture(64, 64, "JPEG"), "mask.jpg"))
        self.refused(answer, "mask_file", "A mask has to be a PNG")

    def test_what_is_no_picture(self):
        for kind, content in NO_PICTURES.items():
            with self.subTest(kind):
                answer = self.send(self.image(), files=[a_file(content or b" ", "cat.png")])
                self.refused(answer, "files", "“cat.png”: this is no picture")
        self.assertFalse(StoredFile.objects.exists())

    def test_a_kind_that_edits_do_not_take(self):
        self.refused(self.send(files=[a_file(a_picture(kind="GIF"), "a.gif")]), "files", "image/gif")

    def test_seventeen_of_them(self):
        answer = self.send(self.image(), files=[a_file() for _ in range(16)])
        self.refused(answer, "files", "There are 17 pictures; 16 at most")
        self.assertFalse(StoredFile.objects.exists())

    def test_none_at_all(self):
        self.refused(self.send(), "files", "Choose at least one picture")

    def test_without_an_instruction_everything_else_is_kept(self):
        image = self.image()
        answer = self.send(image, prompt=" ", files=[a_file()], mask_file=a_file(name="mask.png"), p_quality="high")
        self.assertEqual(answer.status_code, 422)
        self.assertContains(answer, "Write what the picture shall show first", status_code=422)
        file, mask = StoredFile.objects.order_by("pk")
        for name, value in (("id", image), ("upload", file), ("mask", mask)):
            self.assertContains(answer, f'name="{name}" value="{value.public_id}" checked', status_code=422)
        self.send(image, upload=[str(file.public_id)], mask=[str(mask.public_id)])
        self.assertEqual([entry["param"] for entry in self.asked.inputs], ["image", "image", "mask"])

    def test_a_value_against_its_rule_is_said_at_its_field(self):
        answer = self.send(self.image(), p_size="1000x1000")
        self.assertContains(answer, "errorlist", status_code=422)
        self.assertIn("p_size", answer.context["form"].errors)

    @override_settings(CONNECTOR_IMAGES_A_MINUTE=1)
    def test_too_many_a_minute(self):
        answer = self.send(self.image(), p_n="2")
        self.assertContains(answer, answer.context["error"].what, status_code=429)
        self.assertEqual(answer.context["error"].code, "over_limit")

    @override_settings(CONNECTOR_BYTES_STORED=10)
    def test_no_room_for_an_upload(self):
        answer = self.send(files=[a_file()])
        self.refused(answer, "files", "that you may keep")


class ForeignTests(Case):
    def test_anothers_picture_upload_or_mask_is_not_there(self):
        other, own = a_user(), self.image()
        theirs, upload = self.image(other), an_upload(other)
        mask = an_upload(other, purpose="mask")
        for answer in (
            self.client.get(reverse("playground:image_edit", args=[theirs.public_id])),
            self.client.get(reverse("playground:images_edit"), {"id": str(theirs.public_id)}),
            self.client.get(reverse("playground:images_edit"), {"from": str(theirs.public_id)}),
            self.send(theirs),
            self.send(own, upload=[str(upload.public_id)]),
            self.send(own, mask=[str(mask.public_id)]),
            self.send(own, upload=["nonsense"]),
        ):
            self.assertEqual(answer.status_code, 404)
        self.assertFalse(self.user.runs.exists())


class PageTests(Case):
    def test_the_picture_is_there_to_be_painted_over(self):
        image = self.image(model="sandbox-image-fast")
        page = self.client.get(reverse("playground:image_edit", args=[image.public_id]))
        self.assertContains(page, f'name="id" value="{image.public_id}" checked data-width="64" data-height="64"')
        self.assertContains(page, 'type="file" id="mask-file"')
        self.assertContains(page, 'action="/images/edit/"')
        self.assertContains(page, "<option selected>sandbox-image-fast</option>", html=True)

    def test_without_a_picture_it_begins_with_uploads(self):
        self.assertContains(self.client.get(reverse("playground:images_edit")), "No picture yet")

    def test_an_edit_is_varied_with_everything_it_had(self):
        source, upload, mask = self.image(), an_upload(self.user), an_upload(self.user, purpose="mask")
        run = GeneratedImage.objects.ask(
            self.user,
            self.configuration,
            "image_edits",
            prompt="At night",
            parameters={"quality": "low"},
            images=[source, upload],
            mask=mask,
        )
        page = self.client.get(reverse("playground:images_edit"), {"from": str(run.images.get().public_id)})
        for name, value in (("id", source), ("upload", upload), ("mask", mask)):
            self.assertContains(page, f'name="{name}" value="{value.public_id}" checked')
        self.assertContains(page, ">At night</textarea>")
        self.assertContains(page, 'name="p_quality" value="low" checked')

    def test_another_model_brings_its_own_fields(self):
        given = {"configuration": str(self.configuration.pk), "model": "sandbox-image-url", "before": ""}
        part = self.client.post(reverse("playground:images_edit_form"), given)
        self.assertContains(part, 'hx-post="/images/edit/form/"')
        self.assertNotContains(part, "p_input_fidelity")
        self.assertNotContains(part, "<html")
