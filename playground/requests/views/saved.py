"""Requests that are kept under a name."""

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from connector.models import SavedRequest
from connector.models.saved_request import MOST
from playground import keys
from playground.access import UserRequest, signed_in, wants_fragment
from playground.requests import owned
from playground.requests.forms import ConsoleForm, SaveForm
from playground.requests.typed import Typed
from playground.requests.views import console


@require_POST
@signed_in
def save(request: UserRequest) -> HttpResponse:
    """What stands in the form, right or not: under a new name, or in the place of the one that is open."""
    form = ConsoleForm(request.user, Typed.posted(request.POST), files=request.FILES)
    pk = keys.parse(request.POST.get("saved", ""))
    row = owned.saved(request, pk) if pk is not None else None
    is_new = row is None or "update" not in request.POST
    name = SaveForm(request.POST if is_new or row is None else {"name": row.name})
    if is_new and SavedRequest.objects.for_user(request.user).count() >= MOST:
        name.add_error("name", f"{MOST} requests are saved already. Delete one first.")
    if not name.is_valid():
        return _unsaved(request, form, name, row)
    if row is None or is_new:
        row = SavedRequest(user=request.user)
    row.name, row.configuration = name.cleaned_data["name"], form.chosen
    row.content, row.changed = form.typed.as_json(), timezone.now()
    row.save()
    row.files.set(form.uploads.values())
    shown = keys.parse(request.POST.get("shown", ""))
    return _to(request, **{console.SAVED: row.pk} | ({console.RUN: shown} if shown is not None else {}))


@require_POST
@signed_in
def delete(request: UserRequest, pk: int) -> HttpResponse:
    """Deleted for a day, then for good; the page that follows has the button that brings it back."""
    row = owned.saved(request, pk)
    row.discard()
    return _to(request, **{console.DELETED: row.pk})


@require_POST
@signed_in
def restore(request: UserRequest, pk: int) -> HttpResponse:
    row = owned.deleted_saved(request, pk)
    row.restore()
    return _to(request, **{console.SAVED: row.pk})


def _unsaved(request: UserRequest, form: ConsoleForm, name: SaveForm, row: SavedRequest | None) -> HttpResponse:
    if not wants_fragment(request):
        return console.page(request, form.typed, form=form, name=name, saved=row, status=422)
    ones = SavedRequest.objects.for_user(request.user)
    context = {"form": form, "name": name, "saved": row, "saved_ones": ones}
    return render(request, f"{console.TEMPLATE}#saved_requests", context, status=422)


def _to(request: UserRequest, **query: int) -> HttpResponse:
    address = f"{reverse('playground:request_new')}?{urlencode(query)}"
    return HttpResponseClientRedirect(address) if wants_fragment(request) else redirect(address)
