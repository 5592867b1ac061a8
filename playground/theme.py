"""Light, dark, or as the device says. Kept in a cookie, so that a page has its colours at once, without JavaScript."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

SYSTEM = "system"
NEXT = {SYSTEM: "light", "light": "dark", "dark": SYSTEM}  # what the button in the rail changes to
COOKIE = "theme"
A_YEAR = 365 * 24 * 60 * 60


def chosen(request: HttpRequest) -> str:
    theme = request.COOKIES.get(COOKIE, SYSTEM)
    return theme if theme in NEXT else SYSTEM


@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """Keep `theme` and go back to the page the button was on; scripts of ours ask without wanting a page back."""
    theme = request.POST.get("theme", SYSTEM)
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = reverse("playground:chat")
    response: HttpResponse = (
        HttpResponse(status=204) if request.headers.get("HX-Request") else HttpResponseRedirect(back)
    )
    if theme in NEXT:
        response.set_cookie(
            COOKIE, theme, max_age=A_YEAR, samesite="Lax", httponly=True, secure=settings.SESSION_COOKIE_SECURE
        )
    return response
