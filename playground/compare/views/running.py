"""Watching and stopping what the columns answer."""

from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from connector import runs
from connector.models import Comparison
from playground.access import UserRequest, is_signed_in, signed_in, wants_fragment
from playground.chat.views.running import streamed
from playground.compare import frames, owned, rendering, showing
from playground.frames import together


@require_GET
async def events(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The answers of all columns as they grow. Strangers are told nothing, as with the events of one run."""
    found = await sync_to_async(_watched)(request, pk)
    if found is None:
        return HttpResponseNotFound()
    comparison, user, run_ids = found
    place = frames.place(comparison, user, request)
    return streamed(together.events(run_ids, user, place, session=request.session))


def _watched(request: HttpRequest, pk: int) -> tuple[Comparison, User, list[int]] | None:
    """The comparison, who reads it, and the runs of its columns; None for strangers."""
    user = request.user
    comparison = Comparison.objects.for_user(user).filter(pk=pk).first() if is_signed_in(user) else None
    if comparison is None or not is_signed_in(user):
        return None
    return comparison, user, [run.pk for run in showing.runs_of(comparison).values()]


@require_POST
@signed_in
def stop(request: UserRequest, pk: int) -> HttpResponse:
    """Stop all columns that are still being answered."""
    comparison = owned.comparison(request, pk)
    for run in showing.runs_of(comparison).values():
        if run.is_going:
            runs.stop(run)
    if wants_fragment(request):
        return HttpResponse(status=204)  # the stream brings the end
    return rendering.to(comparison)


@require_POST
@signed_in
def stop_column(request: UserRequest, pk: int) -> HttpResponse:
    run = owned.run(request, pk)
    runs.stop(run)
    if wants_fragment(request):
        return HttpResponse(status=204)
    assert run.session  # noqa: S101  # for the type checker: it is a column's
    return redirect("playground:comparison", run.session.comparison_id)
