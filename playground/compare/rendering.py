"""The page of comparisons and its parts, as responses."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from connector.client import errors
from connector.models import Comparison
from playground import unsent
from playground.access import UserRequest, wants_fragment
from playground.compare import frames, listing, setup, showing
from playground.compare.setup import Setup

TEMPLATE = frames.TEMPLATE


def page(
    request: UserRequest,
    comparison: Comparison | None,
    form: Setup,
    *,
    status: int = 200,
    **more: Any,  # Any: what a template reads
) -> HttpResponse:
    """The whole page: the form, the comparison, if there is one, and those of before."""
    shown = showing.shown(comparison) if comparison else None
    context = {"form": form, "shown": shown, "comparison": comparison, "page": listing.page(request.user)} | more
    return render(request, TEMPLATE, context, status=status)


def form_of(request: UserRequest, comparison: Comparison) -> Setup:
    """The form as the comparison was asked."""
    asked = {"prompt": comparison.prompt, "system_prompt": comparison.system_prompt, "blind": comparison.blind}
    return setup.opened(request.user, comparison, **asked)


def new_form(request: UserRequest) -> Setup:
    """An empty prompt for the columns that were asked last."""
    return setup.opened(request.user, Comparison.objects.for_user(request.user).first())


def asked(request: UserRequest, comparison: Comparison) -> HttpResponse:
    """What was just asked, in the place of the comparison before."""
    if not wants_fragment(request):
        return to(comparison)
    context = {"shown": showing.shown(comparison), "comparison": comparison, "row": listing.row(comparison)}
    response = render(request, f"{TEMPLATE}#asked", context)
    response["HX-Push-Url"] = reverse("playground:comparison", args=[comparison.pk])
    return response


def changed(request: UserRequest, comparison: Comparison) -> HttpResponse:
    """The comparison after something about it was said."""
    if not wants_fragment(request):
        return to(comparison)
    context = {"shown": showing.shown(comparison), "comparison": comparison, "row": listing.row(comparison)}
    return render(request, f"{TEMPLATE}#changed", context)


def to(comparison: Comparison) -> HttpResponse:
    return redirect(reverse("playground:comparison", args=[comparison.pk]) + "#comparison")


def refused(
    request: UserRequest,
    error: errors.NotSent | None = None,
    *,
    form: Setup | None = None,
    comparison: Comparison | None = None,
) -> HttpResponse:
    """Why nothing was asked: in the form, with everything that was typed kept; without a `form`, beside the button."""
    status = unsent.status(error)
    if not wants_fragment(request):
        shown_form = form or (form_of(request, comparison) if comparison else new_form(request))
        response = page(request, comparison, shown_form, status=status, error=error, refused=True)
    elif form:
        response = render(
            request, f"{TEMPLATE}#refused", {"form": form, "error": error, "refused": True}, status=status
        )
    else:
        response = render(request, f"{TEMPLATE}#not_again", {"error": error}, status=status)
    return unsent.in_time(response, error)
