"""Django's middleware without the detours: what only looks at headers does so where it is, on the event loop.

For each hook of a synchronous middleware Django sends a request that is served by ASGI to a thread and back. Nine of
them make some twenty such trips, which cost 2 ms of CPU a request and, when many threads wait for their turn, tens of
milliseconds each. Here a trip is made only for what really reads or writes: a changed session, a large form, the view.
The rules are Django's own; each class only says when they can be applied in place. Measured in
`docs/decisions/0007-middleware.md`.
"""

from collections.abc import Awaitable, Callable
from typing import Any, cast

from asgiref.sync import sync_to_async
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.messages.storage.base import BaseStorage
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.common import CommonMiddleware
from django.middleware.csp import ContentSecurityPolicyMiddleware
from django.middleware.csrf import CsrfViewMiddleware
from django.middleware.gzip import GZipMiddleware
from django.middleware.security import SecurityMiddleware
from django.utils.deprecation import MiddlewareMixin

SMALL = 20_000  # bytes that are parsed or compressed in less time than a trip to a thread takes

Next = Callable[[HttpRequest], Awaitable[HttpResponseBase]]


class InPlace(MiddlewareMixin):
    """Mixed in before one of Django's: calls its hooks directly, unless `needs_a_thread` says otherwise."""

    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        before = getattr(self, "process_request", None)
        answer: HttpResponseBase | None = before(request) if before else None
        if answer is None:
            answer = await cast(Next, self.get_response)(request)
        after = getattr(self, "process_response", None)
        if after is None:
            return answer
        if self.needs_a_thread(request, answer):
            return cast(HttpResponseBase, await sync_to_async(after)(request, answer))
        return cast(HttpResponseBase, after(request, answer))

    def needs_a_thread(self, request: HttpRequest, answer: HttpResponseBase) -> bool:
        return False


class Security(InPlace, SecurityMiddleware):
    pass


class ContentSecurityPolicy(InPlace, ContentSecurityPolicyMiddleware):
    pass


class Common(InPlace, CommonMiddleware):
    pass


class Authentication(InPlace, AuthenticationMiddleware):
    """Puts a lazy user on the request; who looks at it is in a thread, or awaits `request.auser()`."""


class XFrameOptions(InPlace, XFrameOptionsMiddleware):
    pass


class Sessions(InPlace, SessionMiddleware):
    def needs_a_thread(self, request: HttpRequest, answer: HttpResponseBase) -> bool:
        return bool(request.session.modified)  # it is saved


class Messages(InPlace, MessageMiddleware):
    def needs_a_thread(self, request: HttpRequest, answer: HttpResponseBase) -> bool:
        storage: BaseStorage | None = getattr(request, "_messages", None)
        return storage is not None and (storage.used or storage.added_new)


class Csrf(InPlace, CsrfViewMiddleware):
    async def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponseBase | None:  # type: ignore[override]  # Django takes either kind
        check = super().process_view
        length = request.META.get("CONTENT_LENGTH") or "0"
        in_body = request.method == "POST" and not (length.isdigit() and int(length) < SMALL)
        if in_body:
            return await sync_to_async(check)(request, view, args, kwargs)
        return check(request, view, args, kwargs)


class PageCompression(InPlace, GZipMiddleware):
    """Compresses whole pages, and nothing else. Why not more: `docs/decisions/0004-compression.md`."""

    # Pages with a secret in them (a new password's form, a one-time link, provider keys being typed) stay as they
    # are: the length of a compressed page can tell about its content (BREACH).
    PLAIN = ("/login/", "/welcome/", "/account/", "/admin/")

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """As Django's, which adds up to 100 random bytes to each page; never for streams, errors or files."""
        return super().process_response(request, response) if self.is_taken(request, response) else response

    def needs_a_thread(self, request: HttpRequest, answer: HttpResponseBase) -> bool:
        return self.is_taken(request, answer) and len(cast(Any, answer).content) > SMALL

    def is_taken(self, request: HttpRequest, response: HttpResponseBase) -> bool:
        page = not response.streaming and response.headers.get("Content-Type", "").startswith("text/html")
        return page and response.status_code == 200 and not request.path.startswith(self.PLAIN)
