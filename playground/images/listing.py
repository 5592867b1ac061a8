"""The pictures of the gallery, a page at a time.

A page goes on after the last picture of the one before (a key, not an offset), so that the ten-thousandth costs what
the first one does and nothing is skipped when something is deleted in between. The key is the picture's public id.
"""

import contextlib
import math
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Left
from django.http import Http404

from connector.models import GeneratedImage
from connector.models.gallery import GeneratedImageQuerySet
from playground.images.filtering import Filters, Sort

AT_ONCE = 48  # fills the rows of two, three, four, six and eight columns
PAGES_TOGETHER = 20
WORDS = 200  # characters of a prompt that are shown with a small picture
ORDER = {Sort.NEWEST: ("-pk",), Sort.OLDEST: ("pk",), Sort.LARGEST: ("-bytes", "-pk")}
REVERSED = {Sort.NEWEST: ("pk",), Sort.OLDEST: ("-pk",), Sort.LARGEST: ("bytes", "pk")}
FIELDS = ("public_id", "user", "width", "height", "bytes", "media_type", "thumbnail", "favourite", "created", "deleted")


@dataclass(frozen=True, slots=True)
class Page:
    images: list[GeneratedImage]
    after: str  # the key of the next page; "" at the end
    total: int  # with these filters


@dataclass(frozen=True, slots=True)
class Beside:
    previous: GeneratedImage | None
    next: GeneratedImage | None


def page(user: User, filters: Filters, after: str = "", until: str = "") -> Page:
    """What comes behind the picture `after`; raises Http404 for a key that is no picture of theirs.

    `until`: the first pages together, down to this picture, for who comes back to where they were.
    """
    found = filters.apply(user)
    asked = found.filter(_behind(_key(user, after), filters.sort)) if after else found
    many = _down_to(user, found, filters, until) if until else AT_ONCE
    rows = list(cells(asked).order_by(*ORDER[Sort(filters.sort)])[: many + 1])
    more = len(rows) > many
    return Page(images=rows[:many], after=str(rows[many - 1].public_id) if more else "", total=found.count())


def _down_to(user: User, found: GeneratedImageQuerySet, filters: Filters, until: str) -> int:
    """How many pictures that is, in whole pages; one page when it is too far, or not there."""
    with contextlib.suppress(Http404):
        before = found.exclude(_behind(_key(user, until), filters.sort)).count()
        pages = math.ceil(before / AT_ONCE)
        return AT_ONCE * pages if 1 <= pages <= PAGES_TOGETHER else AT_ONCE
    return AT_ONCE


def cells(images: GeneratedImageQuerySet) -> GeneratedImageQuerySet:
    """With what a cell of the grid shows and no more: a prompt can be long. As `words` and `is_shared`."""
    shared = GeneratedImage.groups.through.objects.filter(generatedimage=OuterRef("pk"))
    return images.only(*FIELDS).annotate(words=Left("prompt", WORDS), is_shared=Exists(shared))


def beside(user: User, filters: Filters, image: GeneratedImage) -> Beside:
    """The pictures before and after `image` in the gallery with these filters. Two queries."""
    found = cells(filters.apply(user))
    before, after = REVERSED[Sort(filters.sort)], ORDER[Sort(filters.sort)]
    return Beside(
        previous=found.filter(_before(image, filters.sort)).order_by(*before).first(),
        next=found.filter(_behind(image, filters.sort)).order_by(*after).first(),
    )


def _key(user: User, public_id: str) -> GeneratedImage:
    """The picture with which a page ended, which may have been deleted meanwhile."""
    pictures = GeneratedImage.objects
    theirs = pictures.visible_to(user) | pictures.deleted_of(user)
    try:
        last = theirs.filter(public_id=public_id).only("bytes").first()
    except ValidationError:  # no id at all
        last = None
    if last is None:
        raise Http404
    return last


def _behind(last: GeneratedImage, sort: str) -> Q:
    if sort == Sort.OLDEST:
        return Q(pk__gt=last.pk)
    if sort == Sort.LARGEST:
        return Q(bytes__lt=last.bytes) | Q(bytes=last.bytes, pk__lt=last.pk)
    return Q(pk__lt=last.pk)


def _before(first: GeneratedImage, sort: str) -> Q:
    if sort == Sort.OLDEST:
        return Q(pk__lt=first.pk)
    if sort == Sort.LARGEST:
        return Q(bytes__gt=first.bytes) | Q(bytes=first.bytes, pk__gt=first.pk)
    return Q(pk__gt=first.pk)
