"""The key's own page: set, replace or remove it. Nothing here can show it."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from connector.admin import status
from connector.admin.forms import KeyForm
from connector.client import errors
from connector.models import ApiType, Configuration

WHERE_KEYS_ARE = {
    ApiType.OPENAI: ("https://platform.openai.com/api-keys", "OpenAI's page of keys"),
    ApiType.AZURE_OPENAI: (
        "https://portal.azure.com/#browse/Microsoft.CognitiveServices%2Faccounts",
        "the Azure portal: the resource, then Resource Management, Keys and Endpoint",
    ),
}


@sensitive_post_parameters("key")
@sensitive_variables("form")
def view(request: HttpRequest, model_admin: "admin.ModelAdmin[Configuration]", object_id: str) -> HttpResponse:
    configuration = found(model_admin, request, object_id)
    back = HttpResponseRedirect(change_url(model_admin, configuration))
    if request.method == "POST" and "remove" in request.POST:
        if configuration.key_row():
            configuration.remove_key(by=request.user)
            log(model_admin, request, configuration, "Key removed")
            messages.success(request, "The key was removed.")
        return back
    form = KeyForm(request.POST or None, configuration=configuration)
    if form.is_valid():
        try:
            configuration.set_key(form.cleaned_data["key"], by=request.user)
        except errors.InvalidParameter as error:
            form.add_error(None, f"The endpoint has to be corrected first: {error.facts['reason']}.")
        else:
            log(model_admin, request, configuration, "Key changed")
            messages.success(request, "The key is set. Test the connection to see whether the provider takes it.")
            return back
    context = {
        **model_admin.admin_site.each_context(request),
        "title": f"Key of {configuration}",
        "form": form,
        "configuration": configuration,
        "key": status.key(configuration, may_change=True),
        "is_set": configuration.key_row() is not None,
        "host": status.host(configuration),
        "where": WHERE_KEYS_ARE.get(ApiType(configuration.api_type)),
        "opts": configuration._meta,
        "back": back.url,
        "media": model_admin.media,
    }
    return TemplateResponse(request, "connector/admin/key.html", context, status=422 if form.errors else 200)


def found(model_admin: "admin.ModelAdmin[Configuration]", request: HttpRequest, object_id: str) -> Configuration:
    """The configuration, for somebody who may change it; 403 and 404 otherwise."""
    if not model_admin.has_change_permission(request):
        raise PermissionDenied
    rows = model_admin.get_queryset(request)
    configuration = get_object_or_404(rows, pk=object_id) if object_id.isdecimal() and len(object_id) < 19 else None
    if configuration is None:
        return get_object_or_404(rows.none())
    if not model_admin.has_change_permission(request, configuration):
        raise PermissionDenied
    return configuration


def change_url(model_admin: "admin.ModelAdmin[Configuration]", configuration: Configuration) -> str:
    site = model_admin.admin_site.name
    return reverse("admin:connector_configuration_change", args=[configuration.pk], current_app=site)


def log(
    model_admin: "admin.ModelAdmin[Configuration]", request: HttpRequest, configuration: Configuration, what: str
) -> None:
    """An entry in the history: who, when and from where, never a value."""
    address = request.META.get("REMOTE_ADDR", "")
    model_admin.log_change(request, configuration, f"{what}{f' (from {address})' if address else ''}.")
