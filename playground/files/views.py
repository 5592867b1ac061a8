"""The bytes of an upload, or of an answer that is a file: for its owner, and for nobody else."""

import uuid

from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from connector.client import media
from connector.models import StoredFile
from playground.access import UserRequest, signed_in
from playground.files import answering

ANYTHING = "application/octet-stream"  # what a browser saves and does nothing else with


@require_safe
@signed_in
def stored(request: UserRequest, public_id: uuid.UUID) -> HttpResponseBase:
    """A picture or a sound to be shown; anything else, and everything with `?download`, to be saved."""
    found = get_object_or_404(StoredFile.objects.for_user(request.user), public_id=public_id)
    is_harmless = found.media_type in media.SUFFIXES or found.media_type == "audio/pcm"
    media_type = found.media_type if is_harmless else ANYTHING
    download = "download" in request.GET or not is_harmless
    return answering.answer(request, found.file, media_type, found.name or "file", found.sha256, download)
