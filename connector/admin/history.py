"""The history page, for those who may see the row.

Django looks for the row before it asks who wants to know, so that anybody on the staff could find out what exists.
"""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse


class ModelAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic for mypy only
    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        return super().history_view(request, object_id, extra_context)
