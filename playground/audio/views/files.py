"""Sounds and transcripts to be saved. The files themselves come from `playground.files.views`."""

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.text import slugify
from django.views.decorators.http import require_POST, require_safe

from connector.client import media
from connector.runs import unstored
from playground import harmless
from playground.access import UserRequest, signed_in
from playground.audio import exports, owned
from playground.files import answering

HEADER = 44  # bytes of a WAV file that was made of bare samples (`connector.models.sounds.wav`)


@require_safe
@signed_in
def samples(request: UserRequest, pk: int) -> HttpResponseBase:
    """A sound that was asked for as `pcm`, as it was asked for: without the header it is kept with."""
    take = owned.take(request, pk)
    files = list(take.files.order_by("place"))
    if take.speech.run.request.get("response_format") != "pcm" or len(files) != 1:
        raise Http404
    opened = answering.open_file(files[0].file)
    opened.seek(HEADER)
    name = f"{files[0].name.rpartition('.')[0]}.pcm"
    headers = harmless.UNKEPT | {"Content-Disposition": f'attachment; filename="{name}"'}
    pieces = answering.Pieces(opened, opened.size - HEADER)
    return answering.Stream(pieces, content_type="audio/pcm", headers=headers)


@require_POST
@signed_in
def rescue(request: UserRequest, pk: int) -> HttpResponse:
    """Sound that came and could not be stored, to save it elsewhere; it was paid for. It can be had once."""
    take = owned.take(request, pk)
    content = unstored.take(unstored.of_take(take.pk))
    if content is None:
        raise Http404
    media_type = media.type_of(content)
    name = f"speech-{take.pk}{media.suffix(media_type)}"
    headers = harmless.UNKEPT | {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=media_type or "application/octet-stream", headers=headers)


@require_safe
@signed_in
def export(request: UserRequest, pk: int, kind: str) -> HttpResponse:
    """The transcript as a file of `kind`, where it can be made."""
    heard = owned.transcription(request, pk)
    if kind not in dict(exports.offered(heard)):
        raise Http404
    _, content_type, write = exports.KINDS[kind]
    stem = slugify(heard.name.rpartition(".")[0])[:60] or "transcript"
    headers = harmless.UNKEPT | {"Content-Disposition": f'attachment; filename="{stem}-{heard.pk}.{kind}"'}
    return HttpResponse(write(heard), content_type=content_type, headers=headers)
