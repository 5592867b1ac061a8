"""Where pictures are put: with whom they are shared, and in which albums they are. Forms and what they change."""

from collections.abc import Iterable

from django import forms
from django.contrib.auth.models import Group, User
from django.db.models import Q, QuerySet
from django.http import QueryDict

from connector.models import Album, GeneratedImage

LONGEST = 100  # characters of an album's name


def groups_of(user: User, image: GeneratedImage | None = None) -> "QuerySet[Group]":
    """Those that `user` may share with, and those that `image` is shared with already, so that this can be ended."""
    shared = Q(shared_images=image) if image else Q()
    return Group.objects.filter(Q(user=user) | shared).distinct().order_by("name")


class GroupsForm(forms.Form):
    """Which groups see it."""

    groups = forms.ModelMultipleChoiceField(Group.objects.none(), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, offered: "QuerySet[Group]", data: QueryDict | None = None, groups: Iterable[Group] = ()) -> None:
        super().__init__(data, initial={"groups": groups}, auto_id="share-%s")
        self.fields["groups"].queryset = offered  # type: ignore[attr-defined]  # of a field of Django's


class AlbumsForm(forms.Form):
    """Which of one's albums it is in, and the name of another one that is made for it."""

    albums = forms.ModelMultipleChoiceField(Album.objects.none(), required=False, widget=forms.CheckboxSelectMultiple)
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
