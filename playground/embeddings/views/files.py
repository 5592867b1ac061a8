"""What can be saved of a request, for who made it."""

from collections.abc import Callable, Iterator

from django.http import Http404
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_GET

from playground import harmless
from playground.access import UserRequest, signed_in
from playground.embeddings import downloads, owned, showing
from playground.embeddings.showing import Result
from playground.embeddings.vectors import Stored
from playground.files import answering

ANY = "application/octet-stream"
CSV = "text/csv; charset=utf-8"
FILES: dict[str, tuple[str, str, Callable[[Result, Stored], Iterator[bytes]]]] = {
    "vectors.csv": ("vectors-{}.csv", CSV, downloads.vectors_as_csv),
    "vectors.npy": ("vectors-{}.npy", ANY, lambda result, stored: downloads.as_npy(stored)),
    "similarity.csv": ("similarity-{}.csv", CSV, lambda result, stored: downloads.matrix_as_csv(result)),
}


@require_GET
@signed_in
def download(request: UserRequest, pk: int, file: str) -> HttpResponseBase:
    """`vectors.csv`, `vectors.npy`, `similarity.csv`; 404 while nothing has come and when the file is gone."""
    result = showing.of(owned.run(request, pk), request.GET)
    if file not in FILES or result.stored is None or result.is_missing:
        raise Http404
    saved_as, media_type, pieces = FILES[file]
    headers = harmless.UNKEPT | {"Content-Disposition": f'attachment; filename="{saved_as.format(pk)}"'}
    return answering.Stream(pieces(result, result.stored), content_type=media_type, headers=headers)
