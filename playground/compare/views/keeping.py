"""The winner, deletion, export."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from connector.client import wire
from playground import harmless, keys
from playground.access import UserRequest, signed_in
from playground.compare import exporting, owned, rendering, showing


@require_POST
@signed_in
def winner(request: UserRequest, pk: int) -> HttpResponse:
    """The column that is named wins; with none, no column does, and the names of a blind comparison are told."""
    comparison = owned.comparison(request, pk)
    named = request.POST.get("column", "")
    column = get_object_or_404(comparison.columns.all(), pk=keys.parse(named)) if named else None
    comparison.choose(column)
    return rendering.changed(request, comparison)


@require_POST
@signed_in
def delete(request: UserRequest, pk: int) -> HttpResponse:
    """Deleted for a day, then for good; the page that follows has the button that brings it back."""
    owned.comparison(request, pk).discard()
    return redirect(f"{reverse('playground:compare')}?deleted={pk}")


@require_POST
@signed_in
def restore(request: UserRequest, pk: int) -> HttpResponse:
    comparison = owned.deleted_comparison(request, pk)
    comparison.restore()
    return redirect("playground:comparison", comparison.pk)


@require_GET
@signed_in
def export_json(request: UserRequest, pk: int) -> HttpResponse:
    shown = showing.shown(owned.comparison(request, pk))
    return _download(wire.encode(exporting.as_data(shown)), "application/json", f"comparison-{pk}.json")


@require_GET
@signed_in
def export_markdown(request: UserRequest, pk: int) -> HttpResponse:
    shown = showing.shown(owned.comparison(request, pk))
    return _download(exporting.as_markdown(shown).encode(), "text/markdown; charset=utf-8", f"comparison-{pk}.md")


def _download(content: bytes, media_type: str, name: str) -> HttpResponse:
    headers = harmless.UNKEPT | {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=media_type, headers=headers)
