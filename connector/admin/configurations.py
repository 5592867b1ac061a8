"""Configurations: the list, and the form with what is known of one above it."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from connector.admin import base, connections, deployed_models, keys, status
from connector.admin.forms import ConfigurationForm
from connector.checks import encryption_key_problem
from connector.models import ApiType, Configuration, offering
from connector.models.configuration import ConfigurationQuerySet

DEFAULT_MODELS = (
    "model_default_chat",
    "model_default_responses",
    "model_default_completions",
    "model_default_images",
    "model_default_embeddings",
    "model_default_speech",
    "model_default_transcription",
)
AZURE_HELP = SafeString(
    "<p>In the <a href='https://portal.azure.com/#browse/Microsoft.CognitiveServices%2Faccounts' rel='noreferrer'>"
    "Azure portal</a>:</p><ol>"
    "<li>Open the Azure OpenAI (or AI Foundry) resource.</li>"
    "<li>Under <em>Resource Management</em>, <em>Keys and Endpoint</em>: copy the endpoint and one of "
    "the two keys.</li>"
    "<li>Open the resource in the Foundry portal; under <em>Deployments</em>, copy the deployment's name.</li>"
    "<li>Or paste a deployment's whole target URI as the endpoint: name and API version are read from it.</li></ol>"
)
OPENAI_HELP = SafeString(
    "Both stand on the <a href='https://platform.openai.com/settings/organization/general' rel='noreferrer'>settings "
    "page</a> of the account. Most accounts need neither."
)
# Class names that configuration.js reads: a part is for these API types only. Without JavaScript all are shown.
FOR_AZURE, FOR_OPENAI = "only-azure_openai", "only-openai only-openai_compatible"


@admin.register(Configuration)
class ConfigurationAdmin(base.ModelAdmin):
    form = ConfigurationForm
    inlines = (deployed_models.DeployedModelInline,)
    change_form_template = "connector/admin/configuration.html"
    search_fields = ("display_name", "endpoint")
    actions = ("duplicate",)
    save_on_top = False
    show_full_result_count = False

    class Media:
        css = {"all": ("connector/admin.css",)}  # noqa: RUF012  # Django's Media
        js = ("connector/configuration.js",)

    # Who sees what.

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """A search in what one may not see would find it letter by letter."""
        return self.search_fields if self.has_change_permission(request) else ("display_name",)

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        key = "key_and_ending" if self.has_change_permission(request) else "key_state"
        return ("display_name", "api_type", "host", key, "users", "last_test", "default_chat_model")

    def get_fieldsets(self, request: HttpRequest, obj: Configuration | None = None) -> Any:  # as Django's stubs have it
        may_change = self.has_change_permission(request, obj) if obj else True
        is_azure = obj is not None and obj.api_type == ApiType.AZURE_OPENAI
        where: tuple[str, ...] = ("display_name", "api_type", "endpoint" if may_change else "host")
        if not obj:
            where = (*where, "new_key")
        parts: list[tuple[str | None, dict[str, Any]]] = [
            (None, {"fields": where}),
            (
                "Azure OpenAI",
                {
                    "fields": ("azure_key_type", "entra_tenant", "entra_client", "deployment_name", "api_version"),
                    "classes": (FOR_AZURE,) if is_azure else ("collapse", FOR_AZURE),
                    "description": AZURE_HELP,
                },
            ),
            (
                "Organization and project",
                {
                    "fields": ("organization", "project"),
                    "classes": ("collapse", FOR_OPENAI),
                    "description": OPENAI_HELP,
                },
            ),
            ("Who may use it", {"fields": ("enabled", "open_to_everyone", "groups", "raw_requests")}),
            (
                "Default models",
                {
                    "fields": DEFAULT_MODELS,
                    "classes": ("collapse", "columns"),
                    "description": "Used when nobody chose one. On Azure: names of deployments.",
                },
            ),
            (
                "Time limits",
                {
                    "fields": ("first_byte_ms", "idle_ms", "total_ms"),
                    "classes": ("collapse", "columns"),
                    "description": "Leave them empty unless answers of this server are cut off, or hang.",
                },
            ),
            (
                "Record of calls",
                {
                    "fields": ("record_calls", "record_days"),
                    "classes": ("collapse", "columns"),
                    "description": "Each call can be looked up by whoever made it: as sent, as answered, as code.",
                },
            ),
        ]
        if not may_change:  # the form that a script could adapt is not there
            parts = [part for part in parts if _is_for(obj, part[1].get("classes", ()))]
        if obj and may_change and obj.takes_key:
            moving = "A key is only sent to the host it was entered for. For another host, type it again here."
            another = {"fields": ("new_key",), "classes": ("collapse", "moving"), "description": moving}
            parts.insert(1, ("Moving to another host", another))
        return parts

    def get_readonly_fields(self, request: HttpRequest, obj: Configuration | None = None) -> tuple[str, ...]:
        return ("host",) if obj and not self.has_change_permission(request, obj) else ()

    # The list.

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Configuration]:
        rows: ConfigurationQuerySet = super().get_queryset(request)  # type: ignore[assignment]  # our default manager's
        return rows.prefetch_related("groups", "api_key__changed_by")

    @admin.display(description="host")
    def host(self, configuration: Configuration) -> str:
        return status.host(configuration) or "not valid"

    @admin.display(description="key")
    def key_state(self, configuration: Configuration) -> SafeString:
        return _badge(status.key(configuration, may_change=False))

    @admin.display(description="key")
    def key_and_ending(self, configuration: Configuration) -> SafeString:
        return _badge(status.key(configuration, may_change=True))

    @admin.display(description="who may use it")
    def users(self, configuration: Configuration) -> SafeString:
        return _badge(status.users(configuration))

    @admin.display(description="last test", ordering="tested_at")
    def last_test(self, configuration: Configuration) -> SafeString:
        return _badge(status.test(configuration))

    @admin.display(description="default chat model", ordering="model_default_chat")
    def default_chat_model(self, configuration: Configuration) -> str:
        return configuration.default_model("chat_completions")

    @admin.action(description="Duplicate, without the key", permissions=["add", "change"])
    def duplicate(self, request: HttpRequest, rows: models.QuerySet[Configuration]) -> None:
        for configuration in rows:
            copy = configuration.duplicate()
            self.log_addition(request, copy, f"Copied from {configuration}, without the key.")
            messages.success(request, f"{copy} was made. It has no key and is switched off until you enable it.")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        self._say_key_problem(request)
        return super().changelist_view(request, {"title": "Configurations", **(extra_context or {})})

    # The form.

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:  # Django's own
        if db_field.name == "groups":
            options["widget"] = forms.CheckboxSelectMultiple
        return super().formfield_for_manytomany(db_field, request, **options)

    @method_decorator(sensitive_post_parameters("new_key"))
    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        self._say_key_problem(request)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Configuration | None = None,
    ) -> HttpResponse:
        if obj and obj.pk:
            context.update(self._known(request, Configuration.objects.get(pk=obj.pk)))
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _known(self, request: HttpRequest, saved: Configuration) -> dict[str, Any]:
        """What stands above the form; of the configuration as it is saved, whatever the form holds."""
        may_change = self.has_change_permission(request, saved)
        return {
            "title": saved.display_name,
            "subtitle": saved.get_api_type_display(),
            "may_change": may_change,
            "endpoint": status.endpoint(saved) if may_change else status.Line(status.host(saved)),
            "key": status.key(saved, may_change=may_change),
            "takes_key": saved.takes_key,
            "test": status.test(saved),
            "users": status.users(saved),
            "endings": offering.endings_of_defaults(saved),
            "models_count": saved.deployed_models.count(),
            "models_refreshed": status.ago(saved.models_refreshed_at) if saved.models_refreshed_at else "",
            "can_load": connections.lists_models(saved),
            "shown_models": deployed_models.SHOWN,
            "suggestions": [model.name for model in saved.model_names("chat_completions")] if may_change else [],
        }

    def save_model(
        self, request: HttpRequest, obj: Configuration, form: "ModelForm[Configuration]", change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        if change and "endpoint" in form.changed_data:
            keys.log(self, request, obj, "Endpoint changed")
        if typed := form.cleaned_data.get("new_key"):
            obj.set_key(typed, by=request.user)
            keys.log(self, request, obj, "Key changed")

    def response_add(
        self, request: HttpRequest, obj: Configuration, post_url_continue: str | None = None
    ) -> HttpResponse:
        """On to the key when there is none yet, else to the page where the connection can be tested."""
        response = super().response_add(request, obj, post_url_continue)
        if "_addanother" in request.POST or "_popup" in request.POST:
            return response
        name = "key" if obj.needs_key and not obj.key_row() else "change"
        return HttpResponseRedirect(self._url(name, obj))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:  # as Django's
        """What goes along, without the rows between configurations and groups: nobody knows them by a name."""
        named, counts, missing, protected = super().get_deleted_objects(objs, request)
        between = Configuration.groups.through._meta
        counts.pop(str(between.verbose_name_plural), None)
        return _without(f"{capfirst(between.verbose_name)}: ", named), counts, missing, protected

    # The pages around it.

    def get_urls(self) -> list[URLPattern]:
        def page(route: str, view: Any, name: str) -> URLPattern:  # Any: a view that also takes the admin
            def bound(request: HttpRequest, object_id: str) -> HttpResponse:
                answer: HttpResponse = view(request, self, object_id)
                return answer

            guarded = bound if name == "key" else require_POST(bound)
            return path(
                f"<str:object_id>/{route}", self.admin_site.admin_view(guarded), name=f"connector_configuration_{name}"
            )

        return [
            page("key/", keys.view, "key"),
            page("test/", connections.test, "test"),
            page("load/", connections.load, "load"),
            *super().get_urls(),
        ]

    def _url(self, name: str, obj: Configuration) -> str:
        return reverse(f"admin:connector_configuration_{name}", args=[obj.pk], current_app=self.admin_site.name)

    def _say_key_problem(self, request: HttpRequest) -> None:
        if request.method == "GET" and self.has_change_permission(request) and (problem := encryption_key_problem()):
            messages.error(request, problem)


def _is_for(configuration: Configuration | None, classes: tuple[str, ...]) -> bool:
    """Whether a part of the form with these classes belongs to the configuration's API type."""
    only = " ".join(classes)
    return configuration is None or "only-" not in only or f"only-{configuration.api_type}" in only.split()


def _without(beginning: str, rows: list[Any]) -> list[Any]:  # Any: texts and, as deep as it goes, lists of them
    return [
        _without(beginning, row) if isinstance(row, list) else row for row in rows if not str(row).startswith(beginning)
    ]


def _badge(line: status.Line) -> SafeString:
    if line.mood == "plain":
        return format_html("{}", line.text)
    return format_html('<span class="state {}" title="{}">{}</span>', line.mood, line.more, line.text)
