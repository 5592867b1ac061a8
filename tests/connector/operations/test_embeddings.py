"""Vectors: however they travel, they are lists of floats."""

import base64
import json
import struct
import unittest
from unittest import IsolatedAsyncioTestCase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector import catalogue
from connector.client import endpoint, errors, transport, wire
from connector.client.secret import Secret
from connector.operations import embeddings, moderations
from tests import api
from tests.connector.operations.test_calls import Kept

EVERYTHING = embeddings.Request(
    model="text-embedding-3-small", input=["one", "two"], dimensions=2, encoding_format="float", user="hash"
)
APIS = {
    "openai": "openai",
    "azure_openai": "azure-v1",
    "azure_openai/preview": "azure-2025-04-01-preview",
    "azure_openai/stable": "azure-2024-10-21",
}
numbers = st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1, max_size=50)


def an_answer(*vectors, **fields):
    data = [{"object": "embedding", "index": index, "embedding": vector} for index, vector in enumerate(vectors)]
    return {"object": "list", "data": data, "model": "m", "usage": {"prompt_tokens": 2, "total_tokens": 2}} | fields


def a_client(kept):
    return transport.Client(endpoint.parse("", "openai"), Secret("sk-k"), transport=kept)


class CreateTests(IsolatedAsyncioTestCase):
    async def vectors(self, answer, given=("one", "two"), **fields):
        self.kept = Kept(answer)
        request = embeddings.Request(model="m", input=list(given), **fields)
        found = await embeddings.create(a_client(self.kept), request)
        return [each.embedding for each in found.data]

    async def test_floats_and_base64_are_the_same(self):
        written = base64.b64encode(struct.pack("<2f", 0.25, -1.5)).decode()
        assert await self.vectors(an_answer([0.25, -1.5], written)) == [[0.25, -1.5], [0.25, -1.5]]

    async def test_they_come_in_the_order_of_the_texts(self):
        answer = an_answer([1.0], [2.0])
        answer["data"].reverse()
        assert await self.vectors(answer) == [[1.0], [2.0]]

    async def test_a_server_that_does_not_count_keeps_its_order(self):
        answer = an_answer([2.0], [1.0])
        for each in answer["data"]:
            each["index"] = 0
        assert await self.vectors(answer) == [[2.0], [1.0]]

    async def test_whole_numbers_are_numbers(self):
        assert await self.vectors(an_answer([1, 0], [0, 1])) == [[1.0, 0.0], [0.0, 1.0]]

    async def test_only_what_was_set_is_sent(self):
        await self.vectors(an_answer([1.0], [2.0]))
        assert self.kept.body == {"model": "m", "input": ["one", "two"]}

    async def test_tokens_have_one_vector_or_several(self):
        assert len(await self.vectors(an_answer([1.0]), given=(1, 2, 3))) == 1
        assert len(await self.vectors(an_answer([1.0], [2.0]), given=([1, 2], [3]))) == 2

    async def test_answers_of_another_shape_are_errors_of_ours(self):
        for answer in (
            {},
            {"data": []},
            an_answer([1.0]),
            an_answer([1.0], []),
            an_answer([1.0], None),
            an_answer([1.0], ["x"]),
            an_answer([1.0], [None]),
            an_answer([1.0], "not base64!"),
            an_answer([1.0], base64.b64encode(b"abc").decode()),
            an_answer([1.0], base64.b64encode(struct.pack("<f", float("nan"))).decode()),
            {"error": {"message": "no"}},
            b"{",
        ):
            with self.subTest(answer), self.assertRaises(errors.BadAnswer):
                await self.vectors(answer)


class PackingTests(unittest.TestCase):
    @given(numbers)
    def test_what_was_packed_is_unpacked(self, vector):
        assert embeddings.unpacked(embeddings.packed(vector)) == vector

    def test_it_is_little_endian(self):
        assert embeddings.packed([1.0]) == base64.b64encode(b"\x00\x00\x80?").decode()


class FitTests(unittest.TestCase):
    def test_ada_cannot_shorten_its_vectors(self):
        request = embeddings.Request(model="text-embedding-ada-002", input="x", dimensions=10)
        with self.assertRaises(errors.InvalidParameter) as caught:
            embeddings.fit(request, "openai")
        assert caught.exception.facts["param"] == "dimensions"

    def test_the_seeds_spelling_and_value(self):
        request = embeddings.Request(model="text-embedding-3-large", input="x", dimensions=10, encoding_format="Float")
        assert embeddings.fit(request, "openai").body == {
            "model": "text-embedding-3-large",
            "input": "x",
            "dimensions": 10,
            "encoding_format": "float",
        }

    def test_what_cannot_be_embedded_is_refused(self):
        for wrong in ("", [], [""], ["a", 1], [1, "a"], [[]], [[1], "a"], [-1], [True], [1.5], {"a": 1}, 5, ["\ud800"]):
            with self.subTest(ascii(wrong)), self.assertRaises(errors.InvalidParameter) as caught:
                embeddings.fit(embeddings.Request(model="text-embedding-3-small", input=wrong), "openai")
            assert caught.exception.facts["param"].startswith("input")


@api.documents_needed
class ConformanceTests(unittest.TestCase):
    def test_every_family_at_every_api_gets_a_valid_request(self):
        for name, document in APIS.items():
            for family in catalogue.models("embeddings"):
                body = EVERYTHING.body() | {"model": family.name}
                if family.forbids:
                    del body["dimensions"]
                fitted = catalogue.fit(body, operation="embeddings", model=family.name, api=name)
                with self.subTest(family.name, api=name):
                    assert fitted.notices == []
                    assert api.request_errors(document, "embeddings", fitted.body) == []

    def test_every_parameter_of_the_client_is_a_field(self):
        text = (api.FOLDER / "params.md").read_text("utf-8")
        for operation, names in {
            "embeddings.create": set(EVERYTHING.body()),
            "moderations.create": {"input", "model"},
        }.items():
            table = text.split(f"### {operation}")[1].split("###")[0]
            assert {line.split("`")[1] for line in table.splitlines() if line.startswith("| `")} == names

    def test_moderation_is_valid(self):
        parts = [{"type": "text", "text": "x"}, {"type": "image_url", "image_url": {"url": "https://x.example/a.png"}}]
        for said in ("x", ["x", "y"], parts):
            request = moderations.Request(input=said, model="omni-moderation-2024-09-26")
            fitted = moderations.fit(request, "openai")
            assert api.request_errors("openai", "moderations", fitted.body) == []
            assert moderations.fit(request, "azure_openai/preview").body["model"] == "omni-moderation-2024-09-26"

    def test_bodies_are_those_of_the_official_client(self):
        """It asks for base64 unless told otherwise; we leave the choice to whoever calls."""
        (official,) = api.wire_lines("OpenAI", "embeddings")
        request = embeddings.Request(model="text-embedding-3-small", input="x", encoding_format="base64")
        assert embeddings.fit(request, "openai").body == official
        (official,) = api.wire_lines("OpenAI", "moderation")
        assert moderations.fit(moderations.Request(input="x"), "openai").body == official


@api.documents_needed
@pytest.mark.parametrize("example", api.examples("POST /moderations"), ids=lambda example: example["title"])
def test_an_official_example_of_moderation_is_read(example):
    assert moderations.Request(**example["request_json"]).body() == example["request_json"]
    answer = json.loads(example["response"])
    read = wire.decode(example["response"], moderations.Response)
    for wanted, got in zip(answer["results"], read.results, strict=True):
        assert (wanted["flagged"], wanted["categories"]) == (got.flagged, got.categories)
        assert wanted["category_scores"] == got.category_scores


@api.documents_needed
def test_the_official_example_of_embeddings_is_read():
    (example,) = api.examples("POST /embeddings")
    assert embeddings.Request(**example["request_json"]).body() == example["request_json"]
    # the document leaves numbers out with dots and a comma too many
    response = example["response"].replace(".... (1536 floats total for ada-002)", "")
    answer = embeddings.read(response.replace("-0.0028842222,", "-0.0028842222").encode())
    assert answer.data[0].embedding == [0.0023064255, -0.009327292, -0.0028842222]
    assert answer.usage.total_tokens == 8


class ModerationTests(IsolatedAsyncioTestCase):
    async def test_wrong_input_is_refused_and_odd_answers_are_errors_of_ours(self):
        for wrong in ("", [], [1], [{"type": "video"}], [{"type": "text"}], {"a": 1}):
            with self.subTest(wrong), self.assertRaises(errors.InvalidParameter):
                moderations.fit(moderations.Request(input=wrong), "openai")
        for answer in ({}, {"results": []}, {"results": None}, {"error": "no"}, b"null"):
            with self.subTest(answer), self.assertRaises(errors.BadAnswer):
                await moderations.create(a_client(Kept(answer)), moderations.Request(input="x"))

    async def test_on_azure_it_belongs_to_no_deployment(self):
        kept = Kept({"id": "modr-1", "model": "m", "results": [{"flagged": True, "categories": {"hate": True}}]})
        where = endpoint.parse(
            "https://x.openai.azure.com", "azure_openai", deployment="d", api_version="2025-04-01-preview"
        )
        client = transport.Client(where, Secret("k"), transport=kept)
        answer = await moderations.create(client, moderations.Request(input="x"))
        assert answer.results[0].found == ["hate"]
        assert kept.requests[0].url.path == "/openai/moderations"
