"""One's own account: a new password, which ends every other session, and the theme."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from playground import theme
from playground.access import UserRequest, signed_in
from playground.accounts.forms import NewPasswordForm
from playground.accounts.guesses import Guess


@never_cache
@sensitive_post_parameters("old_password", "new_password1", "new_password2")
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def account(request: UserRequest) -> HttpResponse:
    if request.method != "POST":
        return _page(request, NewPasswordForm(request.user))
    guess = Guess.of(request, request.user.get_username())
    if seconds := guess.begin():
        return _page(request, NewPasswordForm(request.user), wait=seconds)
    form = NewPasswordForm(request.user, request.POST)
    is_valid = form.is_valid()
    if "old_password" not in form.errors:
        guess.was_right()
    if not is_valid:
        return _page(request, form)
    update_session_auth_hash(request, form.save())
    messages.success(request, "Your password is changed. Everywhere else you are signed out.")
    return redirect("accounts:account")


def _page(request: UserRequest, form: NewPasswordForm, wait: int = 0) -> HttpResponse:
    themes = [(theme.SYSTEM, "As the device says"), ("light", "Light"), ("dark", "Dark")]
    context = {"form": form, "wait": wait, "themes": themes, "chosen": theme.chosen(request)}
    status = 429 if wait else 422 if form.is_bound else 200
    response = render(request, "accounts/account.html", context, status=status)
    if wait:
        response["Retry-After"] = str(wait)
    return response
