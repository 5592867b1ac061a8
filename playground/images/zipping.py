"""Pictures in a zip, made while it is sent: of each file one piece is in memory, however many there are.

The files are stored as they are, because pictures do not get smaller; beside them `manifest.json` says of each what was
asked for.
"""

import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, override

from django.contrib.auth.models import User
from django.http import Http404
from django.utils import timezone

from connector.models import GeneratedImage
from playground.files import answering
from playground.images import facts, naming

MANIFEST = "manifest.json"
EARLIEST = 1980  # the first year that a zip knows


def pieces(user: User, images: Iterable[GeneratedImage]) -> Iterator[bytes]:
    """The bytes of the zip. The images come with their run and configuration. A file that is missing is left out, and
    the manifest says so."""
    sink = _Sink()
    known: list[dict[str, Any]] = []
    taken: set[str] = {MANIFEST}
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        for image in images:
            entry = facts.record(image, user)
            try:
                with answering.open_file(image.image) as opened:
                    name = entry["file"] = _free(naming.name_of(image), taken)
                    with archive.open(_info(name, image.created), "w", force_zip64=_is_huge(image)) as target:
                        for piece in opened.chunks(answering.PIECE):
                            target.write(piece)
                            yield sink.take()
            except Http404:
                entry["missing"] = True
            known.append(entry)
        written = json.dumps({"images": known}, indent=2, ensure_ascii=False)
        archive.writestr(_info(MANIFEST, timezone.now()), written)
    yield sink.take()


class _Sink(io.RawIOBase):
    """What is written, until it is taken; it cannot go back."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    @override
    def writable(self) -> bool:
        return True

    @override
    def write(self, data: Any) -> int:  # Any: whatever has bytes
        self._written.append(bytes(data))
        return len(self._written[-1])

    def take(self) -> bytes:
        written, self._written = b"".join(self._written), []
        return written


def _free(name: str, taken: set[str]) -> str:
    """`name`, or where another file has it one like it. Added to `taken`."""
    stem, dot, suffix = name.rpartition(".")
    number = 1
    while name in taken:
        number += 1
        name = f"{stem}-{number}{dot}{suffix}"
    taken.add(name)
    return name


def _info(name: str, moment: datetime) -> zipfile.ZipInfo:
    local = timezone.localtime(moment)
    info = zipfile.ZipInfo(name, (max(local.year, EARLIEST), *local.timetuple()[1:6]))
    info.external_attr = 0o644 << 16
    return info


def _is_huge(image: GeneratedImage) -> bool:
    return image.bytes > zipfile.ZIP64_LIMIT // 2
