"""The bytes of pictures and uploads: whatever the way to them, only for who may see them."""

import uuid

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from connector.client import media
from connector.models import GeneratedImage
from connector.runs import engine
from playground import harmless
from playground.access import UserRequest, signed_in
from playground.files import answering
from playground.images import naming, owned

COPIES = "image/webp"  # what thumbnails and previews are


@require_safe
@signed_in
def original(request: UserRequest, public_id: uuid.UUID) -> HttpResponseBase:
    """The file as it came; `?download` saves it instead of showing it."""
    image = owned.visible_image(request, public_id)
    download = "download" in request.GET
    return answering.answer(request, image.image, image.media_type, naming.name_of(image), image.sha256, download)


@require_safe
@signed_in
def thumbnail(request: UserRequest, public_id: uuid.UUID) -> HttpResponseBase:
    return _copy(request, owned.visible_image(request, public_id), "thumbnail")


@require_safe
@signed_in
def preview(request: UserRequest, public_id: uuid.UUID) -> HttpResponseBase:
    return _copy(request, owned.visible_image(request, public_id), "preview")


@require_safe
@signed_in
def deleted_thumbnail(request: UserRequest, public_id: uuid.UUID) -> HttpResponseBase:
    """Of one's own, so that one knows what would be brought back."""
    return _copy(request, owned.deleted_image(request, public_id), "thumbnail")


@require_safe
@signed_in
def partial(request: UserRequest, public_id: uuid.UUID) -> HttpResponseBase:
    """The newest unfinished picture while it is drawn in this process; once it is kept, the way to it."""
    image = owned.visible_image(request, public_id)
    if image.is_kept:
        return HttpResponseRedirect(reverse("playground:image_preview", args=[public_id]))
    live = engine.live(image.run_id) if image.run_id else None
    content = live.partial(image.pk) if live else None
    if not content:
        raise Http404
    return HttpResponse(content, content_type=media.type_of(content), headers=harmless.UNKEPT)


@require_safe
@signed_in
def upload(request: UserRequest, public_id: uuid.UUID) -> HttpResponseBase:
    """What somebody uploaded for an edit, for nobody else."""
    found = owned.upload(request, public_id)
    name = f"{public_id.hex[:8]}{media.suffix(found.media_type)}"
    return answering.answer(request, found.file, found.media_type, name, found.sha256)


def _copy(request: UserRequest, image: GeneratedImage, size: str) -> HttpResponseBase:
    name = f"{size}-{image.public_id.hex[:8]}.webp"
    return answering.answer(request, getattr(image, size), COPIES, name, f"{image.sha256}-{size}")
