"""Pictures and what people may draw and keep: who used what, how much of the storage it takes, and each one's limits.

A picture is shown small, its prompt is not: what people wrote is theirs (`records.py`).
"""

import uuid
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Count, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.html import format_html

from connector.admin import base
from connector.admin.records import ReadOnly
from connector.client.limits import readable
from connector.models import GeneratedImage, StoredFile, UserLimits
from connector.models.limits import everyones, of_pictures, used_storage

ALONE = {"Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "private, max-age=3600"}


@admin.register(GeneratedImage)
class GeneratedImageAdmin(ReadOnly):
    title = "Pictures"

    class Media:
        css = {"all": ("connector/admin.css",)}  # noqa: RUF012  # Django's Media

    list_display = ("small", "user", "configuration", "model", "operation", "size", "storage", "state", "created")
    list_display_links = None  # the page of one would have nothing more to show
    list_filter = ("state", "operation", "configuration")
    list_select_related = ("user", "configuration")
    list_per_page = 50
    search_fields = ("user__username", "model", "sha256")
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        rows = super().get_queryset(request).filter(deleted=None)
        lean: models.QuerySet[Any] = rows.defer("prompt", "revised_prompt", "parameters")
        return lean

    def get_urls(self) -> list[Any]:
        small = path(
            "<uuid:public_id>/small/", self.admin_site.admin_view(self.send_small), name="connector_image_small"
        )
        return [small, *super().get_urls()]

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> None:
        """None: a picture has no page here, which would show its prompt."""
        return None

    def send_small(self, request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
        """The thumbnail, for who may see this list; 404 where there is none."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        image = self.get_queryset(request).filter(public_id=public_id).exclude(thumbnail="").first()
        try:
            content = image.thumbnail.read() if image else b""
        except OSError as error:
            raise Http404 from error
        if not content:
            raise Http404
        return HttpResponse(content, content_type="image/webp", headers=ALONE)

    @admin.display(description="picture")
    def small(self, image: GeneratedImage) -> str:
        if not image.thumbnail:
            return ""
        address = reverse(f"{self.admin_site.name}:connector_image_small", args=[image.public_id])
        return format_html('<img class="small-picture" src="{}" alt="Picture {}" loading="lazy">', address, image.pk)

    @admin.display(description="size", ordering="width")
    def size(self, image: GeneratedImage) -> str:
        return f"{image.width} x {image.height}" if image.width else ""

    @admin.display(description="storage", ordering="bytes")
    def storage(self, image: GeneratedImage) -> str:
        return readable(image.bytes) if image.bytes else ""


class UserLimitsForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for mypy only
    def __init__(self, *args: Any, **options: Any) -> None:  # as Django's
        super().__init__(*args, **options)
        for name, usual in everyones().items():
            if name not in self.fields:
                continue  # for who may only look
            shown = readable(usual) if name == "bytes_stored" and usual else usual or "no limit"
            self.fields[name].help_text = f"Empty: as for everyone ({shown}). 0: no limit."


@admin.register(UserLimits)
class UserLimitsAdmin(base.ModelAdmin):
    form = UserLimitsForm
    list_display = ("user", "images_a_minute", "images_a_day", "bytes_stored")
    list_select_related = ("user",)
    search_fields = ("user__username",)


class UserLimitsInline(admin.StackedInline):  # type: ignore[type-arg]  # generic for mypy only
    """For the page of a user: their limits, and how much of them is used."""

    model = UserLimits
    form = UserLimitsForm
    max_num = 1
    can_delete = True
    readonly_fields = ("used",)
    fields = ("used", "images_a_minute", "images_a_day", "bytes_stored")

    @admin.display(description="in use now")
    def used(self, limits: UserLimits) -> str:
        if limits.user_id is None:
            return ""
        most = of_pictures(limits.user)["bytes_stored"]
        used = readable(used_storage(limits.user))
        return f"{used} of {readable(most)}" if most else used


def with_storage(users: models.QuerySet[Any]) -> models.QuerySet[Any]:
    """The `users` with `pictures` (how many are kept) and `storage` (bytes of pictures and uploads), in one query."""

    def total(rows: models.QuerySet[Any], value: models.Aggregate) -> Subquery:
        theirs = rows.filter(user=OuterRef("pk")).order_by().values("user")
        return Subquery(theirs.annotate(total=value).values("total"))

    kept = GeneratedImage.objects.filter(deleted=None, state=GeneratedImage.State.KEPT)
    everything = (total(rows, Sum("bytes")) for rows in (GeneratedImage.objects.all(), StoredFile.objects.all()))
    storage = [Coalesce(bytes_, 0) for bytes_ in everything]
    found: models.QuerySet[Any] = users.annotate(
        pictures=Coalesce(total(kept, Count("pk")), 0), storage=storage[0] + storage[1]
    )
    return found
