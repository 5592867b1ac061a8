"""Which pictures the gallery shows, as it stands in its address, and what there is to choose from."""

import dataclasses
import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib.auth.models import User
from django.core.validators import MinValueValidator
from django.db import models
from django.http import QueryDict
from django.utils import timezone
from django.utils.formats import date_format

from connector.models import Album, Configuration, GeneratedImage
from connector.models.gallery import GeneratedImageQuerySet

MAX_SEARCH = 200  # characters
MOST_OFFERED = 200  # models, sizes, configurations, albums
LARGEST_KEY = 2**63 - 1
EARLIEST = datetime.date(1900, 1, 1)  # the first midnight of all has no moment in UTC east of Greenwich


class Whose(models.TextChoices):
    MINE = "", "Mine"
    SHARED = "shared", "Shared with me"
    ALL = "all", "Mine and shared"
    DELETED = "deleted", "Recently deleted"


class Sort(models.TextChoices):
    NEWEST = "", "Newest first"
    OLDEST = "oldest", "Oldest first"
    LARGEST = "largest", "Largest files first"


@dataclass(frozen=True, slots=True)
class Filters:
    """What was chosen. A field at its default stands for nothing chosen, and not in the address."""

    q: str = ""
    whose: str = ""
    model: str = ""
    configuration: int | None = None
    size: str = ""  # 1024x1536
    since: datetime.date | None = None  # the first day
    until: datetime.date | None = None  # the last day
    favourite: bool = False
    album: int | None = None
    sort: str = ""

    def query(self, **changes: Any) -> str:  # Any: whatever the fields take
        """The address's part behind `?`, with these `changes`."""
        fields = dataclasses.asdict(dataclasses.replace(self, **changes))
        given = {name: "1" if value is True else value for name, value in fields.items() if value}
        return urlencode(given)

    @property
    def narrow(self) -> "Filters":
        """Those that leave pictures out."""
        return dataclasses.replace(self, whose="", sort="")

    @property
    def are_any(self) -> bool:
        return self.narrow != Filters()

    @property
    def is_deleted(self) -> bool:
        return self.whose == Whose.DELETED

    def apply(self, user: User) -> GeneratedImageQuerySet:
        """The pictures of `user`, or shared with them, that are meant."""
        found = self._of(user).kept().search(self.q)
        if self.model:
            found = found.filter(model=self.model)
        if self.configuration:
            found = found.filter(configuration=self.configuration)
        if self.size:
            width, _, height = self.size.partition("x")
            found = found.filter(width=int(width), height=int(height))
        if self.since:
            found = found.filter(created__gte=_midnight(self.since))
        if self.until and self.until < datetime.date.max:
            found = found.filter(created__lt=_midnight(self.until + datetime.timedelta(days=1)))
        if self.favourite:
            found = found.filter(favourite=True)
        if self.album:
            found = found.filter(albums=self.album, albums__user=user)
        return found

    def _of(self, user: User) -> GeneratedImageQuerySet:
        pictures = GeneratedImage.objects.all()
        if self.whose == Whose.DELETED:
            return pictures.deleted_of(user)
        if self.whose == Whose.SHARED:
            return pictures.shared_with(user)
        if self.whose == Whose.ALL or self.album:  # an album has pictures of others, too
            return pictures.visible_to(user)
        return pictures.for_user(user)


class FilterForm(forms.Form):
    """The bar. What is wrong is said beside its field and left out."""

    q = forms.CharField(max_length=MAX_SEARCH, required=False)
    whose = forms.ChoiceField(choices=Whose.choices, required=False)
    model = forms.CharField(max_length=200, required=False)
    configuration = forms.IntegerField(min_value=1, max_value=LARGEST_KEY, required=False)
    size = forms.RegexField(r"^[0-9]{1,5}x[0-9]{1,5}\Z", required=False)
    since = forms.DateField(required=False, validators=[MinValueValidator(EARLIEST)])
    until = forms.DateField(required=False, validators=[MinValueValidator(EARLIEST)])
    favourite = forms.BooleanField(required=False)
    album = forms.IntegerField(min_value=1, max_value=LARGEST_KEY, required=False)
    sort = forms.ChoiceField(choices=Sort.choices, required=False)

    def filters(self) -> Filters:
        self.is_valid()
        return Filters(**self.cleaned_data)


def of(data: QueryDict) -> Filters:
    """The filters in an address, as far as they make sense."""
    return FilterForm(data).filters()


class Choices:
    """What is worth being offered: only what some picture has that `user` sees. Each is asked for when it is drawn."""

    def __init__(self, user: User) -> None:
        self.user = user
        self._seen = GeneratedImage.objects.visible_to(user).kept().order_by()

    @cached_property
    def models(self) -> list[str]:
        names = self._seen.exclude(model="").values_list("model", flat=True).distinct().order_by("model")
        return list(names[:MOST_OFFERED])

    @cached_property
    def sizes(self) -> list[str]:
        pairs = self._seen.filter(width__gt=0).values_list("width", "height").distinct().order_by("width", "height")
        return [f"{width}x{height}" for width, height in pairs[:MOST_OFFERED]]

    @cached_property
    def configurations(self) -> list[tuple[int, str]]:
        """Of their own pictures: what others use is for others to know."""
        used = GeneratedImage.objects.for_user(self.user).kept().order_by().values("configuration").distinct()
        return [(one.pk, str(one)) for one in Configuration.objects.filter(pk__in=used)[:MOST_OFFERED]]

    @cached_property
    def albums(self) -> list[tuple[int, str]]:
        return list(Album.objects.for_user(self.user).values_list("pk", "name")[:MOST_OFFERED])


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is set, and the address without it."""

    label: str
    query: str


def chips(filters: Filters, offered: Choices) -> list[Chip]:
    def told() -> Iterator[tuple[str, str]]:
        if filters.q:
            yield "q", f"“{filters.q}”"
        if filters.favourite:
            yield "favourite", "Favourites"
        if filters.album:
            yield "album", f"Album: {dict(offered.albums).get(filters.album, 'another one')}"
        if filters.model:
            yield "model", filters.model
        if filters.configuration:
            yield "configuration", dict(offered.configurations).get(filters.configuration, "another configuration")
        if filters.size:
            yield "size", filters.size.replace("x", " x ")
        if filters.since:
            yield "since", f"from {date_format(filters.since, 'j M Y')}"
        if filters.until:
            yield "until", f"until {date_format(filters.until, 'j M Y')}"

    empty = Filters()
    return [Chip(label, filters.query(**{name: getattr(empty, name)})) for name, label in told()]


def _midnight(day: datetime.date) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time.min))
