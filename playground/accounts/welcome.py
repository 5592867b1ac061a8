"""The one-time link with which the first administrator is made.

There is no default account and no public sign-up: whoever can read the server's output opens the link. It works once,
for a day, and only while there is no administrator.
"""

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core import signing
from django.db import transaction
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from playground.accounts.forms import FirstAdministratorForm

A_DAY = 24 * 60 * 60  # seconds
SALT = "playground.accounts.welcome"


def link_path() -> str:
    """The path of a fresh link; "" when there is an administrator already."""
    if _is_there():
        return ""
    return reverse("accounts:welcome", args=[signing.dumps(_newest(), salt=SALT)])


@never_cache
@sensitive_post_parameters("password1", "password2")
@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request: HttpRequest, token: str) -> HttpResponse:
    if _is_there():
        raise Http404
    if not _is_good(token):
        return render(request, "accounts/welcome.html", {"is_old": True}, status=410)
    form = FirstAdministratorForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "accounts/welcome.html", {"form": form}, status=422 if form.is_bound else 200)
    login(request, _made(form), backend="django.contrib.auth.backends.ModelBackend")
    return redirect(settings.LOGIN_REDIRECT_URL)


def _made(form: FirstAdministratorForm) -> User:
    """The administrator; of two who come at once, the second gets a 404."""
    with transaction.atomic():
        # one row that is always there, to wait for each other at; SQLite lets only one write anyway
        list(ContentType.objects.select_for_update().filter(app_label="auth", model="user"))
        if _is_there():
            raise Http404
        return form.save()


def _is_there() -> bool:
    return User.objects.filter(is_superuser=True).exists()


def _is_good(token: str) -> bool:
    try:
        newest: object = signing.loads(token, salt=SALT, max_age=A_DAY)
    except signing.BadSignature:
        return False
    return newest == _newest()


def _newest() -> int:
    """The newest user: a link is for the users there were when it was made, and dies with the first it makes."""
    return User.objects.aggregate(newest=Max("pk"))["newest"] or 0
