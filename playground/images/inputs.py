"""What goes along with an edit: pictures of the gallery, uploads, a mask. Read from a form, and told to it."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from connector.client import errors
from connector.models import GeneratedImage, StoredFile, drawing
from playground.access import UserRequest
from playground.images import owned, showing

IMAGES, UPLOADS, FILES, MASK, MASK_FILE = "id", "upload", "files", "mask", "mask_file"  # fields of the form
FROM = "from"  # of the query: the picture whose edit is to be varied


@dataclass
class Inputs:
    """In the order in which they are sent. `problems`: what is wrong, by field."""

    images: "list[GeneratedImage | StoredFile]" = field(default_factory=list)
    mask: StoredFile | None = None
    problems: dict[str, list[str]] = field(default_factory=dict)

    @property
    def drawn(self) -> list[GeneratedImage]:
        return [image for image in self.images if isinstance(image, GeneratedImage)]

    @property
    def uploads(self) -> list[StoredFile]:
        return [image for image in self.images if isinstance(image, StoredFile)]

    def complain(self, name: str, reason: str) -> None:
        self.problems.setdefault(name, []).append(reason[:1].upper() + reason[1:])


def asked(request: UserRequest, public_id: uuid.UUID | None = None) -> Inputs:
    """What the page opens with: the picture in its address, and those in its query. Raises Http404 for another's."""
    ids = ([public_id] if public_id else []) + _ids(request.GET.getlist(IMAGES))
    return Inputs([owned.visible_image(request, one) for one in dict.fromkeys(ids)])


def of(request: UserRequest, image: GeneratedImage) -> Inputs:
    """What went along when `image` was asked for, as far as whoever asks may use it."""
    if image.run is None:
        return Inputs()
    try:
        images, mask = drawing.inputs_of(image.run)
    except errors.InvalidParameter:
        return Inputs()  # one of them is gone
    visible = set(GeneratedImage.objects.visible_to(request.user).filter(derived=image).values_list("pk", flat=True))
    own = set(StoredFile.objects.for_user(request.user).filter(runs=image.run).values_list("pk", flat=True))
    theirs: list[GeneratedImage | StoredFile] = [
        one for one in images if one.pk in (visible if isinstance(one, GeneratedImage) else own)
    ]
    return Inputs(theirs, mask if mask and mask.pk in own else None)


def posted(request: UserRequest) -> Inputs:
    """What the form sent; uploads are kept, so that nothing has to be chosen again. Raises Http404 for another's."""
    images = [owned.visible_image(request, one) for one in _ids(request.POST.getlist(IMAGES))]
    uploads = [owned.upload(request, one) for one in _ids(request.POST.getlist(UPLOADS))]
    masks = [owned.upload(request, one) for one in _ids(request.POST.getlist(MASK))]
    found = Inputs([*images, *uploads], next(iter(masks), None))
    files = request.FILES.getlist(FILES)
    count = len(found.images) + len(files)
    if count > drawing.MOST_INPUTS:
        found.complain(FILES, f"there are {count} pictures; {drawing.MOST_INPUTS} at most can go along.")
        files = []
    elif not count:
        found.complain(FILES, "choose at least one picture.")
    _take(request, found, files)
    if mask := request.FILES.get(MASK_FILE):
        _take_mask(request, found, mask)
    _compare_sizes(found)
    return found


def _take(request: UserRequest, found: Inputs, files: "Iterable[UploadedFile[Any]]") -> None:
    for file in files:
        try:
            found.images.append(StoredFile.objects.take(request.user, file.name or "", file.read()))
        except errors.InvalidParameter as error:
            found.complain(FILES, f"“{file.name}”: {error.facts['reason']}.")
        except (errors.StorageFull, errors.NotStored) as error:
            found.complain(FILES, f"{error.what} {error.todo}")
            return


def _take_mask(request: UserRequest, found: Inputs, file: "UploadedFile[Any]") -> None:
    try:
        purpose = StoredFile.Purpose.MASK
        found.mask = StoredFile.objects.take(request.user, file.name or "", file.read(), purpose)
    except errors.InvalidParameter as error:
        found.complain(MASK_FILE, f"{error.facts['reason']}.")
    except (errors.StorageFull, errors.NotStored) as error:
        found.complain(MASK_FILE, f"{error.what} {error.todo}")


def _compare_sizes(found: Inputs) -> None:
    """Of the mask and the first picture, whatever kinds of files they are; the wrong mask is not kept."""
    mask, first = found.mask, next(iter(found.images), None)
    if mask is None or first is None or (mask.width, mask.height) == (first.width, first.height):
        return
    its, ours = f"{mask.width} x {mask.height}", f"{first.width} x {first.height}"
    found.complain(MASK_FILE, f"it is {its} pixels, the first picture {ours}; both have to be the same.")
    found.mask = None
    if not mask.runs.exists():
        mask.delete()


def _ids(texts: Iterable[str]) -> list[uuid.UUID]:
    """Each once; of far too many only enough to be refused, because every one is looked for."""
    return list(dict.fromkeys(map(showing.uuid_of, texts)))[: drawing.MOST_INPUTS + 1]
