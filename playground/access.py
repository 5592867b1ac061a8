"""Who may see a page. Our own form of `login_required`, because a script that follows a redirect would swap the
sign-in page into the middle of a conversation."""

import functools
from collections.abc import Callable
from typing import Any, Concatenate, TypeGuard
from urllib.parse import urlsplit

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from playground.accounts import errors


class UserRequest(HttpRequest):
    """A request of somebody who is signed in."""

    user: User
    htmx: HtmxDetails


def is_signed_in(user: AbstractBaseUser | AnonymousUser) -> TypeGuard[User]:
    return user.is_authenticated and user.is_active


def signed_in[**P](
    view: Callable[Concatenate[UserRequest, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Send strangers to the sign-in page and back; a script of ours moves the whole window there."""

    @functools.wraps(view)
    def checked(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if is_signed_in(request.user):
            return view(as_user(request), *args, **kwargs)
        if request.headers.get("HX-Request"):
            return HttpResponseClientRedirect(redirect_to_login(current_path(request) or _home()).url)
        if errors.typed(request):
            return errors.signed_out(request)  # a redirect would lose the words
        return redirect_to_login(request.get_full_path() if request.method == "GET" else _home())

    return checked


def _home() -> str:
    """Where somebody goes on who cannot come back to what they sent: the first page, wherever it is mounted."""
    return reverse("playground:home")


def as_user(request: Any) -> UserRequest:  # Any: the check that makes it one is the caller's
    """The same request, for the type checker."""
    return request  # type: ignore[no-any-return]


def current_path(request: HttpRequest) -> str:
    """Where the page is that a script of ours asks from, as it says; empty when that is no address."""
    try:
        return urlsplit(request.headers.get("HX-Current-URL", "")).path
    except ValueError:
        return ""


def wants_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of the page; when it walks through the history it wants all of it."""
    return request.headers.get("HX-Request-Type") == "partial"
