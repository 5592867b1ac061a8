"""The sign-in page, and signing out."""

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from playground.access import is_signed_in
from playground.accounts.forms import SignInForm
from playground.accounts.guesses import Guess


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """An unknown name, an inactive account and a wrong password get the same answer after the same time: Django hashes
    a password in each case."""
    if request.method != "POST":
        return redirect(_next(request)) if is_signed_in(request.user) else _page(request, SignInForm(request))
    guess = Guess.of(request, request.POST.get("username", ""))
    if seconds := guess.begin():
        return _page(request, SignInForm(request), wait=seconds)
    form = SignInForm(request, data=request.POST)
    if not form.is_valid():
        return _page(request, form, wait=guess.was_wrong())
    guess.was_right()
    login(request, form.get_user())
    return redirect(_next(request))


@never_cache
def sign_in_to_admin(request: HttpRequest) -> HttpResponse:
    """In place of the admin's own page, which counts no guesses."""
    if not is_signed_in(request.user):
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))
    if not request.user.is_staff:
        raise PermissionDenied  # signing in again would not help
    return redirect("admin:index")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect(settings.LOGIN_URL)


def _page(request: HttpRequest, form: SignInForm, wait: int = 0) -> HttpResponse:
    context = {"form": form, "next": request.POST.get("next", request.GET.get("next", "")), "wait": wait}
    status = 429 if wait else 422 if form.is_bound else 200
    response = render(request, "accounts/login.html", context, status=status)
    if wait:
        response["Retry-After"] = str(wait)
    return response


def _next(request: HttpRequest) -> str:
    """Where to go after signing in: only within this site. What has no slash would be taken for a view's name."""
    address = request.POST.get("next", request.GET.get("next", ""))
    safe = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if safe and "/" in address else settings.LOGIN_REDIRECT_URL
