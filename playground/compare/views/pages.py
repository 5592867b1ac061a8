"""Reading: a new comparison, one of before, the list of them."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from connector.models import Comparison
from playground import keys
from playground.access import UserRequest, signed_in, wants_fragment
from playground.compare import listing, owned, rendering


@require_GET
@signed_in
def new(request: UserRequest) -> HttpResponse:
    """The form with the columns of last time; `?deleted=` offers to bring back what was just deleted."""
    return rendering.page(request, None, rendering.new_form(request), undo=_just_deleted(request))


@require_GET
@signed_in
def comparison(request: UserRequest, pk: int) -> HttpResponse:
    found = owned.comparison(request, pk)
    return rendering.page(request, found, rendering.form_of(request, found))


@require_GET
@signed_in
def history(request: UserRequest) -> HttpResponse:
    """The comparisons of before: `?q=` searches their prompts, `?after=` goes on."""
    after = request.GET.get("after", "")
    page = listing.page(request.user, request.GET.get("q", ""), after)
    if wants_fragment(request):
        return render(request, f"{rendering.TEMPLATE}#{'more' if after else 'rows'}", {"page": page})
    return render(request, "playground/compare/history.html", {"page": page})


def _just_deleted(request: UserRequest) -> Comparison | None:
    pk = keys.parse(request.GET.get("deleted", ""))
    return Comparison.objects.deleted_of(request.user).filter(pk=pk).first() if pk else None
