"""Servers that do not stream, or do not know `stream_options`, answer all the same."""

import json
from unittest import IsolatedAsyncioTestCase

import httpx

from connector.catalogue import Fitted
from connector.client import endpoint, errors
from connector.client.limits import Limits
from connector.client.transport import Client
from connector.models import Run
from connector.models.recording import Recorder
from connector.runs import chat, jobs
from connector.runs.live import Growing, LiveRun

WHOLE = {
    "id": "c1",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
}
STREAM = (
    b'data: {"choices": [{"index": 0, "delta": {"content": "Hello"}, "finish_reason": "stop"}]}\n\ndata: [DONE]\n\n'
)


class Picky(httpx.AsyncBaseTransport):
    """A server that refuses the parameters `refused`, in the words of `message`."""

    def __init__(self, refused, message="Unknown parameter", param=True):
        self.refused, self.message, self.param = refused, message, param
        self.bodies = []

    async def handle_async_request(self, request):
        body = json.loads(await request.aread())
        self.bodies.append(body)
        for name in self.refused:
            if body.get(name):
                error = {
                    "message": self.message,
                    "type": "invalid_request_error",
                    "param": name if self.param else None,
                }
                return httpx.Response(400, json={"error": error})
        if body.get("stream"):
            return httpx.Response(200, content=STREAM, headers={"content-type": "text/event-stream"})
        return httpx.Response(200, json=WHOLE)


class FallbackTests(IsolatedAsyncioTestCase):
    async def answered(self, server):
        client = Client(endpoint.parse("", endpoint.Kind.SANDBOX), transport=server)
        body = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
        job = jobs.Job(client, Fitted(body=body, model="m"), Limits(), Recorder(), [Growing(1)])
        writer = chat.Writer(LiveRun(1, "chat"), job)
        await writer.write()
        return job.answers[0].text.content, writer

    async def test_without_streaming(self):
        server = Picky(["stream"])
        text, writer = await self.answered(server)
        self.assertEqual((text, writer.state()), ("Hello", Run.State.DONE))
        self.assertEqual(writer.usage(), {"usage": WHOLE["usage"], "usage_estimated": False})
        self.assertEqual([body.get("stream") for body in server.bodies], [True, None])

    async def test_without_stream_options(self):
        for server in (
            Picky(["stream_options"]),
            Picky(["stream_options"], "stream_options: extra field", param=False),
        ):
            text, writer = await self.answered(server)
            self.assertEqual((text, writer.state()), ("Hello", Run.State.DONE))
            self.assertTrue(writer.usage()["usage_estimated"])
            self.assertEqual(["stream_options" in body for body in server.bodies], [True, False])

    async def test_another_refusal_is_not_asked_twice(self):
        server = Picky(["messages"], "Too many messages")
        with self.assertRaises(errors.BadRequest):
            await self.answered(server)
        self.assertEqual(len(server.bodies), 1)
