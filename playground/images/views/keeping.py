"""What is done with one picture: favourite, deletion, sharing, albums."""

import uuid

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from playground.access import UserRequest, signed_in
from playground.images import filtering, owned, showing
from playground.images.placing import AlbumsForm, GroupsForm, groups_of
from playground.images.views import gallery


@require_POST
@signed_in
def favourite(request: UserRequest, public_id: uuid.UUID) -> HttpResponse:
    image = owned.image(request, public_id)
    image.mark_favourite(request.POST.get("favourite") == "1")
    return showing.changed(request, image, "favourite")


@require_POST
@signed_in
def delete(request: UserRequest, public_id: uuid.UUID) -> HttpResponse:
    """Deleted for a day, then for good; the gallery that follows has the button that brings it back."""
    image = owned.image(request, public_id)
    image.discard()
    moment = owned.deleted_image(request, public_id).deleted  # as the database has it: the key of the undoing
    assert moment  # noqa: S101  # for the type checker: it was just deleted
    return redirect(gallery.address(filtering.of(request.GET), undo=moment.isoformat()))


@require_POST
@signed_in
def restore(request: UserRequest, public_id: uuid.UUID) -> HttpResponse:
    image = owned.deleted_image(request, public_id)
    image.restore()
    return redirect("playground:image", image.public_id)


@require_POST
@signed_in
def share(request: UserRequest, public_id: uuid.UUID) -> HttpResponse:
    """With the chosen groups and no others."""
    image = owned.image(request, public_id)
    form = GroupsForm(groups_of(request.user, image), request.POST)
    if not form.is_valid():
        return showing.page(request, image, groups=form, status=422)
    image.groups.set(form.cleaned_data["groups"])
    return showing.changed(request, image, "sharing")


@require_POST
@signed_in
def put(request: UserRequest, public_id: uuid.UUID) -> HttpResponse:
    """Into the chosen albums of one's own and out of the others; what is shared with one may go in, too."""
    image = owned.visible_image(request, public_id)
    form = AlbumsForm(request.user, request.POST)
    if not form.is_valid():
        return showing.page(request, image, albums=form, status=422)
    form.put(image)
    return showing.changed(request, image, "albums")
