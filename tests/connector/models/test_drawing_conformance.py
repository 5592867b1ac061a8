"""What a run sends for pictures, of every family, judged by the official documents."""

from django.test import TestCase

from connector import catalogue
from connector.client import multipart
from connector.models import ApiType, GeneratedImage
from connector.models.drawing import prepare_run
from tests import api
from tests.builders import a_configuration, a_user, an_image, an_upload
from tests.pictures import a_picture

WISHES = {
    "size": "1024x1024",
    "background": "opaque",
    "output_format": "jpeg",
    "output_compression": 80,
    "moderation": "low",
    "partial_images": 2,
    "n": 2,
    "style": "vivid",
    "input_fidelity": "low",
}
AT = {
    "openai": {"api_type": ApiType.OPENAI, "endpoint": ""},
    "azure-2025-04-01-preview": {
        "api_type": ApiType.AZURE_OPENAI,
        "endpoint": "https://x.openai.azure.com",
        "api_version": "2025-04-01-preview",
    },
}


@api.documents_needed
class RequestTests(TestCase):
    def setUp(self):
        self.user = a_user(is_superuser=True)
        self.enterContext(self.settings(CONNECTOR_IMAGES_A_MINUTE=0, CONNECTOR_IMAGES_A_DAY=0))

    def configuration(self, document, family):
        of_azure = {"deployment_name": family.name} if document.startswith("azure") else {}
        return a_configuration(model_default_images=family.name, **AT[document], **of_azure)

    def wishes(self, family):
        qualities = family.parameters.get("quality", {}).get("choices", ["low"])
        return WISHES | {"quality": qualities[0]}

    def asked(self, document, family, operation, **asked):
        """The run, and what it sends."""
        run = GeneratedImage.objects.ask(
            self.user,
            self.configuration(document, family),
            operation,
            prompt="A lighthouse",
            parameters=self.wishes(family),
            **asked,
        )
        return run, prepare_run(run)

    def test_generations_of_every_family(self):
        for document in AT:
            for family in catalogue.models("image_generations"):
                run, prepared = self.asked(document, family, "image_generations")
                self.assertEqual((run.images.count(), prepared.count), (2, 2))
                for request in prepared.requests():
                    with self.subTest(document=document, family=family.name):
                        self.assertEqual(
                            api.request_errors(document, "images/generations", self.streamed(prepared, request.body)),
                            [],
                        )

    def test_edits_of_every_family_as_forms(self):
        picture = an_image(self.user, a_picture(64, 64))
        upload, mask = an_upload(self.user), an_upload(self.user, purpose="mask")
        for document in AT:
            for family in catalogue.models("image_edits"):
                one_only = family.name == "dall-e-2"
                images = [picture] if one_only else [picture, upload]
                run, prepared = self.asked(document, family, "image_edits", images=images, mask=mask)
                self.assertEqual(run.images.count(), 2)
                for request in prepared.requests():
                    with self.subTest(document=document, family=family.name):
                        form = multipart.encode(self.streamed(prepared, request.body))
                        self.assertEqual(api.form_errors(document, "images/edits", form), [])
                        parts = [part for part in multipart.decode(form.content, form.content_type) if part.filename]
                        self.assertEqual(len(parts), 2 if one_only else 3)
                        self.assertEqual({part.media_type for part in parts}, {"image/png"})

    def test_a_variation_as_a_form(self):
        compatible = a_configuration(api_type=ApiType.OPENAI_COMPATIBLE, endpoint="https://api.example/v1")
        run = GeneratedImage.objects.ask(
            self.user,
            compatible,
            "image_variations",
            model="dall-e-2",
            parameters={"n": 2, "size": "256x256"},
            images=[an_upload(self.user)],
        )
        form = multipart.encode(prepare_run(run).requests()[0].body)
        self.assertEqual(api.form_errors("openai", "images/variations", form), [])

    def streamed(self, prepared, body):
        return body | {"stream": True} if prepared.streams else {k: v for k, v in body.items() if k != "partial_images"}


class StreamingTests(TestCase):
    def test_a_family_streams_where_its_api_does(self):
        user = a_user()
        for model, parameters, streams in (
            ("gpt-image-2", {}, True),
            ("gpt-image-2.5-sunburst", {"output_format": "gif"}, False),
            ("dall-e-3", {}, False),
            ("nobody-knows-it", {}, False),
            ("nobody-knows-it", {"partial_images": 1}, True),
        ):
            configuration = a_configuration(api_type=ApiType.OPENAI, endpoint="")
            run = GeneratedImage.objects.ask(user, configuration, prompt="A", model=model, parameters=parameters)
            with self.subTest(model, **parameters):
                self.assertEqual(prepare_run(run).streams, streams)
