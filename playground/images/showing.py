"""The page of one picture and its parts, as responses. The gallery's filters stay in its address, for the way on."""

import uuid
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from connector.client import errors
from connector.models import GeneratedImage, Run, StoredFile
from connector.models.pictures import FORMATS, SVG
from playground import unsent
from playground.access import UserRequest, wants_fragment
from playground.images import facts, filtering, listing, owned
from playground.images.code import KINDS
from playground.images.placing import AlbumsForm, GroupsForm, groups_of
from playground.images.views import gallery

TEMPLATE = "playground/images/detail.html"
EDITABLE = set(FORMATS) - {"image/gif"}  # OpenAI API reference, images/edit: image
MOST_DERIVED = 24  # that are shown


def page(
    request: UserRequest,
    image: GeneratedImage,
    *,
    status: int = 200,
    **more: Any,  # Any: what a template reads
) -> HttpResponse:
    filters = filtering.of(request.GET)
    if filters.album:
        owned.album(request, filters.album)
    context = {
        "image": image,
        "run": image.run,
        "mine": image.user_id == request.user.pk,
        "query": request.GET.urlencode(),
        "gallery": gallery.address(filters),
        "way": listing.beside(request.user, filters, image),
        "facts": facts.about(image, request.user),
        "problem": facts.problem(image),
        "is_editable": image.is_kept and image.media_type in EDITABLE,
        "is_svg": image.media_type == SVG,
        "sources": sources(request, image),
        "derived": GeneratedImage.objects.visible_to(request.user).kept().filter(derived_from=image)[:MOST_DERIVED],
        "kinds": [(kind, name) for kind, (name, _) in KINDS.items()],
        **_forms(request, image),
    }
    return render(request, TEMPLATE, context | more, status=status)


def changed(request: UserRequest, image: GeneratedImage, part: str) -> HttpResponse:
    """After something about it was changed: that part of the page, or all of it anew."""
    if not wants_fragment(request):
        return redirect(address(request, image))
    context = {"image": image, "mine": image.user_id == request.user.pk, "query": request.GET.urlencode()}
    return render(request, f"{TEMPLATE}#{part}", context | _forms(request, image) | {"is_saved": True})


def refused(request: UserRequest, image: GeneratedImage, error: errors.NotSent) -> HttpResponse:
    """Why nothing was asked."""
    return unsent.in_time(page(request, image, error=error, status=unsent.status(error)), error)


def address(request: UserRequest, image: GeneratedImage) -> str:
    return _with(reverse("playground:image", args=[image.public_id]), request.GET.urlencode())


def run(made: Run) -> HttpResponse:
    """To the studio, where a run that was just started is watched."""
    return redirect(f"{reverse('playground:images')}#run-{made.pk}")


def sources(request: UserRequest, image: GeneratedImage) -> list[GeneratedImage]:
    """What it was derived from, as far as it may be seen."""
    return list(GeneratedImage.objects.visible_to(request.user).kept().filter(derived=image))


def uuid_of(text: str) -> uuid.UUID:
    """The id in an address's query; raises Http404 for what is none."""
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise Http404 from error


def _forms(request: UserRequest, image: GeneratedImage) -> dict[str, Any]:
    groups, albums = groups_of(request.user, image), image.albums.filter(user=request.user)
    uploads = image.run.stored_files.filter(user=request.user) if image.run else StoredFile.objects.none()
    return {
        "groups": GroupsForm(groups, groups=image.groups.order_by("name")),
        "albums": AlbumsForm(request.user, albums=albums),
        "uploads": uploads if image.user_id == request.user.pk else uploads.none(),
    }


def _with(path: str, query: str) -> str:
    return f"{path}?{query}" if query else path
