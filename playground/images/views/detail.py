"""One picture: the page about it, and what goes on from it."""

import json
import uuid
import zipfile
from tempfile import SpooledTemporaryFile
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from connector import runs
from connector.client import errors
from connector.models import GeneratedImage
from playground import harmless
from playground.access import UserRequest, signed_in
from playground.chat.forms import AgainForm
from playground.files import answering
from playground.images import code, facts, naming, owned, showing

IN_MEMORY = 1_000_000  # bytes of a zip; a larger one waits on the disk


@require_GET
@signed_in
def detail(request: UserRequest, public_id: uuid.UUID) -> HttpResponse:
    return showing.page(request, owned.visible_image(request, public_id))


@require_POST
@signed_in
def again(request: UserRequest, public_id: uuid.UUID) -> HttpResponse:
    """One more by the same body, as a run of whoever asks."""
    image = owned.visible_image(request, public_id)
    form = AgainForm(request.POST)
    token = form.cleaned_data["token"] if form.is_valid() else ""
    try:
        run = image.ask_again(token, user=request.user)
    except errors.NotSent as error:
        return showing.refused(request, image, error)
    runs.start(run)
    return showing.run(run)


@require_GET
@signed_in
def vary(request: UserRequest, public_id: uuid.UUID) -> HttpResponse:
    """The form that it was asked with, with everything filled in."""
    image = owned.visible_image(request, public_id)
    filled = urlencode({"from": str(image.public_id)})
    page = "images_edit" if image.operation == GeneratedImage.Operation.EDITS else "images"
    return redirect(f"{reverse(f'playground:{page}')}?{filled}")


@require_GET
@signed_in
def as_code(request: UserRequest, public_id: uuid.UUID, kind: str) -> HttpResponse:
    """Its request as code, as plain text: for the page to show, for copying, for curl."""
    image = owned.visible_image(request, public_id)
    if kind not in code.KINDS:
        raise Http404
    _, written = code.KINDS[kind]
    response = HttpResponse(written(code.of(image, request.user)), content_type="text/plain; charset=utf-8")
    return _harmless(response)


@require_GET
@signed_in
def sidecar(request: UserRequest, public_id: uuid.UUID) -> HttpResponseBase:
    """A zip of the file as it came and, beside it, all that is known of it as JSON; without a file the JSON alone."""
    image = owned.visible_image(request, public_id)
    known = facts.record(image, request.user, showing.sources(request, image))
    name = naming.name_of(image)
    stem = name.rpartition(".")[0] or name
    written = json.dumps(known, indent=2, ensure_ascii=False)
    if not image.is_kept:
        return _saved(HttpResponse(written, content_type="application/json"), f"{stem}.json")
    together: Any = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  # the answer closes it
    with answering.open_file(image.image) as opened, zipfile.ZipFile(together, "w") as archive:
        with archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as entry:
            for piece in opened.chunks(answering.PIECE):
                entry.write(piece)
        archive.writestr(f"{stem}.json", written)
    size = together.tell()
    together.seek(0)
    return _saved(answering.Stream(answering.Pieces(together, size), content_type="application/zip"), f"{stem}.zip")


def _saved(response: HttpResponseBase, name: str) -> HttpResponseBase:
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return _harmless(response)


def _harmless[R: HttpResponseBase](response: R) -> R:
    for name, value in harmless.UNKEPT.items():
        response[name] = value
    return response
