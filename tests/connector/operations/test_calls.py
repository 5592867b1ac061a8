"""Asking through the real client, over a transport that keeps what it was sent."""

import asyncio
import json
from datetime import date
from unittest import IsolatedAsyncioTestCase

import httpx

from connector.client import endpoint, errors, transport
from connector.client.secret import Secret
from connector.operations import chat_completions, models

ANSWER = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1741569952,
    "model": "gpt-5",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello!"}, "finish_reason": "stop"}],
    "usage": {
        "prompt_tokens": 19,
        "completion_tokens": 10,
        "total_tokens": 29,
        "prompt_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 2},
        "completion_tokens_details": {"reasoning_tokens": 3},
    },
}
STREAM = (
    b'data: {"choices":[{"index":0,"delta":{"content":"Hel"}}]}\n\n'
    b'data: {"choices":[{"index":0,"delta":{"content":"lo"},"finish_reason":"stop"}]}\n\n'
    b'data: {"choices":[],"usage":{"total_tokens":3}}\n\ndata: [DONE]\n\n'
)


class Kept(httpx.AsyncBaseTransport):
    """Answers everything with one reply and keeps the requests."""

    def __init__(self, reply, status=200, content_type="application/json"):
        self.content = reply if isinstance(reply, bytes) else json.dumps(reply).encode()
        self.status, self.content_type, self.requests = status, content_type, []

    async def handle_async_request(self, request):
        self.requests.append(request)
        headers = {"content-type": self.content_type, "x-request-id": "req_7"}
        return httpx.Response(self.status, headers=headers, stream=Bytes(self.content))

    @property
    def body(self):
        return json.loads(self.requests[-1].content)


class Bytes(httpx.AsyncByteStream):
    def __init__(self, content):
        self.content = content

    async def __aiter__(self):
        yield self.content


def a_client(kept, kind="openai", text="", **fields):
    where = endpoint.parse(text, kind, **fields)
    return transport.Client(where, Secret("sk-k"), transport=kept)


def a_request(**fields):
    return chat_completions.Request(
        **{"model": "gpt-5", "messages": [chat_completions.Message(role="user", content="hi")], **fields}
    )


class CreateTests(IsolatedAsyncioTestCase):
    async def test_the_answer_is_whole(self):
        kept = Kept(ANSWER)
        answer = await chat_completions.create(a_client(kept), a_request())
        assert answer.choices[0].message.content == "Hello!"
        assert answer.usage.prompt_tokens_details.cached_tokens == 4
        assert answer.usage.completion_tokens_details.reasoning_tokens == 3
        assert str(kept.requests[0].url) == "https://api.openai.com/v1/chat/completions"

    async def test_only_what_was_set_is_sent(self):
        kept = Kept(ANSWER)
        await chat_completions.create(a_client(kept), a_request())
        assert kept.body == {"model": "gpt-5", "messages": [{"role": "user", "content": "hi"}]}

    async def test_a_fitted_request_is_sent_as_fitted(self):
        kept = Kept(ANSWER)
        client = a_client(kept)
        fitted = chat_completions.fit(a_request(max_tokens=5, temperature=0.5), client.endpoint)
        await chat_completions.create(client, fitted)
        assert kept.body == fitted.body
        assert kept.body["max_completion_tokens"] == 5
        assert "temperature" not in kept.body

    async def test_a_classic_azure_deployment_is_in_the_path_and_not_in_the_body(self):
        kept = Kept(ANSWER)
        client = a_client(kept, "azure_openai", "https://r.openai.azure.com", api_version="2024-10-21")
        await chat_completions.create(client, chat_completions.fit(a_request(model="prod"), client.endpoint))
        assert kept.requests[0].url.path == "/openai/deployments/prod/chat/completions"
        assert kept.body == {"messages": [{"role": "user", "content": "hi"}]}

    async def test_options_of_a_stream_are_not_sent_without_one(self):
        kept = Kept(ANSWER)
        await chat_completions.create(a_client(kept), a_request(stream_options={"include_usage": True}))
        assert "stream_options" not in kept.body

    async def test_extras_of_a_server_are_sent_beside_the_rest(self):
        kept = Kept(ANSWER)
        await chat_completions.create(a_client(kept), a_request(extra_body={"top_k": 40}))
        assert kept.body["top_k"] == 40

    async def test_an_answer_without_choices_is_not_understood(self):
        for reply in ({}, {"choices": []}, {"choices": None}, [], "x", {"choices": [None]}):
            with self.subTest(reply=reply), self.assertRaises(errors.BadAnswer):
                await chat_completions.create(a_client(Kept(reply)), a_request())

    async def test_an_error_with_status_200_is_told(self):
        for reply in (
            {"error": {"message": "no such model"}},
            {"detail": "no such model"},
            {"object": "error", "message": "no such model"},
            {"choices": [], "message": "no such model"},
        ):
            with self.subTest(reply=reply), self.assertRaisesRegex(errors.BadAnswer, "no such model"):
                await chat_completions.create(a_client(Kept(reply)), a_request())

    async def test_what_is_no_json_is_not_sent(self):
        for bad in (float("nan"), object(), "\ud800"):
            kept = Kept(ANSWER)
            with self.subTest(bad=bad), self.assertRaises(errors.InvalidParameter):
                await chat_completions.create(a_client(kept), a_request(user=bad))
            assert kept.requests == []

    async def test_nothing_to_say_is_refused(self):
        with self.assertRaises(errors.InvalidParameter):
            chat_completions.fit(a_request(messages=[]), "openai")


class StreamTests(IsolatedAsyncioTestCase):
    async def texts(self, kept, request=None, client=None):
        client = client or a_client(kept)
        async with chat_completions.stream(client, request or a_request()) as chunks:
            return chunks, [chunk async for chunk in chunks]

    async def test_pieces_usage_and_request_id(self):
        kept = Kept(STREAM, content_type="text/event-stream")
        chunks, pieces = await self.texts(kept)
        assert "".join(c.delta.content or "" for piece in pieces for c in piece.choices) == "Hello"
        assert pieces[-1].usage.total_tokens == 3
        assert (chunks.request_id, chunks.retries) == ("req_7", 0)

    async def test_a_stream_with_its_usage_is_asked_for(self):
        kept = Kept(STREAM)
        await self.texts(kept)
        assert kept.body["stream"] is True
        assert kept.body["stream_options"] == {"include_usage": True}

    async def test_own_stream_options_are_kept(self):
        kept = Kept(STREAM)
        await self.texts(kept, a_request(stream_options={"include_obfuscation": False}))
        assert kept.body["stream_options"] == {"include_usage": True, "include_obfuscation": False}

    async def test_a_server_that_refuses_stream_options_gets_none(self):
        kept = Kept(STREAM)
        request = a_request(stream_options={"include_obfuscation": False})
        fitted = chat_completions.fit(
            request, "openai_compatible", overrides={"refuses": {"stream_options": "unknown"}}
        )
        await self.texts(kept, fitted)
        assert "stream_options" not in kept.body
        assert [notice.param for notice in fitted.notices] == ["stream_options"]

    async def test_a_whole_answer_instead_of_a_stream(self):
        _, pieces = await self.texts(Kept(ANSWER))
        assert [piece.choices[0].delta.content for piece in pieces] == ["Hello!"]

    async def test_a_cut_stream_is_told_after_its_part(self):
        seen = []
        kept = Kept(STREAM.split(b"\n\n")[0] + b"\n\n", content_type="text/event-stream")
        with self.assertRaises(errors.CutOff):
            async with chat_completions.stream(a_client(kept), a_request()) as chunks:
                async for chunk in chunks:
                    seen.append(chunk.choices[0].delta.content)
        assert seen == ["Hel"]


class ModelTests(IsolatedAsyncioTestCase):
    async def test_the_listing_with_its_ends(self):
        reply = {
            "object": "list",
            "data": [
                {"id": "gpt-5", "object": "model", "created": 1, "owned_by": "openai", "shutdown_date": "2026-12-11"},
                {"id": "gpt-6-luna", "object": "model", "created": 2, "owned_by": "openai", "shutdown_date": None},
            ],
        }
        kept = Kept(reply)
        listed = await models.list(a_client(kept))
        assert [(model.id, model.shutdown_date) for model in listed] == [
            ("gpt-5", date(2026, 12, 11)),
            ("gpt-6-luna", None),
        ]
        assert (kept.requests[0].method, kept.requests[0].url.path) == ("GET", "/v1/models")

    async def test_listings_of_other_servers(self):
        for reply in (
            {
                "data": [
                    {"id": "a"},
                    {"id": "b", "created": "x", "owned_by": None, "shutdown_date": "soon"},
                    {"id": "a"},
                ]
            },
            [{"id": "a"}, {"id": "b"}],
            {"models": [{"name": "a"}, {"name": "b"}]},
            {"data": ["a", "b", None, 5, {"id": 7}, {}]},
        ):
            with self.subTest(reply=reply):
                assert [model.id for model in await models.list(a_client(Kept(reply)))] == ["a", "b"]

    async def test_what_is_no_listing_is_not_understood(self):
        for reply in ({}, {"data": None}, "x", 3, None):
            with self.subTest(reply=reply), self.assertRaises(errors.BadAnswer):
                await models.list(a_client(Kept(reply)))

    async def test_one_model(self):
        kept = Kept({"id": "ft:a/b", "created": 1, "owned_by": "me"})
        assert (await models.get(a_client(kept), "ft:a/b")).owned_by == "me"
        assert kept.requests[0].url.raw_path == b"/v1/models/ft%3Aa%2Fb"

    async def test_a_model_that_is_not_there(self):
        with self.assertRaises(errors.NotFound):
            await models.get(a_client(Kept({"error": {"message": "no"}}, status=404)), "x")


def test_a_written_answer_has_the_nulls_of_the_api_and_no_others():
    chunk = chat_completions.Chunk(
        id="1", choices=[chat_completions.ChunkChoice(delta=chat_completions.Delta(content=""))]
    )
    assert chat_completions.written(chunk) == {
        "id": "1",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": "",
        "choices": [
            {"index": 0, "delta": {"content": "", "refusal": None}, "logprobs": None, "finish_reason": None},
        ],
    }


def test_values_are_equal_when_their_content_is():
    assert a_request(n=2) == a_request(n=2)
    assert asyncio.iscoroutinefunction(chat_completions.create)
