"""The stream of a run, and stopping it."""

from collections.abc import AsyncIterator

from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from connector import runs
from connector.models import Run
from playground import frames
from playground.access import UserRequest, is_signed_in, signed_in, wants_fragment
from playground.chat import owned
from playground.frames import tickets


@require_GET
async def events(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The answers of a run as they grow, from wherever the reader was. Strangers are told nothing: no redirect, which
    a reader of events would follow and take for a stream."""
    ticket = tickets.take(request.session.session_key, pk)
    user = ticket.user if ticket else await sync_to_async(_reader)(request, pk)
    if user is None:
        return HttpResponseNotFound()
    last = request.headers.get("Last-Event-ID", "")
    seen = ticket.given if ticket else None
    return streamed(frames.events(pk, user, last_event_id=last, session=request.session, seen=seen))


def streamed(events: AsyncIterator[bytes]) -> StreamingHttpResponse:
    """The answer that sends them as they come."""
    return StreamingHttpResponse(
        events,
        content_type="text/event-stream; charset=utf-8",
        headers={"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"},
    )


def _reader(request: HttpRequest, pk: int) -> User | None:
    """Who may read the run; None for strangers. One trip to a thread for all that has to be asked for it."""
    user = request.user
    return user if is_signed_in(user) and Run.objects.for_user(user).filter(pk=pk).exists() else None


@require_POST
@signed_in
def stop(request: UserRequest, pk: int) -> HttpResponse:
    run = owned.run(request, pk)
    runs.stop(run)
    return _stopped(request, run.session_id)


@require_POST
@signed_in
def stop_session(request: UserRequest, pk: int) -> HttpResponse:
    """Stop whatever is being answered in a session: the button of the composer, which knows no run."""
    session = owned.session(request, pk)
    for run in session.runs.going():
        runs.stop(run)
    return _stopped(request, session.pk)


def _stopped(request: UserRequest, session: int | None) -> HttpResponse:
    if wants_fragment(request):
        return HttpResponse(status=204)  # the stream brings the end
    return redirect("playground:session", session) if session else redirect("playground:chat")
