"""The door over HTTP, at /sandbox/v1/… and in Azure's spellings at /sandbox/openai/….

Any key opens it, because it guards nothing; but one has to be there, so that a client without one learns what the
real API would say. It needs no session and is exempt from CSRF: it changes nothing.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, contextmanager

from django.core.exceptions import RequestAborted, RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.csrf import csrf_exempt

from connector.sandbox import replies
from connector.sandbox.replies import problems

MOST = 200  # answers at once; some of them never end, and anybody may ask


class Places:
    """Counts the answers that are open."""

    taken = 0

    @contextmanager
    def take(self) -> Iterator[None]:
        self.taken += 1
        try:
            yield
        finally:
            self.taken -= 1


places = Places()


@csrf_exempt
async def door(request: HttpRequest, path: str) -> HttpResponseBase:
    """Hands the request to the replies, and the reply on as it comes."""
    try:
        body = request.body
    except RequestDataTooBig:
        return _whole(problems.too_large().reply())
    asked = replies.Asked(
        method=request.method or "",
        path=f"/{path}",
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
        query=request.GET.dict(),
        root=request.build_absolute_uri(request.path.removesuffix(f"/{path}")),
    )
    if not _has_key(asked) and not replies.is_open(asked):
        return _whole(problems.no_key(asked).reply())
    if places.taken >= MOST:
        return _whole(problems.slow_down().reply())
    try:
        with places.take():
            found = await replies.reply(asked)
    except (replies.Unreachable, replies.Dropped):
        return _broken()
    if isinstance(found.body, bytes):
        return _whole(found)
    return StreamingHttpResponse(_pieces(found.body), status=found.status, headers=found.headers)


def _has_key(asked: replies.Asked) -> bool:
    scheme, _, key = asked.headers.get("authorization", "").partition(" ")
    return bool(asked.headers.get("api-key") or (scheme.lower() == "bearer" and key.strip()))


def _whole(found: replies.Reply) -> HttpResponse:
    return HttpResponse(found.body, status=found.status, headers=found.headers)


def _broken() -> StreamingHttpResponse:
    """As near as a web server can come to a connection that broke: a status it has to send, and then nothing."""

    async def nothing() -> AsyncIterator[bytes]:
        raise RequestAborted
        yield b""

    return StreamingHttpResponse(nothing(), status=502, headers={"content-type": "application/json"})


async def _pieces(body: AsyncGenerator[bytes]) -> AsyncIterator[bytes]:
    """The answer as it comes. Where the connection is to break it is cut without the end that HTTP asks for."""
    with places.take():
        async with aclosing(body):
            try:
                async for piece in body:
                    yield piece
            except replies.Dropped as error:
                raise RequestAborted from error  # Django leaves it at that, and the server closes the connection
