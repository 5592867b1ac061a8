import io
import resource
import shutil
import tempfile
from pathlib import Path

import httpx
from django.conf import settings
from django.db import connection, models
from django.test import TestCase, TransactionTestCase, override_settings
from django.test.utils import isolate_apps

from connector import activities
from connector.activities import images
from connector.client import endpoint, errors, transport
from connector.client.multipart import File
from connector.client.secret import Secret
from connector.models import AbstractGeneratedImage, ApiType
from connector.models.recording import Recorder
from connector.models.storing import store
from connector.operations import image_edits, image_generations, image_variations
from tests.builders import a_configuration
from tests.pictures import NO_PICTURES, SVG, a_file, a_picture, opened

with isolate_apps("connector"):

    class Portrait(AbstractGeneratedImage):
        person = models.CharField(max_length=20)

        class Meta:
            app_label = "connector"


class Case(TransactionTestCase):
    """With a table of its own for pictures, and a folder."""

    def setUp(self):
        with connection.schema_editor() as editor:
            editor.create_model(Portrait)
        self.addCleanup(self.drop)
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        on_disk = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(self.folder)}}
        self.enterContext(override_settings(STORAGES=settings.STORAGES | {"default": on_disk}))
        self.configuration = a_configuration(model_default_images="sandbox-image-fast")
        self.output = Portrait(person="Ada")

    def drop(self):
        with connection.schema_editor() as editor:
            editor.delete_model(Portrait)

    def files(self):
        return [path for path in self.folder.rglob("*") if path.is_file()]


class GenerateImageTests(Case):
    def test_the_picture_is_written_into_the_object(self):
        assert activities.generate_image(self.configuration, "A lighthouse", self.output, size="512x512") is True
        kept = Portrait.objects.get()
        assert kept.person == "Ada"
        assert opened(kept.image.read()).size == (512, 512)
        assert [path.suffix for path in self.files()] == [".png"]

    def test_the_name_is_ours_and_the_ending_that_of_the_bytes(self):
        for kind, ending in (("jpeg", ".jpg"), ("webp", ".webp")):
            output = Portrait(person="Ada")
            activities.generate_image(self.configuration, "A", output, output_format=kind, size="256x256")
            self.assertRegex(output.image.name, rf"\Agenerated/[0-9a-f]{{32}}\{ending}\Z")

    async def test_its_twin_is_awaited(self):
        assert await activities.agenerate_image(self.configuration, "A", self.output, size="256x256")

    def test_the_seeds_values_are_understood(self):
        assert activities.generate_image(
            self.configuration,
            "A",
            self.output,
            model="sandbox-image-url",
            size="_1204x1792",
            quality="Standard",
            style="Vivid",
            user="someone",
            response_format="Base64-JSON",
        )
        assert opened(self.output.image.read()).size == (1024, 1792)
        assert self.output.revised_prompt.startswith("A (")

    def test_an_address_is_fetched(self):
        assert activities.generate_image(
            self.configuration, "A", self.output, model="sandbox-image-url", response_format="url"
        )
        assert opened(Portrait.objects.get().image.read()).format == "PNG"

    def test_what_is_no_picture_is_not_kept(self):
        with self.assertLogs("connector.activities.images", "WARNING"):
            assert not activities.generate_image(self.configuration, "A", self.output, model="sandbox-image-broken")
        assert not Portrait.objects.get().image
        assert self.files() == []

    def test_what_the_provider_refuses_is_an_error(self):
        for model, error in (
            ("sandbox-image-500", errors.ProviderTrouble),
            ("sandbox-image-filter", errors.Filtered),
            ("sandbox-image-cut", errors.BadAnswer),
        ):
            with self.subTest(model), self.assertRaises(error):
                activities.generate_image(self.configuration, "A", self.output, model=model)
        assert Portrait.objects.count() == 0

    def test_a_busy_provider_is_asked_again(self):
        assert activities.generate_image(self.configuration, "Only here", self.output, model="sandbox-image-429")

    def test_a_wrong_value_is_refused_before_anything_is_sent(self):
        for wrong in ({"size": "100x100"}, {"quality": "best"}, {"n": 11}, {"output_format": "tiff"}):
            with self.subTest(wrong), self.assertRaises(errors.InvalidParameter) as caught:
                activities.generate_image(self.configuration, "A", self.output, **wrong)
            assert caught.exception.facts["param"] in wrong

    def test_without_a_model_the_error_says_where_to_set_one(self):
        self.configuration.model_default_images = ""
        with self.assertRaises(errors.NoModel) as caught:
            activities.generate_image(self.configuration, "A", self.output)
        assert self.configuration.display_name in caught.exception.todo

    def test_a_full_disk_leaves_nothing_behind(self):
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        self.addCleanup(resource.setrlimit, resource.RLIMIT_FSIZE, before)
        content = a_picture(500, 500)
        with self.assertLogs("connector.models.storing", "ERROR"), self.assertRaises(errors.NotStored) as caught:
            resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))  # as near to a full disk as a test can come
            self.output.write(content)
        assert "too large" in caught.exception.what
        assert self.files() == []

    def test_a_folder_that_cannot_be_written_to_is_an_error_of_ours(self):
        (self.folder / "generated").write_text("a file stands where the folder should be")
        with self.assertLogs("connector.models.storing", "ERROR"), self.assertRaises(errors.NotStored):
            store(Portrait(person="x").image, b"x", ".png")


class WriteTests(Case):
    def test_only_pictures_are_taken(self):
        for name, content in NO_PICTURES.items():
            with self.subTest(name), self.assertRaises(errors.NotAPicture):
                self.output.write(content)
        assert self.files() == []

    def test_a_damaged_picture_is_none(self):
        with self.assertRaises(errors.NotAPicture):
            self.output.write(a_picture(300, 300, colour="red")[:-40])

    def test_too_many_pixels_are_not_unpacked(self):
        bomb = io.BytesIO()
        from PIL import Image

        Image.new("1", (8_000, 8_000)).save(bomb, "PNG")
        with self.assertRaises(errors.NotAPicture) as caught:
            self.output.write(bomb.getvalue())
        assert "pixels" in caught.exception.what

    def test_every_kind_of_picture_is_taken(self):
        for kind in ("PNG", "JPEG", "WEBP", "GIF"):
            self.output.write(a_picture(kind=kind, mode="RGB"))


class WriteIntoTests(Case):
    """Where only an address came, and whoever answers chose it."""

    def setUp(self):
        super().setUp()
        self.host = Host()
        self.client = transport.Client(endpoint.parse("", "openai"), Secret("sk-k"), transport=self.host)

    async def written(self, url):
        image = image_generations.Image(url=url, revised_prompt="As I understood it")
        return await images.write_into(self.client, image, self.output)

    async def test_the_type_is_that_of_the_bytes(self):
        self.host.content = a_picture()
        assert await self.written("https://pictures.example/x.svg")
        assert self.output.image.name.endswith(".png")
        self.host.content = SVG
        with self.assertLogs("connector.activities.images", "WARNING"):
            assert not await self.written("https://pictures.example/x.png")

    async def test_an_address_that_leads_nowhere_keeps_the_revised_prompt(self):
        self.host.status = 403
        for url in ("https://pictures.example/x.png", "http://169.254.169.254/x.png", "file:///etc/passwd"):
            self.output = Portrait(person="Ada")
            with self.assertLogs("connector.activities.images", "WARNING"):
                assert not await self.written(url)
            kept = await Portrait.objects.aget(pk=self.output.pk)
            assert (kept.revised_prompt, kept.image.name) == ("As I understood it", "")
        assert [request.headers.get("authorization") for request in self.host.requests] == [None]

    async def test_neither_picture_nor_address(self):
        with self.assertLogs("connector.activities.images", "WARNING"):
            assert not await self.written(None)


class Host(httpx.AsyncBaseTransport):
    """A host of pictures."""

    def __init__(self):
        self.status, self.content, self.requests = 200, b"", []

    async def handle_async_request(self, request):
        self.requests.append(request)
        return httpx.Response(self.status, content=self.content)


class EditImageTests(Case):
    def test_several_pictures_become_one(self):
        pictures = [a_file(colour="red"), a_file("b.jpg", kind="JPEG", colour="blue")]
        assert activities.edit_image(self.configuration, "Side by side", pictures, self.output, size="256x256")
        picture = opened(self.output.image.read()).convert("RGB")
        left, right = picture.getpixel((60, 20)), picture.getpixel((200, 20))
        assert left[0] > left[2]
        assert right[2] > right[0]

    def test_a_mask_says_where(self):
        mask = a_file("mask.png", colour=(0, 0, 0, 255))
        activities.edit_image(self.configuration, "A", a_file(colour="red"), self.output, mask=mask, size="256x256")
        assert opened(self.output.image.read()).convert("RGB").getpixel((128, 10)) == (255, 0, 0)

    def test_files_of_the_wrong_kind_are_refused_before_they_are_sent(self):
        small, gif = a_file("m.png", width=32, height=32), a_file(kind="GIF", mode="RGB")
        for param, given in (
            ("image", {"images": File("a.png", NO_PICTURES["svg"], "image/png")}),
            ("image", {"images": gif}),
            ("image", {"images": []}),
            ("image", {"images": [a_file()] * 17}),
            ("mask", {"images": a_file(), "mask": a_file("m.jpg", kind="JPEG")}),
            ("mask", {"images": a_file(), "mask": small}),
            ("markup", {"images": a_file(), "mask": a_file(), "markup": a_file()}),
        ):
            with self.subTest(given), self.assertRaises(errors.InvalidParameter) as caught:
                activities.edit_image(self.configuration, "A", given.pop("images"), self.output, **given)
            assert caught.exception.facts["param"] == param


class WholeRequestTests(TestCase):
    def setUp(self):
        self.configuration = a_configuration(model_default_images="sandbox-image-fast")

    def test_generations(self):
        request = image_generations.Request(prompt="A", n=2, size="256x256", quality="low")
        answer = activities.call_image_generations(self.configuration, request)
        assert [opened(image.content).size for image in answer.data] == [(256, 256)] * 2
        assert answer.usage.total_tokens == answer.usage.input_tokens + answer.usage.output_tokens

    def test_edits_and_variations(self):
        edit = image_edits.Request(prompt="A", image=a_file(), size="256x256")
        assert opened(activities.call_image_edits(self.configuration, edit).data[0].content).size == (256, 256)
        variation = image_variations.Request(image=a_file(), size="256x256", n=2)
        assert len(activities.call_image_variations(self.configuration, variation).data) == 2

    def test_on_azure_the_deployment_decides(self):
        configuration = a_configuration(
            api_type=ApiType.AZURE_OPENAI,
            endpoint="https://x.openai.azure.com",
            deployment_name="draw",
            api_version="2025-04-01-preview",
        )
        configuration.set_key("k" * 32)
        from connector.activities import calling

        prepared = calling.prepare(
            configuration, image_generations, image_generations.Request(prompt="A", model="ignored"), Recorder()
        )
        assert prepared.fitted.model == "draw"
        assert prepared.client.endpoint.url(image_generations.OPERATION, "draw") == str(
            httpx.URL(
                "https://x.openai.azure.com/openai/deployments/draw/images/generations?api-version=2025-04-01-preview"
            )
        )
