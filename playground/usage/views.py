"""The page Usage, and its figures as a file."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from connector.models import standing
from playground.access import UserRequest, signed_in, wants_fragment
from playground.usage import export, filtering, panels
from playground.usage.figures import Figures
from playground.usage.filtering import Choices, FilterForm

TEMPLATE = "playground/usage/page.html"


@require_GET
@signed_in
def usage(request: UserRequest) -> HttpResponse:
    """The query is `FilterForm`'s. What others used is for administrators."""
    form = FilterForm(request.GET)
    filters = form.filters()
    figures = Figures(request.user, filters)
    offered = Choices(request.user, filters)
    context = {
        "form": form,
        "filters": filters,
        "offered": offered,
        "chips": filtering.chips(filters, offered),
        "span": filtering.span_in_words(*filters.days),
        "figures": figures,
        "summary": panels.summary(figures),
        "panels": panels.panels(figures) if figures.days else [],
        "tables": panels.tables(figures) if figures.days else [],
        "all_of_it": filters.query(configuration=None, operation="", model="", user=None),
        "limits": standing.of(request.user),
    }
    part = "#figures" if wants_fragment(request) else ""
    response = render(request, f"{TEMPLATE}{part}", context)
    if wants_fragment(request):
        query = filters.query()
        response["HX-Push-Url"] = reverse("playground:usage") + (f"?{query}" if query else "")
    return response


@require_GET
@signed_in
def download(request: UserRequest) -> HttpResponse:
    """The same rows, one by one, as CSV."""
    filters = FilterForm(request.GET).filters()
    first, last = filters.days
    name = f"usage-{first:%Y-%m-%d}-{last:%Y-%m-%d}.csv"
    content = b"".join(export.lines(request.user, filters))
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)
