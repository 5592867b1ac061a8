"""What belongs to the user who asks, and what is shared with them. Every view of pictures finds its object here: what
is neither is not there."""

import uuid

from django.shortcuts import get_object_or_404

from connector.models import Album, GeneratedImage, Run, StoredFile
from playground.access import UserRequest


def image(request: UserRequest, public_id: uuid.UUID) -> GeneratedImage:
    """One of their own: to change it."""
    theirs = GeneratedImage.objects.for_user(request.user)
    return get_object_or_404(theirs.select_related("run", "configuration"), public_id=public_id)


def visible_image(request: UserRequest, public_id: uuid.UUID) -> GeneratedImage:
    """One of their own or one that is shared with them: to look at it, to download it, to go on from it."""
    visible = GeneratedImage.objects.visible_to(request.user)
    return get_object_or_404(visible.select_related("run", "configuration"), public_id=public_id)


def deleted_image(request: UserRequest, public_id: uuid.UUID) -> GeneratedImage:
    """One that can still be brought back."""
    return get_object_or_404(GeneratedImage.objects.deleted_of(request.user), public_id=public_id)


def run(request: UserRequest, pk: int) -> Run:
    theirs = Run.objects.for_user(request.user).filter(kind=Run.Kind.IMAGE)
    return get_object_or_404(theirs.select_related("configuration"), pk=pk)


def upload(request: UserRequest, public_id: uuid.UUID) -> StoredFile:
    return get_object_or_404(StoredFile.objects.for_user(request.user), public_id=public_id)


def album(request: UserRequest, pk: int) -> Album:
    return get_object_or_404(Album.objects.for_user(request.user), pk=pk)
