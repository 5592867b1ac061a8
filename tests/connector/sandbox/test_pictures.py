"""Pictures of the sandbox: real files, of the size, format and number that were asked for."""

import asyncio
import base64
import json
import math
import time
from unittest import TestCase

import httpx
import openai
from django.test import SimpleTestCase

from connector.client import multipart
from connector.sandbox.replies.models import IMAGES
from tests import api
from tests.pictures import NO_PICTURES, SVG, a_file, a_picture, opened
from tests.sandbox import a_door, send

PATH = "/v1/images/generations"


def ask(**parameters):
    return send(
        "POST", PATH, json={"model": "sandbox-image", "prompt": "A lighthouse", "size": "256x256", **parameters}
    )


def drawn(**parameters):
    return [opened(base64.b64decode(image["b64_json"])) for image in ask(**parameters).json()["data"]]


def events(**parameters):
    *found, empty = ask(stream=True, **parameters).text.split("\n\n")
    assert empty == ""
    return [json.loads(event.split("\ndata: ")[1]) for event in found]


def sent_form(path="edits", **fields):
    form = multipart.encode({"model": "sandbox-image", "prompt": "At night", "size": "256x256", **fields})
    return send("POST", f"/v1/images/{path}", content=form.content, headers={"content-type": form.content_type})


class GenerationTests(TestCase):
    def test_sizes_and_formats_are_honoured(self):
        for size, kind in (("256x256", "png"), ("512x256", "jpeg"), ("256x512", "webp"), ("1024x768", "png")):
            with self.subTest(size, kind=kind):
                (picture,) = drawn(size=size, output_format=kind)
                assert (f"{picture.width}x{picture.height}", picture.format) == (size, kind.upper())

    def test_the_largest_size_is_drawn(self):
        (picture,) = drawn(size="3840x2160", output_format="jpeg")
        assert picture.size == (3840, 2160)

    def test_of_its_own_choice_it_looks_at_the_prompt(self):
        for prompt, size in (("A portrait", (1024, 1536)), ("A landscape", (1536, 1024)), ("A cat", (1024, 1024))):
            assert drawn(prompt=prompt, size="auto")[0].size == size

    def test_the_same_prompt_gives_the_same_picture(self):
        first, second = drawn(n=2)
        assert first.tobytes() == drawn()[0].tobytes()
        assert first.tobytes() != second.tobytes()
        assert first.tobytes() != drawn(prompt="Another")[0].tobytes()

    def test_transparency(self):
        picture = drawn(background="transparent")[0].convert("RGBA")
        assert picture.getpixel((255, 0))[3] == 0
        assert drawn()[0].convert("RGBA").getpixel((255, 0))[3] == 255

    def test_compression_makes_files_smaller(self):
        sizes = [
            len(ask(output_format="jpeg", output_compression=quality).json()["data"][0]["b64_json"])
            for quality in (5, 95)
        ]
        assert sizes[0] < sizes[1]

    def test_moving_pictures(self):
        (picture,) = drawn(output_format="gif", frame_count=3, frame_duration_ms=120)
        assert (picture.format, picture.n_frames) == ("GIF", 3)

    def test_better_costs_more(self):
        low, high = (ask(quality=quality).json()["usage"]["output_tokens"] for quality in ("low", "high"))
        assert low < high

    def test_any_prompt_can_be_drawn(self):
        for prompt in ("灯台 🗼", "\u202e\x07", "a" * 32_000, " \n ", "%s {0}"):
            with self.subTest(prompt[:10]):
                assert drawn(prompt=prompt)[0].size == (256, 256)

    @api.documents_needed
    def test_answers_are_valid(self):
        answer = ask(size="1024x1024", n=2).json()
        assert api.answer_errors("openai", "images/generations", answer) == []
        assert api.answer_errors("azure-2025-04-01-preview", "images/generations", answer) == []
        linked = ask(model="sandbox-image-url", size="1024x1024").json()
        assert api.answer_errors("azure-2024-10-21", "images/generations", linked) == []
        for event in events(size="1024x1024", partial_images=1):
            assert api.chunk_errors("openai", "images/generations", event) == []


class RefusalTests(TestCase):
    def test_wrong_values_are_refused_as_the_api_does(self):
        for param, wrong in (
            ("prompt", {"prompt": None}),
            ("prompt", {"prompt": "x" * 32_001}),
            ("size", {"size": "100x100"}),
            ("size", {"size": "4096x4096"}),
            ("size", {"size": 5}),
            ("n", {"n": 11}),
            ("n", {"n": "2"}),
            ("quality", {"quality": "hd"}),
            ("style", {"style": "vivid"}),
            ("response_format", {"response_format": "url"}),
            ("output_compression", {"output_compression": 50}),
            ("background", {"background": "transparent", "output_format": "jpeg"}),
            ("partial_images", {"partial_images": 2}),
            ("n", {"output_format": "gif", "n": 2}),
            ("frame_count", {"frame_count": 3}),
            ("nonsense", {"nonsense": 1}),
            ("n", {"model": "sandbox-image-url", "size": "1024x1024", "n": 2}),
            ("quality", {"model": "sandbox-image-url", "size": "1024x1024", "quality": "low"}),
        ):
            with self.subTest(wrong):
                response = ask(**wrong)
                assert response.status_code == 400, response.text[:300]
                assert response.json()["error"]["param"] == param
                assert api.error_errors(response.json()) == []

    def test_other_models_do_not_draw(self):
        for model in ("sandbox", "gpt-image-2"):
            assert ask(model=model).status_code == 404

    def test_a_body_that_is_none_is_refused(self):
        for content in (b"", b"{", b"[]"):
            assert send("POST", PATH, content=content).status_code == 400


class StreamTests(TestCase):
    def test_pictures_on_the_way(self):
        first, second, done = events(partial_images=2)
        assert [event["type"].split(".")[1] for event in (first, second, done)] == ["partial_image"] * 2 + ["completed"]
        assert [event["partial_image_index"] for event in (first, second)] == [0, 1]
        assert opened(base64.b64decode(first["b64_json"])).size == (256, 256)
        assert done["usage"]["output_tokens"] > 0
        assert done["b64_json"] == ask().json()["data"][0]["b64_json"]

    def test_each_of_several(self):
        assert [event["type"] for event in events(n=2)] == ["image_generation.completed"] * 2

    def test_at_a_human_pace_they_come_one_by_one(self):
        began = time.monotonic()
        send("POST", PATH, json={"model": "sandbox-image", "prompt": "x", "size": "256x256"}, pace=500)
        assert time.monotonic() - began >= 0.2


class EditTests(TestCase):
    def test_pictures_and_a_mask(self):
        answer = sent_form(image=[a_file(), a_file("b.jpg", kind="JPEG")], mask=a_file("m.png"), n=2)
        assert [opened(base64.b64decode(each["b64_json"])).size for each in answer.json()["data"]] == [(256, 256)] * 2

    def test_what_was_sent_can_be_seen(self):
        answer = sent_form(image=a_file(colour="red"), mask=a_file("m.png", colour=(0, 0, 0, 255))).json()
        assert opened(base64.b64decode(answer["data"][0]["b64_json"])).getpixel((128, 100)) == (255, 0, 0, 255)

    def test_variations(self):
        answer = sent_form("variations", prompt=None, image=a_file(colour="red")).json()
        assert opened(base64.b64decode(answer["data"][0]["b64_json"])).getpixel((9, 9)) != (255, 0, 0, 255)

    def test_wrong_files_are_refused(self):
        for param, wrong in (
            ("image", {}),
            ("image", {"image": "not a file"}),
            *(("image", {"image": multipart.File("a.png", content)}) for content in NO_PICTURES.values()),
            ("image", {"image": multipart.File("a.png", a_picture()[:60])}),
            ("image", {"image": [a_file()] * 17}),
            ("mask", {"image": a_file(), "mask": [a_file(), a_file()]}),
            ("markup", {"image": a_file(), "mask": a_file(), "markup": a_file()}),
            ("n", {"image": a_file(), "n": "two"}),
            ("nonsense", {"image": a_file(), "nonsense": a_file()}),
        ):
            with self.subTest(wrong):
                response = sent_form(**wrong)
                assert response.status_code == 400
                assert response.json()["error"]["param"] == param

    def test_what_is_no_form_is_refused(self):
        for content_type in ("application/json", "multipart/form-data", "multipart/form-data; boundary=x"):
            headers = {"content-type": content_type}
            assert send("POST", "/v1/images/edits", content=b"{}", headers=headers).status_code == 400


class MisbehavingTests(TestCase):
    def test_each_does_as_its_name_says(self):
        assert ask(model="sandbox-image-500").status_code == 500
        assert ask(model="sandbox-image-filter").json()["error"]["code"] == "content_filter"
        assert [ask(model="sandbox-image-429", prompt="once").status_code for _ in range(2)] == [429, 200]
        assert base64.b64decode(ask(model="sandbox-image-broken").json()["data"][0]["b64_json"]) == SVG
        assert "completed" not in ask(model="sandbox-image-cut", stream=True, partial_images=1).text

    def test_a_link_leads_to_the_picture_until_it_expires(self):
        answer = ask(model="sandbox-image-url", prompt="Ein Türmchen", size="1792x1024").json()["data"][0]
        assert answer["revised_prompt"].startswith("Ein Türmchen")
        assert opened(send("GET", answer["url"]).content).size == (1792, 1024)
        earlier = answer["url"].replace("?se=1", "?se=0")
        assert earlier != answer["url"]
        assert send("GET", earlier).status_code == 403

    def test_links_that_nobody_gave_lead_nowhere(self):
        for path in (
            "9999x9999-0-x.png?se=99999999999",
            "../../etc/passwd",
            "1x1.png",
            "64x64-0-%00.png?se=9999999999",
        ):
            assert send("GET", f"/v1/images/files/{path}").status_code == 404, path
        assert send("GET", "/v1/images/files/64x64-0-eA.png").status_code == 403

    def test_every_model_is_tried_here_or_draws(self):
        tried = {"sandbox-image-500", "sandbox-image-filter", "sandbox-image-429", "sandbox-image-url"}
        for model in IMAGES.keys() - tried:
            assert ask(model=model).status_code == 200


class DoorTests(SimpleTestCase):
    """Over HTTP, with the official client."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.door = cls.enterClassContext(a_door())
        options = {"api_key": "k", "max_retries": 0, "default_headers": {"x-sandbox-pace": "inf"}}
        azure = {"azure_endpoint": cls.door.removesuffix("/sandbox") + "/sandbox", "api_version": "2025-04-01-preview"}
        cls.clients = {
            "OpenAI": (openai.OpenAI(base_url=f"{cls.door}/v1", **options)),
            "Azure": openai.AzureOpenAI(**azure, **options),
            "Azure v1": openai.OpenAI(base_url=f"{cls.door}/openai/v1", **options),
        }
        cls.async_clients = {
            "OpenAI": lambda: openai.AsyncOpenAI(base_url=f"{cls.door}/v1", **options),
            "Azure": lambda: openai.AsyncAzureOpenAI(**azure, **options),
        }

    def test_generations(self):
        for name, client in self.clients.items():
            with self.subTest(name):
                answer = client.images.generate(model="sandbox-image", prompt="A", n=2, size="256x256")
                assert [opened(base64.b64decode(each.b64_json)).size for each in answer.data] == [(256, 256)] * 2

    def test_a_stream(self):
        for name, client in self.clients.items():
            with self.subTest(name):
                stream = client.images.generate(
                    model="sandbox-image", prompt="A", size="256x256", stream=True, partial_images=1
                )
                kinds = [event.type for event in stream]
                assert kinds == ["image_generation.partial_image", "image_generation.completed"]

    def test_edits_and_variations(self):
        files = [("a.png", a_picture(), "image/png"), ("b.png", a_picture(), "image/png")]
        for name, client in self.clients.items():
            with self.subTest(name):
                answer = client.images.edit(
                    model="sandbox-image", prompt="A", image=files, mask=files[0], n=1, size="256x256"
                )
                assert opened(base64.b64decode(answer.data[0].b64_json)).size == (256, 256)
        answer = self.clients["OpenAI"].images.create_variation(model="sandbox-image", image=files[0], size="256x256")
        assert answer.data[0].b64_json
        stream = self.clients["OpenAI"].images.edit(
            model="sandbox-image", prompt="A", image=files[0], size="256x256", stream=True
        )
        assert [event.type for event in stream] == ["image_edit.completed"]

    def test_async(self):
        async def draw(make):
            async with make() as client:
                answer = await client.images.generate(model="sandbox-image", prompt="A", size="256x256")
                edit = await client.images.edit(
                    model="sandbox-image", prompt="A", image=("a.png", a_picture(), "image/png"), size="256x256"
                )
                vectors = await client.embeddings.create(model="sandbox-embedding", input=["a", "b"])
                judged = await client.moderations.create(input="I will kill you")
                return answer.data[0].b64_json and edit.data[0].b64_json, len(vectors.data), judged.results[0].flagged

        for name, make in self.async_clients.items():
            with self.subTest(name):
                picture, count, flagged = asyncio.run(draw(make))
                assert picture
                assert (count, flagged) == (2, True)

    def test_embeddings_and_moderation(self):
        for name, client in self.clients.items():
            with self.subTest(name):
                answer = client.embeddings.create(model="sandbox-embedding", input=["one", "two"], dimensions=8)
                floats = client.embeddings.create(
                    model="sandbox-embedding", input=["one", "two"], dimensions=8, encoding_format="float"
                )
                assert [len(each.embedding) for each in answer.data] == [8, 8]
                assert answer.data[0].embedding == floats.data[0].embedding
                assert client.moderations.create(input=["Hello", "You idiot"]).results[1].categories.harassment

    def test_a_link_needs_no_key(self):
        answer = self.clients["OpenAI"].images.generate(model="sandbox-image-url", prompt="A", size="1024x1024")
        url = answer.data[0].url
        assert url.startswith(self.door)
        with httpx.Client(trust_env=False) as client:
            assert opened(client.get(url).content).size == (1024, 1024)

    def test_errors_are_those_of_the_api(self):
        client = self.clients["OpenAI"]
        with self.assertRaises(openai.BadRequestError) as caught:
            client.images.generate(model="sandbox-image", prompt="A", quality="hd")
        assert caught.exception.param == "quality"
        with self.assertRaises(openai.NotFoundError):
            client.images.generate(model="dall-e-3", prompt="A")
        with self.assertRaises(openai.InternalServerError):
            client.images.generate(model="sandbox-image-500", prompt="A")


class VectorTests(TestCase):
    def ask(self, **body):
        return send(
            "POST", "/v1/embeddings", json={"model": "sandbox-embedding", "input": "one", **body}, pace=math.inf
        )

    def test_any_number_of_dimensions(self):
        for dimensions in (1, 2, 10, 1536, 3072):
            (found,) = self.ask(dimensions=dimensions).json()["data"]
            assert len(found["embedding"]) == dimensions
            assert math.isclose(math.sumprod(found["embedding"], found["embedding"]), 1, rel_tol=1e-5)

    def test_wrong_values_are_refused_as_the_api_does(self):
        for param, wrong in (
            ("input", {"input": ""}),
            ("input", {"input": []}),
            ("input", {"input": ["a", ""]}),
            ("input", {"input": ["a", 1]}),
            ("input", {"input": 5}),
            ("input", {"input": ["a"] * 2049}),
            ("input", {"input": "word " * 9000}),
            ("input", {"input": ["word " * 8000] * 40}),
            ("dimensions", {"dimensions": 0}),
            ("dimensions", {"dimensions": 4, "model": "sandbox-embedding-ada"}),
            ("encoding_format", {"encoding_format": "Float"}),
            ("nonsense", {"nonsense": 1}),
        ):
            with self.subTest(param, wrong=str(wrong)[:40]):
                response = self.ask(**wrong)
                assert response.status_code == 400
                assert response.json()["error"]["param"] == param
        assert self.ask(model="sandbox").status_code == 404

    @api.documents_needed
    def test_answers_are_valid(self):
        for document in ("openai", "azure-v1", "azure-2024-10-21"):
            assert api.answer_errors(document, "embeddings", self.ask(input=["a", "b"]).json()) == []

    @api.documents_needed
    def test_moderation_is_valid(self):
        parts = [{"type": "text", "text": "x"}, {"type": "image_url", "image_url": {"url": "https://x.example/a.png"}}]
        for given in ("kill", ["a", "b"], parts):
            answer = send("POST", "/v1/moderations", json={"input": given}).json()
            assert api.answer_errors("openai", "moderations", answer) == []
        for wrong in (5, [], [5], [{"type": "video"}], [{"type": "text"}]):
            assert send("POST", "/v1/moderations", json={"input": wrong}).status_code == 400
