"""What all our pages of the admin stand on: Django's, with what it leaves open closed."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin import helpers
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse


class WithoutColons:
    """Mixed in before a form: its labels stand above their fields, where a colon says nothing."""

    def __init__(self, *args: Any, **options: Any) -> None:  # whatever the form takes
        super().__init__(*args, **{"label_suffix": ""} | options)


class ActionForm(helpers.ActionForm):
    action = forms.ChoiceField(label="Action")


class ModelAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic for mypy only
    action_form = ActionForm

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        form: Any = super().get_form(request, obj, change=change, **options)
        return type(form)(form.__name__, (WithoutColons, form), {})

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Django looks for the row before it asks who wants to know: anybody on the staff learns what exists."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        return super().history_view(request, object_id, extra_context)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:  # a row, or None
        """An empty `_to_field` in the address names no field; Django takes it for one and fails."""
        return super().get_object(request, object_id, from_field or None)
