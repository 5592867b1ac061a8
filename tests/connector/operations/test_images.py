"""Asking for pictures through the real client, over a transport that keeps what it was sent."""

import base64
import json
from unittest import IsolatedAsyncioTestCase

from connector.client import endpoint, errors, multipart, transport
from connector.client.secret import Secret
from connector.operations import image_edits, image_generations, image_variations
from tests.connector.operations.test_calls import Kept
from tests.pictures import a_file, a_picture

PNG = a_picture(8, 8)
B64 = base64.b64encode(PNG).decode()


def event(kind, **fields):
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


PARTIAL = event("image_generation.partial_image", b64_json=B64, partial_image_index=0)
DONE = event("image_generation.completed", b64_json=B64, usage={"total_tokens": 9})


def a_client(kept, kind="openai", text="", **fields):
    return transport.Client(endpoint.parse(text, kind, **fields), Secret("sk-k"), transport=kept)


def a_request(**fields):
    return image_generations.Request(**{"model": "gpt-image-2", "prompt": "A lighthouse", **fields})


class CreateTests(IsolatedAsyncioTestCase):
    async def test_pictures_are_bytes(self):
        kept = Kept({"created": 1, "data": [{"b64_json": B64}, {"b64_json": f"data:image/png;base64,{B64}"}]})
        answer = await image_generations.create(a_client(kept), a_request(n=2))
        assert [image.content for image in answer.data] == [PNG, PNG]
        assert kept.body == {"model": "gpt-image-2", "prompt": "A lighthouse", "n": 2}
        assert str(kept.requests[0].url) == "https://api.openai.com/v1/images/generations"

    async def test_an_address_is_not_a_file(self):
        kept = Kept({"data": [{"url": "https://x.example/a.png", "revised_prompt": "A tall lighthouse"}]})
        (image,) = (await image_generations.create(a_client(kept), a_request())).data
        assert (image.content, image.url, image.revised_prompt) == (
            None,
            "https://x.example/a.png",
            "A tall lighthouse",
        )

    async def test_what_is_no_base64_is_an_error_of_ours(self):
        kept = Kept({"data": [{"b64_json": "not base64!"}]})
        answer = await image_generations.create(a_client(kept), a_request())
        with self.assertRaises(errors.BadAnswer):
            _ = answer.data[0].content

    async def test_answers_of_another_shape_are_errors_of_ours(self):
        for reply in (
            {},
            [],
            None,
            {"data": []},
            {"data": None},
            {"data": "x"},
            {"data": [1]},
            {"error": {"message": "no"}},
            b"",
            b"{",
            b"null",
            b"\x89PNG",
        ):
            with self.subTest(reply), self.assertRaises(errors.NotUnderstood):
                answer = await image_generations.create(a_client(Kept(reply)), a_request())
                assert answer.data[0].content  # an answer without anything in it is none either

    async def test_partial_pictures_are_asked_for_only_in_a_stream(self):
        kept = Kept({"data": [{"b64_json": B64}]})
        await image_generations.create(a_client(kept), a_request(partial_images=2))
        assert "partial_images" not in kept.body

    async def test_a_deployment_is_in_the_path(self):
        kept = Kept({"data": [{"b64_json": B64}]})
        client = a_client(kept, "azure_openai", "https://x.openai.azure.com", api_version="2025-04-01-preview")
        await image_generations.create(client, image_generations.fit(a_request(model="draw"), client.endpoint))
        assert kept.requests[0].url.path == "/openai/deployments/draw/images/generations"


class EditTests(IsolatedAsyncioTestCase):
    async def test_files_go_as_a_form(self):
        kept = Kept({"data": [{"b64_json": B64}]})
        request = image_edits.Request(
            model="gpt-image-2", prompt="Night", image=[a_file(), a_file("b.png")], mask=a_file("m.png"), n=1
        )
        await image_edits.create(a_client(kept), request)
        (sent,) = kept.requests
        parts = multipart.decode(sent.content, sent.headers["content-type"])
        assert sorted(part.name for part in parts) == ["image[]", "image[]", "mask", "model", "n", "prompt"]
        assert sent.url.path == "/v1/images/edits"

    async def test_a_stream_of_edits(self):
        kept = Kept(event("image_edit.completed", b64_json=B64), content_type="text/event-stream")
        request = image_edits.Request(model="gpt-image-2", prompt="Night", image=a_file())
        async with image_edits.stream(a_client(kept), request) as pictures:
            assert [found.content async for found in pictures] == [PNG]
        assert b'name="stream"\r\n\r\ntrue' in kept.requests[0].content

    async def test_a_variation(self):
        kept = Kept({"data": [{"b64_json": B64}]})
        client = a_client(kept, "openai_compatible", "https://x.example/v1")
        await image_variations.create(client, image_variations.Request(image=a_file(), n=1))
        assert kept.requests[0].url.path == "/v1/images/variations"


class StreamTests(IsolatedAsyncioTestCase):
    async def came(self, content, content_type="text/event-stream", **fields):
        self.kept = Kept(content, content_type=content_type)
        async with image_generations.stream(a_client(self.kept), a_request(**fields)) as pictures:
            return [found async for found in pictures]

    async def test_pictures_on_the_way_and_the_finished_one(self):
        partial, done = await self.came(PARTIAL + DONE, partial_images=1)
        assert (partial.is_partial, partial.partial_image_index, partial.content) == (True, 0, PNG)
        assert (done.is_completed, done.usage.total_tokens) == (True, 9)
        assert self.kept.body["stream"] is True

    async def test_several_pictures_end_with_the_last(self):
        assert len(await self.came(DONE + DONE + b"data: [DONE]\n\n", n=2)) == 2

    async def test_a_stream_that_ends_too_early_was_cut(self):
        for content, n in ((PARTIAL, 1), (DONE, 2), (PARTIAL + DONE[:-20], 1), (b"data: [DONE]\n\n", 1)):
            with self.subTest(content[:40]), self.assertRaises((errors.CutOff, errors.BadAnswer)):
                await self.came(content, n=n)

    async def test_an_error_midway(self):
        for error in (
            b'event: error\ndata: {"error": {"message": "blocked"}}\n\n',
            b'data: {"type": "error", "error": {"message": "blocked"}}\n\n',
            b'event: error\ndata: {"message": "blocked"}\n\n',
        ):
            with self.subTest(error), self.assertRaises(errors.FailedMidway) as caught:
                await self.came(PARTIAL + error)
            assert "blocked" in caught.exception.what

    async def test_a_server_that_does_not_stream_gives_all_at_once(self):
        whole = {"created": 1, "data": [{"b64_json": B64}, {"b64_json": B64}], "usage": {"total_tokens": 3}}
        found = await self.came(json.dumps(whole).encode(), "application/json", n=2)
        assert [each.is_completed for each in found] == [True, True]

    async def test_events_that_nobody_knows_are_passed_over(self):
        assert len(await self.came(event("image_generation.thinking", step=1) + DONE)) == 1

    async def test_a_large_picture_fits_into_an_event(self):
        large = event("image_generation.completed", b64_json="A" * 20_000_000)
        assert len((await self.came(large))[0].b64_json) == 20_000_000

    async def test_a_moving_picture_does_not_stream(self):
        with self.assertRaises(errors.InvalidParameter):
            await self.came(DONE, output_format="gif")
