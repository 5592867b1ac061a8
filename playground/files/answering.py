"""A stored file as an answer: whole, in part, or not at all because the browser has it already.

A file is opened by its storage, and one on disk only where the storage put it: a link to somewhere else is not
followed. It leaves a piece at a time, read in threads, so that neither memory nor the event loop feels its size.
"""

import asyncio
import logging
import os
import re
from collections.abc import AsyncIterator, Iterator
from typing import cast

from django.core.exceptions import SuspiciousFileOperation
from django.core.files import File
from django.core.files.storage import FileSystemStorage
from django.db.models.fields.files import FieldFile
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag

from connector.models.pictures import SVG
from playground import harmless
from playground.files import sending

PIECE = 256 * 1024  # bytes that are read at once; what is smaller needs no stream
RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)
# A row never gets another file, so that a browser need not ask for a day. `Vary: Cookie`, which every answer to a
# session carries, keeps one person's pictures from the next one at the same browser.
KEPT = "private, max-age=86400, immutable"

logger = logging.getLogger(__name__)


def answer(
    request: HttpRequest, file: FieldFile, media_type: str, name: str, etag: str, download: bool = False
) -> HttpResponseBase:
    """`file` with everything that belongs to it: 200, 206, 304, 412 or 416 (RFC 9110, sections 13 and 14); or word to
    another who sends it (`sending`).

    `name` is what it is saved as; `etag` its sha-256 or anything else that no other bytes have. An SVG can do more than
    be looked at: it is a download always. Raises Http404 when there is no file.
    """
    if not file:
        raise Http404
    how = "attachment" if download or media_type == SVG else "inline"
    headers = harmless.ALONE | {
        "Cache-Control": KEPT,
        "ETag": quote_etag(etag),
        "Accept-Ranges": "bytes",
        "Content-Disposition": f'{how}; filename="{name}"',
    }
    if known := get_conditional_response(request, headers["ETag"]):
        return _with(known, headers)
    _refuse_links(file)
    if other := sending.by_another(file, media_type, headers):
        return other
    opened = _opened(file)
    size = opened.size
    part = _part(request, headers["ETag"], size)
    if part is None:
        return _with(_body(request, opened, range(size), media_type), headers)
    if not part:
        opened.close()
        return _with(HttpResponse(status=416), headers | {"Content-Range": f"bytes */{size}"})
    response = _with(_body(request, opened, part, media_type), headers)
    response.status_code = 206
    response["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
    return response


def open_file(file: FieldFile) -> "File[bytes]":
    """To be read; raises Http404 when it is not there, or not a file that our storage wrote."""
    _refuse_links(file)
    return _opened(file)


def _opened(file: FieldFile) -> "File[bytes]":
    try:
        return file.storage.open(str(file.name), "rb")
    except FileNotFoundError as error:
        raise _missing(file) from error


def _refuse_links(file: FieldFile) -> None:
    """Raises Http404, whoever would send the file in the end."""
    if isinstance(file.storage, FileSystemStorage):
        try:
            in_place = _is_in_place(file.storage, str(file.name))
        except SuspiciousFileOperation:  # out of the folder
            in_place = False
        if not in_place:
            raise _missing(file)


def _missing(file: FieldFile) -> Http404:
    logger.error("A stored file is missing: %s", file.name)  # `manage.py check_media` lists them
    return Http404()


def _is_in_place(storage: FileSystemStorage, name: str) -> bool:
    """Whether it is a file in the storage's own folder, not a link that leads out of it or elsewhere in it."""
    path, folder = storage.path(name), os.path.realpath(storage.location)
    return os.path.realpath(path) == os.path.join(folder, os.path.normpath(name)) and os.path.isfile(path)


def _part(request: HttpRequest, etag: str, size: int) -> range | None:
    """The bytes that are asked for: None for all of them, none for what is past the end.

    Several ranges, other units and nonsense may be answered by everything (RFC 9110, section 14.2).
    """
    found = RANGE.fullmatch(request.headers.get("Range", "").strip())
    if request.method != "GET" or not found or request.headers.get("If-Range", etag) != etag:
        return None
    first, last = found.groups()
    if not first:
        return range(max(0, size - int(last)), size) if last else None
    if last and int(last) < int(first):
        return None
    return range(int(first), min(int(last) + 1, size) if last else size)


def _body(request: HttpRequest, opened: "File[bytes]", part: range, media_type: str) -> HttpResponseBase:
    if request.method == "HEAD":
        opened.close()
        return HttpResponse(content_type=media_type, headers={"Content-Length": str(len(part))})
    opened.seek(part.start)
    if len(part) > PIECE:
        length = str(len(part))
        return Stream(Pieces(opened, len(part)), content_type=media_type, headers={"Content-Length": length})
    with opened:
        return HttpResponse(opened.read(len(part)), content_type=media_type)


def _with(response: HttpResponseBase, headers: dict[str, str]) -> HttpResponseBase:
    for name, value in headers.items():
        response[name] = value
    return response


class Stream(StreamingHttpResponse):
    """Pieces, none of them empty, that are made in threads. Django's own would collect them all where it is async."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        pieces = iter(cast(Iterator[bytes], self.streaming_content))
        while piece := await asyncio.to_thread(next, pieces, b""):
            yield piece


class Pieces:
    """An iterator that closes its file with the response, also when nobody asked for the first piece."""

    def __init__(self, opened: "File[bytes]", length: int) -> None:
        self.opened, self.left = opened, length
        self.close = opened.close

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        piece: bytes = self.opened.read(min(PIECE, self.left))
        if not piece:
            raise StopIteration
        self.left -= len(piece)
        return piece
