"""Deployed models: rows on a configuration's form, and a list of all of them for what does not fit there."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.forms import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse

from connector.admin import base
from connector.admin.forms import DeployedModelForm
from connector.models import DeployedModel

SHOWN = 50  # rows on the form; several hundred would be over Django's limit on the number of fields


class ShownFirst(BaseInlineFormSet):  # type: ignore[type-arg]  # generic for mypy only
    """The first rows, those of administrators before those that were loaded. What is posted is looked up among all."""

    def get_queryset(self) -> Any:  # as the base has it
        rows = super().get_queryset()
        return rows if self.is_bound else rows[:SHOWN]

    def add_fields(self, form: Any, index: int | None) -> None:  # Any: as the base has it
        super().add_fields(form, index)
        if "DELETE" in form.fields:  # in a table the heading is not the field's label
            form.fields["DELETE"].widget.attrs["aria-label"] = "Delete"


class DeployedModelInline(admin.TabularInline):  # type: ignore[type-arg]  # generic for mypy only
    model = DeployedModel
    form = DeployedModelForm
    formset = ShownFirst
    fields = ("name", "family", "serves", "enabled", "shutdown_date")
    extra = 0
    template = "connector/admin/deployed_models.html"

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[DeployedModel]:
        return super().get_queryset(request).order_by("source", "name")


@admin.register(DeployedModel)
class DeployedModelAdmin(base.ModelAdmin):
    form = DeployedModelForm
    fields = ("configuration", "name", "family", "serves", "enabled", "shutdown_date", "overrides")
    list_display = ("name", "configuration", "family", "serves_in_words", "shutdown_date", "source", "enabled")
    list_editable = ("enabled",)
    list_filter = ("enabled", "source", "configuration")
    list_select_related = ("configuration",)
    search_fields = ("name", "family")
    actions = ("enable", "disable")

    class Media:
        css = {"all": ("connector/admin.css",)}  # noqa: RUF012  # Django's Media

    def get_changelist_form(self, request: HttpRequest, **options: Any) -> Any:  # a class of forms
        """The box of a row says to those who listen what it is for."""
        box = forms.CheckboxInput(attrs={"aria-label": "Enabled"})
        return super().get_changelist_form(request, widgets={"enabled": box}, **options)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"title": "Deployed models", **(extra_context or {})})

    @admin.display(description="serves")
    def serves_in_words(self, row: DeployedModel) -> str:
        return ", ".join(row.serves_labels) or "as the catalogue says"

    @admin.action(description="Enable", permissions=["change"])
    def enable(self, request: HttpRequest, rows: models.QuerySet[DeployedModel]) -> None:
        rows.update(enabled=True, source=DeployedModel.Source.ADMINISTRATOR)

    @admin.action(description="Disable", permissions=["change"])
    def disable(self, request: HttpRequest, rows: models.QuerySet[DeployedModel]) -> None:
        rows.update(enabled=False, source=DeployedModel.Source.ADMINISTRATOR)
