"""Compresses whole pages, and nothing else. Why not more: `docs/decisions/0004-compression.md`."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

# Pages with a secret in them (a new password's form, a one-time link, provider keys being typed) stay as they are:
# the length of a compressed page can tell about its content (BREACH).
PLAIN = ("/login/", "/welcome/", "/account/", "/admin/")


class PageCompression(GZipMiddleware):
    """Django's, which adds up to 100 random bytes to each page; never for streams, fragments of errors or files."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        page = not response.streaming and response.headers.get("Content-Type", "").startswith("text/html")
        if page and response.status_code == 200 and not request.path.startswith(PLAIN):
            return super().process_response(request, response)
        return response
