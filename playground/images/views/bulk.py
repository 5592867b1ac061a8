"""What is done with many pictures at once, or from the gallery with one of them."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from connector.models import Album, GeneratedImage
from connector.models.gallery import GeneratedImageQuerySet
from playground import harmless, keys
from playground.access import UserRequest, signed_in, wants_fragment
from playground.files import answering
from playground.images import filtering, listing, owned, zipping
from playground.images.filtering import FilterForm
from playground.images.placing import groups_of
from playground.images.views import comparing, gallery

MOST = 500  # pictures at once
NAME_LENGTH = 100  # characters of an album's name


class Refused(Exception):
    """The sentence says why, and what to do."""


@dataclass(frozen=True)
class Done:
    said: str
    images: list[GeneratedImage] = field(default_factory=list)  # to be drawn anew
    look: str = ""  # what of them: "cell", its "marks", or that it is "gone"
    undo: dict[str, Any] | None = None


@require_POST
@signed_in
def act(request: UserRequest) -> HttpResponse:
    """`action` for each `image`; for some with what it is about behind a colon: `share:3`, `album:7`."""
    name, _, about = request.POST.get("action", "").partition(":")
    if name not in ACTIONS:
        raise Http404
    try:
        done = ACTIONS[name](request, about)
    except Refused as refusal:
        return _refused(request, str(refusal))
    filters = filtering.of(_back(request))
    if not wants_fragment(request):
        return redirect(gallery.address(filters, **({"undo": done.undo["moment"]} if done.undo else {})))
    total = filters.apply(request.user).count()
    look = "gone" if filters.is_deleted else done.look
    context = {"done": done, "look": look, "filters": filters, "total": total, "undo": done.undo, "said": done.said}
    return render(request, f"{gallery.TEMPLATE}#acted", context)


@require_POST
@signed_in
def as_zip(request: UserRequest) -> HttpResponseBase:
    """The originals and `manifest.json`, sent while it is made."""
    try:
        chosen = _chosen(request, GeneratedImage.objects.visible_to(request.user).kept())
    except Refused as refusal:
        return _refused(request, str(refusal))
    images = list(chosen.select_related("run", "configuration").order_by("-pk"))
    name = f"pictures-{timezone.localtime():%Y-%m-%d-%H%M}.zip"
    headers = harmless.UNKEPT | {"Content-Disposition": f'attachment; filename="{name}"'}
    return answering.Stream(zipping.pieces(request.user, images), content_type="application/zip", headers=headers)


@require_POST
@signed_in
def compare(request: UserRequest) -> HttpResponse:
    """The chosen pictures side by side."""
    try:
        chosen = _chosen(request, GeneratedImage.objects.visible_to(request.user).kept())
        count = chosen.count()
        if not 2 <= count <= comparing.MOST:
            raise Refused(f"{_told(count)} cannot be compared. Choose 2 to {comparing.MOST}.")
    except Refused as refusal:
        return _refused(request, str(refusal))
    ids = [("id", str(public_id)) for public_id in chosen.order_by("-pk").values_list("public_id", flat=True)]
    return redirect(f"{reverse('playground:images_compare')}?{urlencode(ids)}")


def _favourite(request: UserRequest, about: str) -> Done:
    mine = _mine(request, "favourites")
    mine.update(favourite=about != "no")
    return Done("", list(listing.cells(mine)), "marks")  # the stars say it


def _delete(request: UserRequest, about: str) -> Done:
    mine = _mine(request, "deleted")
    images = list(listing.cells(mine))
    mine.discard()
    moment = GeneratedImage.objects.deleted_of(request.user).filter(pk=images[0].pk).values_list("deleted").get()[0]
    assert moment  # noqa: S101  # for the type checker: just deleted
    return Done("", images, "gone", undo={"moment": moment.isoformat(), "count": len(images)})


def _restore(request: UserRequest, about: str) -> Done:
    """Those that are chosen, or all that were deleted at one `moment`."""
    deleted = GeneratedImage.objects.deleted_of(request.user)
    if "moment" in request.POST:
        chosen = deleted.filter(deleted=gallery.parse_moment(request.POST["moment"]))
    else:
        chosen = _chosen(request, deleted)
    images = list(listing.cells(chosen))
    if not images:
        raise Http404
    deleted.filter(pk__in=[image.pk for image in images]).restore()
    return Done(f"{_told(len(images))} brought back.", images, "cell")


def _share(request: UserRequest, about: str) -> Done:
    """With one of the user's groups, or with nobody any more."""
    mine = _mine(request, "shared")
    if about == "nobody":
        GeneratedImage.groups.through.objects.filter(generatedimage__in=mine).delete()
        said = "Not shared any more."
    else:
        group = get_object_or_404(groups_of(request.user), pk=_number(about))
        group.shared_images.add(*mine)
        said = f"Shared with {group.name}."
    return Done(said, list(listing.cells(mine)), "marks")


def _album(request: UserRequest, about: str) -> Done:
    """Into one of the user's albums; `new` makes it, from the name that was typed."""
    chosen = _chosen(request, GeneratedImage.objects.visible_to(request.user).kept())
    if about == "new":
        name = request.POST.get("name", "").replace("\0", "").strip()
        if not name or len(name) > NAME_LENGTH:
            raise Refused(f"Give the new album a name of at most {NAME_LENGTH} characters.")
        album, _ = Album.objects.get_or_create(user=request.user, name=name)
    else:
        album = owned.album(request, _number(about))
    album.add(chosen.only("pk"))
    return Done(f"{_told(chosen.count())} put into “{album.name}”.")


def _take_out(request: UserRequest, about: str) -> Done:
    album = owned.album(request, _number(about))
    images = list(listing.cells(_chosen(request, GeneratedImage.objects.visible_to(request.user))))
    album.images.remove(*images)
    return Done(f"{_told(len(images))} taken out of “{album.name}”.", images, "gone")


ACTIONS: dict[str, Callable[[UserRequest, str], Done]] = {
    "favourite": _favourite,
    "delete": _delete,
    "restore": _restore,
    "share": _share,
    "album": _album,
    "take-out": _take_out,
}


def _chosen(request: UserRequest, among: GeneratedImageQuerySet) -> GeneratedImageQuerySet:
    """The pictures that are ticked, or the one in the address. Raises Http404 when one of them is not `among` these."""
    given = {*request.POST.getlist("image"), *request.GET.getlist("image")}
    if not given:
        raise Refused("Choose pictures first: tick the box at each.")
    if len(given) > MOST:
        raise Refused(f"{len(given)} pictures are too many at once. Choose {MOST} at most.")
    try:
        wanted = {uuid.UUID(text) for text in given}
    except ValueError as error:
        raise Http404 from error
    found = list(among.filter(public_id__in=wanted).values_list("pk", flat=True))
    if len(found) != len(wanted):
        raise Http404
    return GeneratedImage.objects.filter(pk__in=found)


def _mine(request: UserRequest, told: str) -> GeneratedImageQuerySet:
    """Those that are chosen, which have to be the user's own: what is shared with them can only be looked at."""
    chosen = _chosen(request, GeneratedImage.objects.visible_to(request.user).kept())
    if others := chosen.exclude(user=request.user).count():
        raise Refused(f"{_told(others)} belong to others: only your own can be {told}.")
    return chosen


def _refused(request: UserRequest, why: str) -> HttpResponse:
    if wants_fragment(request):
        return render(request, f"{gallery.TEMPLATE}#said", {"said": why}, status=422)
    return gallery.shown(request, FilterForm(_back(request)), said=why, status=422)


def _back(request: UserRequest) -> QueryDict:
    """The gallery's filters when the form was sent."""
    return QueryDict(request.POST.get("back", ""))


def _number(text: str) -> int:
    if (number := keys.parse(text)) is None:
        raise Http404
    return number


def _told(count: int) -> str:
    return "1 picture" if count == 1 else f"{count} pictures"
