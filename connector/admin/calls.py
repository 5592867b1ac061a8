"""The record of calls, for the one who looks after it: who called what, and how it went. Not what was written."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from connector.admin.records import ReadOnly
from connector.models import Call


@admin.register(Call)
class CallAdmin(ReadOnly):
    title = "Calls"
    fields = (
        ("user", "source"),
        ("configuration", "configuration_name"),
        ("operation", "model", "model_answered"),
        ("state", "status", "error_code", "retries"),
        "request_id",
        ("started", "queued_ms", "connected_ms", "first_byte_ms", "first_token_ms", "duration_ms"),
        ("input_tokens", "output_tokens", "cost"),
    )
    list_display = (
        "started",
        "user",
        "configuration_name",
        "operation",
        "model",
        "state",
        "status",
        "error_code",
        "duration_ms",
        "input_tokens",
        "output_tokens",
        "cost",
    )
    list_filter = ("state", "source")
    list_select_related = ("user",)
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("user__username__exact", "model__exact", "request_id__exact")  # others would read a million rows
    search_help_text = "A whole user name, model or request id."

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """The text of an error may repeat what was asked, a path what was typed."""
        return super().get_queryset(request).defer("path", "error", "notices", "attempts", "usage")
