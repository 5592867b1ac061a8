"""The list of calls, one call, and the calls of a run."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from connector.models import Call
from playground.access import UserRequest, signed_in, wants_fragment
from playground.record import filtering, listing, owned, showing
from playground.record.filtering import FilterForm

LIST, CALL = "playground/record/list.html", "playground/record/call.html"
MOST_OF_A_RUN = 100


@require_GET
@signed_in
def calls(request: UserRequest) -> HttpResponse:
    """`?after=` goes on; the rest is `FilterForm`'s."""
    form = FilterForm(request.GET)
    filters = form.filters()
    after = request.GET.get("after", "")
    page = listing.page(request.user, filters, after)
    context = {
        "page": page,
        "filters": filters,
        "is_of_everyone": filters.is_of_everyone(request.user),
    }
    if wants_fragment(request) and after:
        return render(request, f"{LIST}#more", context)
    offered = filtering.Choices(request.user, filters)
    context |= {
        "form": form,
        "offered": offered,
        "chips": filtering.chips(filters, offered),
        "is_first": not after,
    }
    if not wants_fragment(request):
        return render(request, LIST, context)
    part = "record" if request.headers.get("HX-Target", "").endswith("#record") else "results"
    response = render(request, f"{LIST}#{part}", context)
    query = filters.query()
    response["HX-Push-Url"] = reverse("playground:requests") + (f"?{query}" if query else "")
    return response


@require_GET
@signed_in
def call(request: UserRequest, pk: int) -> HttpResponse:
    """One call: whole for its owner, for administrators without what was written."""
    found = owned.visible_call(request, pk)
    return render(request, CALL, {"shown": showing.of(found, request.user), "call": found})


@require_GET
@signed_in
def of_run(request: UserRequest, pk: int) -> HttpResponse:
    """The calls of a run: to the one, or a list of several."""
    run = owned.run(request, pk)
    found = listing.lean(Call.objects.for_user(request.user).filter(run=run))
    rows = list(found[:MOST_OF_A_RUN])
    if len(rows) == 1:
        return redirect("playground:request", rows[0].pk)
    context = {"run": run, "calls": rows[::-1], "origin": showing.origin_of(run)}
    return render(request, "playground/record/run.html", context)
