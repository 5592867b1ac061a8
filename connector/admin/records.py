"""Sessions and runs, for the one who looks after them: who, when, with what, how it went, what it used.

What people wrote and were answered is not shown here, nor a title, which is made of it: `docs/decisions`.
"""

from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import Count
from django.http import HttpRequest, HttpResponse

from connector.admin import base
from connector.models import ChatCompletionsSession, Run


class ReadOnly(base.ModelAdmin):
    title = ""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"title": self.title, **(extra_context or {})})

    @admin.display(description="number", ordering="pk")
    def number(self, row: models.Model) -> int:
        return int(row.pk)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Not on pages of this model; where a user is deleted, what was theirs goes along."""
        page = request.resolver_match.url_name if request.resolver_match else ""
        is_ours = (page or "").startswith(f"{self.opts.app_label}_{self.opts.model_name}_")
        return not is_ours and super().has_delete_permission(request, obj)


@admin.register(ChatCompletionsSession)
class SessionAdmin(ReadOnly):
    title = "Sessions"
    list_display = ("number", "user", "configuration", "model", "message_count", "touched", "created")
    list_display_links = None  # the page of one would have nothing more to show
    list_filter = ("configuration",)
    list_select_related = ("user", "configuration")
    search_fields = ("user__username", "model")
    ordering = ("-touched",)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        rows = super().get_queryset(request).filter(deleted=None).annotate(message_count=Count("messages"))
        lean: models.QuerySet[Any] = rows.defer("title", "system_prompt", "parameters", "template")
        return lean

    @admin.display(description="messages", ordering="message_count")
    def message_count(self, session: Any) -> int:  # with the count of the query above
        count: int = session.message_count
        return count

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> None:
        """None: a session's page would be headed with its title."""
        return None


@admin.register(Run)
class RunAdmin(ReadOnly):
    title = "Runs"
    fields = (
        ("user", "configuration"),
        ("kind", "state", "model"),
        ("created", "sent", "ended"),
        ("first_token_ms", "duration_ms", "retries"),
        ("tokens_in", "tokens_out", "usage_estimated", "cost"),
        "request_id",
        "what_went_wrong",
    )
    list_display = (
        "pk",
        "user",
        "configuration",
        "model",
        "state",
        "tokens_in",
        "tokens_out",
        "duration_ms",
        "created",
    )
    list_filter = ("state", "kind", "configuration")
    list_select_related = ("user", "configuration")
    search_fields = ("user__username", "model", "request_id")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).defer("request", "system_prompt", "answer")

    @admin.display(description="tokens in")
    def tokens_in(self, run: Run) -> int | None:
        return _number(run.usage, "prompt_tokens")

    @admin.display(description="tokens out")
    def tokens_out(self, run: Run) -> int | None:
        return _number(run.usage, "completion_tokens")

    @admin.display(description="what went wrong")
    def what_went_wrong(self, run: Run) -> str:
        """The kind of error; its text may repeat what was asked."""
        status = run.error.get("details", {}).get("status", "")
        return " ".join(str(part) for part in (run.error.get("code", ""), status) if part)


def _number(usage: dict[str, Any], name: str) -> int | None:  # Any: what the provider counted
    value = usage.get(name)
    return value if isinstance(value, int) else None
