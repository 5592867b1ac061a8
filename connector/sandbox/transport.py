"""The door inside the process: an httpx transport whose answers truly stream.

`httpx.ASGITransport` collects an answer before it hands it over, so a token would not be seen before the last one.
Time limits are kept as a network's would be: httpx leaves them to its transports.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

import httpx

from connector.sandbox import replies
from connector.sandbox.replies.pace import Pace


class SandboxTransport(httpx.AsyncBaseTransport):
    """`pace`: tokens per second of every model, `math.inf` for no waiting; None: each model has its own."""

    def __init__(self, pace: float | None = None) -> None:
        self.pace = None if pace is None else Pace(pace)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        asked = replies.Asked(
            method=request.method,
            path=request.url.path,
            headers={name.lower(): value for name, value in request.headers.items()},
            body=await request.aread(),
            query=dict(request.url.params),
            pace=self.pace,
        )
        patience = request.extensions.get("timeout", {}).get("read")
        try:
            async with asyncio.timeout(patience):
                found = await replies.reply(asked)
        except TimeoutError as error:
            raise httpx.ReadTimeout("The read operation timed out", request=request) from error
        except replies.Unreachable as error:
            raise httpx.ConnectError(str(error.cause), request=request) from error.cause
        except replies.Dropped as error:
            raise httpx.ReadError(str(error), request=request) from error
        if isinstance(found.body, bytes):
            return httpx.Response(found.status, headers=found.headers, content=found.body, request=request)
        stream = _Body(found.body, request, patience)
        return httpx.Response(found.status, headers=found.headers, stream=stream, request=request)


class _Body(httpx.AsyncByteStream):
    """Hands on each piece as it comes; closing it stops the answer."""

    def __init__(self, pieces: AsyncGenerator[bytes], request: httpx.Request, patience: float | None) -> None:
        self.pieces = pieces
        self.request = request
        self.patience = patience

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            try:
                async with asyncio.timeout(self.patience):
                    piece = await anext(self.pieces)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                raise httpx.ReadTimeout("The read operation timed out", request=self.request) from error
            except replies.Dropped as error:
                message = "peer closed connection without sending complete message body (incomplete chunked read)"
                raise httpx.RemoteProtocolError(message, request=self.request) from error
            yield piece

    async def aclose(self) -> None:
        await self.pieces.aclose()
