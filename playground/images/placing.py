"""Where pictures are put: with whom they are shared, and in which albums they are. Forms and what they change."""

from collections.abc import Iterable
from typing import Any, override

from django import forms
from django.contrib.auth.models import Group, User
from django.db.models import Q, QuerySet
from django.http import QueryDict

from connector.models import Album, GeneratedImage
from playground.keys import MOST_DIGITS

LONGEST = 100  # characters of an album's name


def groups_of(user: User, image: GeneratedImage | None = None) -> "QuerySet[Group]":
    """Those that `user` may share with, and those that `image` is shared with already, so that this can be ended."""
    shared = Q(shared_images=image) if image else Q()
    return Group.objects.filter(Q(user=user) | shared).distinct().order_by("name")


class RowsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # of any model
    """Some of the rows offered, as ticks. A number that no row can have is no choice; SQLite would fail on it."""

    widget = forms.CheckboxSelectMultiple

    @override
    def clean(self, value: Any) -> Any:  # Any: as Django has them
        if too_long := next((key for key in value or () if len(str(key)) > MOST_DIGITS), None):
            given = {"value": str(too_long)[:MOST_DIGITS]}
            raise forms.ValidationError(self.error_messages["invalid_choice"], code="invalid_choice", params=given)
        return super().clean(value)


class AlbumsField(RowsField):
    @override
    def label_from_instance(self, album: Any) -> str:  # Any: as Django has it
        return str(album.name)  # an album's own text is without its name, which others would read in logs


class GroupsForm(forms.Form):
    """Which groups see it."""

    groups = RowsField(Group.objects.none(), required=False)

    def __init__(self, offered: "QuerySet[Group]", data: QueryDict | None = None, groups: Iterable[Group] = ()) -> None:
        super().__init__(data, initial={"groups": groups}, auto_id="share-%s")
        self.fields["groups"].queryset = offered  # type: ignore[attr-defined]  # of a field of Django's


class AlbumsForm(forms.Form):
    """Which of one's albums it is in, and the name of another one that is made for it."""

    albums = AlbumsField(Album.objects.none(), required=False)
    name = forms.CharField(
        max_length=LONGEST,
        required=False,
        label="New album",
        widget=forms.TextInput({"class": "input", "autocomplete": "off"}),
    )

    def __init__(self, user: User, data: QueryDict | None = None, albums: Iterable[Album] = ()) -> None:
        super().__init__(data, initial={"albums": albums}, auto_id="put-%s", label_suffix="")
        self.user = user
        self.fields["albums"].queryset = Album.objects.for_user(user)  # type: ignore[attr-defined]

    def put(self, image: GeneratedImage) -> None:
        """`image` into the chosen albums and out of the others; an album that is named and not there yet is made."""
        chosen = set(self.cleaned_data["albums"])
        if name := self.cleaned_data["name"]:
            chosen.add(Album.objects.get_or_create(user=self.user, name=name)[0])
        for album in Album.objects.for_user(self.user):
            if album in chosen:
                album.add([image])
            else:
                album.images.remove(image)


class AlbumForm(forms.Form):
    """An album's name, which its owner has only once. `album`: the one that is renamed."""

    name = forms.CharField(
        max_length=LONGEST,
        error_messages={"required": "An album needs a name."},
        widget=forms.TextInput({"class": "input", "autocomplete": "off"}),
    )

    def __init__(self, user: User, data: QueryDict | None = None, album: Album | None = None) -> None:
        super().__init__(data, auto_id="album-%s", label_suffix="")
        self.album = album or Album(user=user)

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        others = Album.objects.for_user(self.album.user).exclude(pk=self.album.pk)
        if others.filter(name=name).exists():
            raise forms.ValidationError("You have an album with this name already.", code="twice")
        return name

    def save(self) -> Album:
        self.album.name = self.cleaned_data["name"]
        self.album.save()
        return self.album
