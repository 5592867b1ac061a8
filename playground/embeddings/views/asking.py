"""Asking for vectors: the form, a request, another try."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from connector import runs
from connector.client import errors
from connector.models import Run, requesting
from playground import unsent
from playground.access import UserRequest, signed_in, wants_fragment
from playground.chat.forms import AgainForm
from playground.embeddings import asking, listing, owned, showing
from playground.embeddings.forms import EmbeddingsForm

TEMPLATE = showing.TEMPLATE


@require_GET
@signed_in
def embeddings(request: UserRequest) -> HttpResponse:
    """The form, and the requests before."""
    return _page(request, asking.form(request))


@require_GET
@signed_in
def run(request: UserRequest, pk: int) -> HttpResponse:
    """A request with what came of it, its form filled in as it was asked."""
    found = owned.run(request, pk)
    if found.is_going and Run.objects.filter(pk=pk).interrupt_dead():
        found.refresh_from_db()
    result = showing.of(found, request.GET)
    if wants_fragment(request):
        return render(request, f"{TEMPLATE}#result", {"result": result, "run": found})
    return _page(request, asking.form(request, found), result)


@require_POST
@signed_in
def form(request: UserRequest) -> HttpResponse:
    """The form after something was chosen, typed or uploaded: another model, other columns, so many texts."""
    found = asking.posted(request)
    status = 200 if found.is_valid() or found.is_unnamed else 422
    if wants_fragment(request):
        has_file = asking.FILE in request.FILES
        return render(request, f"{TEMPLATE}#chosen", {"form": found, "has_file": has_file}, status=status)
    return _page(request, found, status=status)


@require_POST
@signed_in
def ask(request: UserRequest) -> HttpResponse:
    found = asking.posted(request, sends=True)
    if not found.is_valid():
        return _refused(request, found)
    try:
        made = asking.ask(request, found)
    except errors.NotSent as error:
        return _refused(request, found, error)
    runs.start(made)
    return _asked(request, made)


@require_POST
@signed_in
def again(request: UserRequest, pk: int) -> HttpResponse:
    found, form = owned.run(request, pk), AgainForm(request.POST)
    token = form.cleaned_data["token"] if form.is_valid() else ""
    try:
        made = requesting.ask_again(found, token)
    except errors.NotSent as error:
        return _refused(request, None, error)
    runs.start(made)
    return _asked(request, made)


@require_POST
@signed_in
def stop(request: UserRequest, pk: int) -> HttpResponse:
    found = owned.run(request, pk)
    runs.stop(found)
    if wants_fragment(request):
        return HttpResponse(status=204)  # the stream brings the end
    return redirect("playground:embedding", pk)


@require_POST
@signed_in
def delete(request: UserRequest, pk: int) -> HttpResponse:
    """The texts and the vectors; that something was asked, and what it cost, stays in the record."""
    found = owned.run(request, pk)
    if found.is_going:
        runs.stop(found)
    requesting.forget(found)
    return redirect("playground:embeddings")


def _page(
    request: UserRequest,
    form: EmbeddingsForm,
    result: showing.Result | None = None,
    *,
    status: int = 200,
    **more: Any,  # Any: what a template reads
) -> HttpResponse:
    before = listing.page(request, asking.before(request))
    context = {"form": form, "result": result, "run": result and result.run, "earlier": before} | more
    return render(request, TEMPLATE, context, status=status)


def _asked(request: UserRequest, run: Run) -> HttpResponse:
    """The run in the place of what was looked at, its address in the browser's, and a fresh token for the next one."""
    address = reverse("playground:embedding", args=[run.pk])
    if not wants_fragment(request):
        return redirect(address)
    context = {"result": showing.of(run), "run": run, "earlier": listing.page(request)}
    response = render(request, f"{TEMPLATE}#asked", context)
    response["HX-Push-Url"] = address
    return response


def _refused(request: UserRequest, form: EmbeddingsForm | None, error: errors.NotSent | None = None) -> HttpResponse:
    """Why nothing was asked: at the field or beside the button, with everything that was typed kept."""
    status = unsent.status(error)
    if wants_fragment(request):
        part = "refused" if form else "not_again"
        has_file = asking.FILE in request.FILES
        context = {"form": form, "error": error, "has_file": has_file}
        response = render(request, f"{TEMPLATE}#{part}", context, status=status)
    else:
        response = _page(request, form or asking.form(request), status=status, error=error)
    return unsent.in_time(response, error)
