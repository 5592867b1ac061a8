"""A short answer in plain text from before Django: what is wrong in a sentence, and the connection is closed."""

from collections.abc import Awaitable, Callable

from config.serving.asgi_types import Send


async def refuse(send: Send, status: int, sentence: str, drain: Callable[[], Awaitable[None]] | None = None) -> None:
    """Sends the answer. `drain` reads away what is still being sent: a browser whose connection is cut while it
    sends shows "connection reset" instead of the sentence.
    """
    body = f"{sentence}\n".encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": drain is not None})
    if drain is not None:
        await drain()
        await send({"type": "http.response.body", "body": b"", "more_body": False})
