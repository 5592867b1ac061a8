"""What went wrong, and what to do: as a page, or as a fragment when htmx asks.

These are the handlers of the URLconf (`handler404` …) and the CSRF failure view. Nothing of the request is shown but,
where a form could not be taken, the words somebody typed into it: they must not be lost.
"""

import logging
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string

logger = logging.getLogger(__name__)

TYPED = (
    "text",
    "system_prompt",
    "title",
    "prompt",
    "input",
    "instructions",
    "path",
    "data",
)  # words, never a key or a password
MOST = 70_000  # characters of one of them


@dataclass(frozen=True)
class Said:
    """One sentence of what happened, one of what to do."""

    what: str
    todo: str


SAID = {
    400: Said("This request was not understood.", "Go back, reload the page, and try again."),
    403: Said("You may not do this.", "If you should be able to, ask an administrator."),
    404: Said(
        "There is nothing at this address.", "It may have been deleted, or it is not yours. Go on from the chats."
    ),
    413: Said("This is too large.", "Send less at once, or a smaller file."),
    429: Said("That was too much in a short time.", "Wait a moment, then try again."),
    500: Said(
        "Something went wrong on our side.", "It was written down. Try again; if it stays, tell an administrator."
    ),
    503: Said("The service is not available at the moment.", "Try again in a minute; nothing is lost."),
}
CSRF = Said(
    "This form was too old, or your browser keeps no cookies for this site.",
    "Go back, reload the page, and send it again. If that does not help, allow cookies for this site.",
)
CSRF_KEPT = Said(CSRF.what, "Send it again from here. If that does not help, allow cookies for this site.")
SIGNED_OUT = Said("You are signed out.", "Sign in in a new tab, then send this again from here.")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return response(request, 413 if type(exception).__name__ == "RequestDataTooBig" else 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return response(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return response(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    return response(request, 500)


def unavailable(request: HttpRequest) -> HttpResponse:
    return response(request, 503)


def too_many(request: HttpRequest, seconds: int) -> HttpResponse:
    """A limit of ours was reached; in `seconds` it is free again."""
    said = Said(SAID[429].what, f"Try again in {seconds} s.")
    answer = response(request, 429, said)
    answer["Retry-After"] = str(seconds)
    return answer


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """`reason` is for developers: it goes to the log."""
    logger.warning("A form for %s was not taken: %s", request.path[:200], reason[:300])
    words = typed(request)
    return response(request, 403, CSRF_KEPT if words else CSRF, words)


def signed_out(request: HttpRequest) -> HttpResponse:
    """Somebody sent a form after their session had ended."""
    return response(request, 401, SIGNED_OUT, typed(request))


def response(
    request: HttpRequest, status: int, said: Said | None = None, words: dict[str, str] | None = None
) -> HttpResponse:
    """The error as the request wants it. Touches no database and no session: they may be what is broken."""
    context: dict[str, Any] = {"request": request, "status": status, "said": said or SAID[status], "typed": words or {}}
    if request.headers.get("HX-Request") and request.headers.get("HX-Request-Type") != "full":
        return HttpResponse(render_to_string("errors/error.html#note", context), status=status)
    if words:
        context["csrf_token"] = get_token(request)
    return HttpResponse(render_to_string("errors/error.html", context), status=status)


def typed(request: HttpRequest) -> dict[str, str]:
    """What was typed into the form; nothing from another site's form, which could put its words into our page."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return {}
    found = {name: request.POST.get(name, "")[:MOST] for name in TYPED}
    return {name: text for name, text in found.items() if text.strip()}
