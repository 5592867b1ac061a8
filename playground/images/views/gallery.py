"""The gallery: every picture, in pages that follow one another."""

import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET

from connector.models import GeneratedImage
from playground.access import UserRequest, signed_in, wants_fragment
from playground.images import filtering, listing, owned
from playground.images.filtering import FilterForm, Filters

TEMPLATE = "playground/images/gallery.html"


@require_GET
@signed_in
def gallery(request: UserRequest) -> HttpResponse:
    """`?after=` goes on, `?until=` shows all down to a picture, `?undo=` offers to bring back what was just deleted;
    the rest is `FilterForm`'s."""
    form = FilterForm(request.GET)
    filters = form.filters()
    if filters.album:
        owned.album(request, filters.album)
    after = request.GET.get("after", "")
    if after and wants_fragment(request):
        context = {"page": listing.page(request.user, filters, after), "filters": filters}
        return render(request, f"{TEMPLATE}#more", context)
    return shown(request, form, after, undo=_just_deleted(request))


def shown(request: UserRequest, form: FilterForm, after: str = "", *, status: int = 200, **more: Any) -> HttpResponse:
    """The page with `form`'s filters, or the part of it that htmx asks for. `more`: for the template."""
    filters = form.filters()
    offered = filtering.Choices(request.user)
    context = {
        "form": form,
        "filters": filters,
        "page": listing.page(request.user, filters, after, request.GET.get("until", "")),
        "is_first": not after,
        "offered": offered,
        "chips": filtering.chips(filters, offered),
        "groups": list(request.user.groups.order_by("name")),
        **more,
    }
    response = render(request, f"{TEMPLATE}{_part(request)}", context, status=status)
    if wants_fragment(request):
        response["HX-Push-Url"] = address(filters)
    return response


def address(filters: Filters, **also: str) -> str:
    """The gallery with these filters; `also`: what else stands in the query."""
    query = "&".join(part for part in (filters.query(), urlencode(also)) if part)
    return reverse("playground:gallery") + (f"?{query}" if query else "")


def _part(request: UserRequest) -> str:
    if not wants_fragment(request):
        return ""
    return "#gallery" if request.headers.get("HX-Target", "").endswith("#gallery") else "#results"


def _just_deleted(request: UserRequest) -> dict[str, Any] | None:
    """What the toast says that brings back what was deleted at the moment in the address."""
    moment = parse_moment(request.GET.get("undo", ""))
    count = GeneratedImage.objects.deleted_of(request.user).filter(deleted=moment).count() if moment else 0
    return {"moment": moment.isoformat(), "count": count} if count else None


def parse_moment(text: str) -> Any:  # Any: a moment with its time zone, or None
    try:
        moment = parse_datetime(text)
        return moment.astimezone(datetime.UTC) if moment and moment.tzinfo else None
    except (ValueError, OverflowError):  # no day, or none in UTC
        return None
