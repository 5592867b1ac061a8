"""What the pages of models answer to."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from connector import activities
from connector.client import errors
from connector.models import Call, limits, listing, offering, replacing
from connector.models.deployed_model import Operation
from playground import keys
from playground.access import UserRequest, signed_in, wants_fragment
from playground.catalogue import details, filtering, live, owned, rows

LIST, MODEL = "playground/models/models.html", "playground/models/model.html"


@require_GET
@signed_in
def models(request: UserRequest) -> HttpResponse:
    """All models of all configurations that may be used, as the query filters and sorts them."""
    return _list(request)


@require_GET
@signed_in
def model(request: UserRequest, pk: int, name: str = "") -> HttpResponse:
    """What is known of one model; a name that no path can have stands in the query."""
    found = owned.model(request, pk, name or request.GET.get("name", ""))
    context = {"details": details.Details(request.user, found), "model": found}
    return render(request, MODEL, context | {"said": live.known(found.configuration, found.name)})


@require_POST
@signed_in
def ask(request: UserRequest, pk: int) -> HttpResponse:
    """Ask the provider about a model, behind its page or by its button; what was said lately is not asked for again."""
    found = owned.model(request, pk, request.POST.get("name", ""))
    said = live.known(found.configuration, found.name)
    error = None
    if said is None or not said.is_fresh or "again" in request.POST:
        try:
            limits.check_lookups(request.user)
            said = live.ask(request.user, found.configuration, found.name)
        except errors.LimitReached as limit:
            error = limit
    if wants_fragment(request):
        return render(request, f"{MODEL}#live", {"model": found, "said": said, "error": error, "is_asked": True})
    return redirect(rows.address(pk, found.name))


@require_POST
@signed_in
def refresh(request: UserRequest, pk: int) -> HttpResponse:
    """Load a configuration's list from its provider, who is waited for."""
    configuration = owned.configuration(request, pk)
    if configuration.api_type not in listing.LISTS:
        raise Http404
    try:
        limits.check_lookups(request.user)
        with activities.on_behalf_of(request.user, source=Call.Source.PAGE):
            loaded = activities.refresh_models(configuration)
    except errors.LimitReached as error:
        return _list(request, problem=error, status=429)
    except errors.ConnectorError as error:
        return _list(request, problem=error, status=422)
    said = f"{configuration} lists {loaded.total} models: {loaded.new} new, {loaded.gone} gone."
    return _list(request, done=said) if wants_fragment(request) else redirect("playground:models")


@require_POST
@signed_in
def replace(request: UserRequest) -> HttpResponse:
    """Ask the replacement of a model from now on, wherever the user uses it."""
    pk, name = keys.parse(request.POST.get("configuration", "")), request.POST.get("model", "")
    if pk is None:
        raise Http404
    configuration = owned.configuration(request, pk)
    try:
        changed = replacing.replace(request.user, configuration, name)
    except errors.InvalidParameter as error:  # a saved prompt has as many versions as it may have
        return _list(request, problem=error, status=422)
    if not wants_fragment(request):
        return redirect("playground:models")
    said = f"Changed in {changed} place{'' if changed == 1 else 's'}." if changed else "Nothing uses it any more."
    return _list(request, done=said)


def _list(request: UserRequest, *, status: int = 200, **more: Any) -> HttpResponse:  # Any: what a template reads
    configurations = list(owned.configurations(request))
    filters = filtering.of(request.GET)
    everything = list(rows.rows(configurations))
    found = filters.apply(everything)
    context = {
        "configurations": [(one, one.api_type in listing.LISTS) for one in configurations],
        "filters": filters,
        "operations": Operation.choices,
        "sorts": filtering.Sort.choices,
        "rows": found[: rows.SHOWN],
        "count": len(found),
        "total": len(everything),
        "uses": replacing.uses(request.user, configurations),
        "defaults": [(label, ending) for one in configurations for label, ending in offering.endings_of_defaults(one)],
        "address": reverse("playground:models"),
    }
    part = "#page" if request.method == "POST" else "#found"
    name = f"{LIST}{part}" if wants_fragment(request) else LIST
    return render(request, name, context | more, status=status)
