"""The two buttons that call the provider, as the configuration is saved: test the connection, load the models."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from django.contrib import admin, messages
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from connector import activities, conf
from connector.activities import connections, listing
from connector.admin import findings, keys
from connector.client import errors
from connector.client.transport import Client
from connector.models import ApiType, Call, Configuration, record
from connector.models.recording import Recorder

A_MINUTE = 60  # seconds
PER_MINUTE = 10  # calls that one administrator may cause


def test(request: HttpRequest, model_admin: "admin.ModelAdmin[Configuration]", object_id: str) -> HttpResponse:
    configuration = keys.found(model_admin, request, object_id)
    if is_too_often(request):
        return _too_often(model_admin, request, configuration)
    finding = tested(configuration, request.user)
    configuration.remember_test(finding.code, finding.text)
    if finding.code == errors.KeyRefused.code:
        configuration.mark_key_refused()
    elif finding.works:
        configuration.forget_refusal()
    (messages.success if finding.works else messages.error)(request, finding.text)
    return HttpResponseRedirect(keys.change_url(model_admin, configuration))


def load(request: HttpRequest, model_admin: "admin.ModelAdmin[Configuration]", object_id: str) -> HttpResponse:
    configuration = keys.found(model_admin, request, object_id)
    page = keys.change_url(model_admin, configuration)
    if not lists_models(configuration):
        messages.error(request, "Azure does not list deployments; enter them by hand.")
        return HttpResponseRedirect(page)
    if is_too_often(request):
        return _too_often(model_admin, request, configuration)
    try:
        with activities.on_behalf_of(request.user, source=Call.Source.ADMIN):
            loaded = listing.refresh_models(configuration)
    except errors.ConnectorError as error:
        messages.error(request, f"No models were loaded. {findings.explained(error).text}")
        return HttpResponseRedirect(page)  # at its top, where this is said
    text = f"{loaded.total} models are listed: {loaded.new} new, {loaded.gone} gone."
    if loaded.left_out:
        text += f" {loaded.left_out} more were left out; add those you need by hand."
    keys.log(model_admin, request, configuration, f"Models loaded: {loaded.new} new, {loaded.gone} gone")
    messages.success(request, text) if loaded.total else messages.warning(request, "The server lists no models.")
    return HttpResponseRedirect(f"{page}#deployed_models-group")


def lists_models(configuration: Configuration) -> bool:
    return configuration.api_type != ApiType.AZURE_OPENAI


def tested(configuration: Configuration, user: Any) -> findings.Finding:
    default = configuration.default_model("chat_completions")
    names = [default, *(row.name for row in configuration.deployed_models.filter(enabled=True)[:1])]
    deployments = [name for name in names if name]
    try:
        return called(
            configuration, user, lambda client: findings.find(client, default_model=default, deployments=deployments)
        )
    except errors.ConnectorError as error:
        return findings.explained(error)


def called[T](configuration: Configuration, user: Any, question: Callable[[Client], Coroutine[Any, Any, T]]) -> T:
    """Ask the provider from this thread, in an event loop of its own; its connections are closed with it."""
    recorder = Recorder(configuration, source=Call.Source.ADMIN, user_id=user.pk)
    try:
        return asyncio.run(question(connections.connect(configuration, recorder)))
    finally:
        record.write_down(recorder.drafts)


def is_too_often(request: HttpRequest) -> bool:
    name = f"connector.admin.calls.{request.user.pk}"
    cache = caches[conf.limits_cache()]
    cache.add(name, 0, A_MINUTE)
    try:
        return cache.incr(name) > PER_MINUTE
    except ValueError:  # it expired between the two
        return False


def _too_often(
    model_admin: "admin.ModelAdmin[Configuration]", request: HttpRequest, configuration: Configuration
) -> HttpResponse:
    context = {
        **model_admin.admin_site.each_context(request),
        "title": "Not so fast",
        "per_minute": PER_MINUTE,
        "back": keys.change_url(model_admin, configuration),
    }
    headers = {"Retry-After": str(A_MINUTE)}
    return TemplateResponse(request, "connector/admin/too_often.html", context, status=429, headers=headers)
