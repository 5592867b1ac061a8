"""Albums: the list of them, and one: its pictures are the gallery with its filter."""

from urllib.parse import urlencode

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from connector.models import Album, GeneratedImage
from playground.access import UserRequest, signed_in
from playground.images import owned
from playground.images.placing import AlbumForm, GroupsForm, groups_of

TEMPLATE = "playground/images/albums.html"


@require_http_methods(["GET", "POST"])
@signed_in
def albums(request: UserRequest) -> HttpResponse:
    """The list; a name that is sent makes another one."""
    if request.method == "GET":
        return _page(request)
    form = AlbumForm(request.user, request.POST)
    if not form.is_valid():
        return _page(request, form=form, status=422)
    form.save()
    return redirect("playground:albums")


@require_GET
@signed_in
def album(request: UserRequest, pk: int) -> HttpResponse:
    """The gallery of its pictures."""
    found = owned.album(request, pk)
    return redirect(f"{reverse('playground:gallery')}?{urlencode({'album': found.pk})}")


@require_POST
@signed_in
def rename(request: UserRequest, pk: int) -> HttpResponse:
    found = owned.album(request, pk)
    form = AlbumForm(request.user, request.POST, found)
    if not form.is_valid():
        return _page(request, renaming=form, status=422)
    form.save()
    return redirect("playground:albums")


@require_POST
@signed_in
def delete(request: UserRequest, pk: int) -> HttpResponse:
    """The album; its pictures stay where they are."""
    owned.album(request, pk).delete()
    return redirect("playground:albums")


@require_POST
@signed_in
def share(request: UserRequest, pk: int) -> HttpResponse:
    """All pictures of one's own in it with the chosen groups, or (`stop`) with none of these any more."""
    found = owned.album(request, pk)
    form = GroupsForm(groups_of(request.user), request.POST)
    if not form.is_valid():
        return _page(request, status=422)
    own = GeneratedImage.objects.for_user(request.user).filter(albums=found)
    for group in form.cleaned_data["groups"]:
        if "stop" in request.POST:
            group.shared_images.remove(*own)
        else:
            group.shared_images.add(*own)
    return redirect("playground:albums")


def _page(
    request: UserRequest, *, form: AlbumForm | None = None, renaming: AlbumForm | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "albums": _listed(request),
        "form": form or AlbumForm(request.user),
        "renaming": renaming,
        "groups": groups_of(request.user),
    }
    return render(request, TEMPLATE, context, status=status)


def _listed(request: UserRequest) -> "QuerySet[Album]":
    """With the number of pictures that are there, and the newest of them as a cover."""
    visible = GeneratedImage.objects.visible_to(request.user).kept()
    cover = visible.filter(albums=OuterRef("pk")).exclude(thumbnail="").order_by("-pk").values("public_id")[:1]
    is_there = Q(images__in=visible)
    counted = Count("images", filter=is_there)
    return Album.objects.for_user(request.user).annotate(count=counted, cover=Subquery(cover))
