"""Prices: what an administrator knows better than the catalogue, from a day on."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from connector.admin import base
from connector.models import Price


@admin.register(Price)
class PriceAdmin(base.ModelAdmin):
    fields = (("model", "configuration"), "kind", ("amount", "per"), "valid_from", "note")
    list_display = ("model", "kind", "amount", "per", "configuration", "valid_from", "note")
    list_filter = ("configuration",)
    list_select_related = ("configuration",)
    search_fields = ("model", "kind", "note")
    save_as = True  # the next price is the last one with another day

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"title": "Prices", **(extra_context or {})})
