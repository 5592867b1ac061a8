"""A request as code: the same body, and never a key."""

import ast
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from django.test import TestCase, TransactionTestCase

from connector.models import ApiType, GeneratedImage, drawing
from connector.operations import image_edits, image_generations
from playground.images import code
from tests.builders import CANARY_KEY, a_configuration, a_user, an_image, an_openai, an_upload
from tests.pictures import a_picture, opened
from tests.sandbox import a_door

ODD = 'It\'s "odd" $HOME `id` \\ ü\n@second line; rm -rf'


class Case(TestCase):
    def setUp(self):
        self.user = a_user()
        self.configuration = a_configuration(display_name="Atelier", model_default_images="sandbox-image-fast")

    def image(self, prompt=ODD, operation="image_generations", configuration=None, model="", parameters=None, **asked):
        run = GeneratedImage.objects.ask(
            self.user,
            configuration or self.configuration,
            operation,
            prompt=prompt,
            model=model,
            parameters={"n": 2, "quality": "low", "background": "opaque"} if parameters is None else parameters,
            **asked,
        )
        return run.images.first()

    def edited(self):
        mask = an_upload(self.user, a_picture(64, 64), name="mask.png", purpose="mask")
        images = [an_image(self.user, a_picture(64, 64)), an_upload(self.user, name="a cat, asleep.png")]
        return self.image(operation="image_edits", images=images, mask=mask)


def call_in(written, name):
    """The arguments of the call of `name` in Python, those that are plain values."""
    for node in ast.walk(ast.parse(written)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == name:
            return {word.arg: word.value for word in node.keywords}
    raise AssertionError(written)


def plain(arguments, *without):
    return {name: ast.literal_eval(value) for name, value in arguments.items() if name not in without}


class CurlTests(Case):
    def words(self, image):
        written = code.KINDS["curl"][1](code.of(image, self.user))
        return shlex.split(written.partition(" \\\n  | ")[0].replace(" \\\n  -", " -"))

    def test_the_body_is_what_was_sent(self):
        image = self.image()
        words = self.words(image)
        self.assertEqual(json.loads(words[words.index("-d") + 1]), drawing.body_of(image))

    def test_an_edit_is_a_form_with_its_files(self):
        image = self.edited()
        words = self.words(image)
        given = [words[place + 1] for place, word in enumerate(words) if word in ("-F", "--form-string")]
        source = image.derived_from.get().public_id
        self.assertEqual(given[:3], [f'image[]=@"{source}.png"', 'image[]=@"a cat, asleep.png"', 'mask=@"mask.png"'])
        self.assertIn(f"prompt={ODD}", given)
        self.assertIn("stream=true", given)
        self.assertEqual(len(given), 3 + len(drawing.body_of(image)))

    def test_an_address_that_is_no_secret_is_written(self):
        image = self.image(configuration=an_openai(CANARY_KEY), model="gpt-image-2")
        self.assertIn("https://api.openai.com/v1/images/generations", self.words(image))

    def test_azure_has_its_own_header_and_path(self):
        azure = a_configuration(
            api_type=ApiType.AZURE_OPENAI,
            endpoint="https://secret-host.openai.azure.com",
            deployment_name="drawer",
            api_version="2025-04-01-preview",
        )
        written = code.KINDS["curl"][1](code.of(self.image(configuration=azure), self.user))
        self.assertIn(
            '"$OPENAI_BASE_URL/deployments/drawer/images/generations?api-version=2025-04-01-preview"', written
        )
        self.assertIn('"api-key: $AZURE_OPENAI_API_KEY"', written)
        self.assertIn(
            "AzureOpenAI(api_version='2025-04-01-preview')",
            code.KINDS["openai"][1](code.of(self.image(configuration=azure), self.user)),
        )


class PythonTests(Case):
    def test_the_body_is_what_was_sent(self):
        image = self.image()
        given = call_in(code.KINDS["openai"][1](code.of(image, self.user)), "client.images.generate")
        self.assertEqual(plain(given), drawing.body_of(image))

    def test_an_edit_opens_its_files(self):
        image = self.edited()
        given = call_in(code.KINDS["openai"][1](code.of(image, self.user)), "client.images.edit")
        self.assertEqual(plain(given, "image", "mask"), drawing.body_of(image))
        self.assertEqual(ast.unparse(given["mask"]), "open('mask.png', 'rb')")
        self.assertEqual(len(given["image"].elts), 2)

    def test_what_the_library_does_not_know_goes_along(self):
        compatible = a_configuration(api_type=ApiType.OPENAI_COMPATIBLE, endpoint="https://images.example.org/v1")
        image = self.image(configuration=compatible, model="own", parameters={"seed": 7, "negative prompt": "rain"})
        given = plain(call_in(code.KINDS["openai"][1](code.of(image, self.user)), "client.images.generate"))
        self.assertEqual(given["extra_body"], {"seed": 7, "negative prompt": "rain"})
        given = plain(call_in(code.KINDS["connector"][1](code.of(image, self.user)), "image_generations.Request"))
        self.assertEqual(given["extra_body"], {"seed": 7, "negative prompt": "rain"})

    def test_with_the_connector_the_request_is_the_same(self):
        for image, module in ((self.image(), image_generations), (self.edited(), image_edits)):
            given = call_in(
                code.KINDS["connector"][1](code.of(image, self.user)), f"{module.__name__.rpartition('.')[2]}.Request"
            )
            request = module.Request(**plain(given, "image", "mask"))
            self.assertEqual(request.body() | {"stream": True}, drawing.body_of(image))


class SecretTests(Case):
    def test_neither_a_key_nor_the_address_is_told(self):
        private = a_configuration(
            api_type=ApiType.OPENAI_COMPATIBLE, endpoint="https://hidden.example.org/v1", display_name="Hidden"
        )
        private.set_key(CANARY_KEY)
        image = self.image(configuration=private, model="own")
        for _, written in code.KINDS.values():
            text = written(code.of(image, self.user))
            self.assertNotIn(CANARY_KEY, text)
            self.assertNotIn("hidden.example.org", text)

    def test_what_somebody_else_called_an_upload_is_not_told(self):
        image = self.edited()
        written = code.KINDS["curl"][1](code.of(image, a_user()))
        self.assertNotIn("a cat", written)
        self.assertIn("a cat", code.KINDS["curl"][1](code.of(image, self.user)))

    def test_without_its_configuration_there_is_still_code(self):
        image = self.image()
        self.configuration.delete()
        image.refresh_from_db()
        for _, written in code.KINDS.values():
            self.assertIn("A lighthouse", written(code.of(self.named(image), self.user)))

    def named(self, image):
        image.prompt = "A lighthouse"
        return image


class RunTests(TransactionTestCase):
    """As somebody would use it, against the sandbox."""

    def written(self, kind):
        user, configuration = a_user(), a_configuration()
        run = GeneratedImage.objects.ask(
            user,
            configuration,
            prompt="It's a lighthouse",
            model="sandbox-image-fast",
            parameters={"size": "1024x1536"},
        )
        return code.KINDS[kind][1](code.of(run.images.get(), user))

    def drawn(self, kind, *command):
        with tempfile.TemporaryDirectory() as folder, a_door() as door:
            env = os.environ | {"OPENAI_BASE_URL": f"{door}/v1", "OPENAI_API_KEY": "any"}
            written = self.written(kind)
            done = subprocess.run([*command, written], cwd=folder, env=env, capture_output=True, text=True, timeout=120)
            self.assertEqual(done.returncode, 0, done.stderr)
            [file] = Path(folder).glob("picture*.png")
            return opened(file.read_bytes()).size

    def test_python_draws(self):
        self.assertEqual(self.drawn("openai", sys.executable, "-c"), (1024, 1536))

    @pytest.mark.skipif(not (shutil.which("curl") and shutil.which("jq")), reason="needs curl and jq")
    def test_curl_draws(self):
        self.assertEqual(self.drawn("curl", "sh", "-c"), (1024, 1536))
