"""Reading: a new chat, a conversation, the list of sessions."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from connector.models import ChatCompletionsSession
from playground import keys
from playground.access import UserRequest, signed_in, wants_fragment
from playground.chat import exchange, listing, owned, rendering


@require_GET
@signed_in
def new(request: UserRequest) -> HttpResponse:
    """An empty conversation; `?deleted=` offers to bring back what was just deleted."""
    return rendering.page(request, rendering.new_session(request), undo=_just_deleted(request))


@require_GET
@signed_in
def session(request: UserRequest, pk: int) -> HttpResponse:
    """A conversation; `?before=` shows what came before a message, `?edit=` opens one of the user's for editing."""
    found = owned.session(request, pk)
    before = _number(request, "before")
    if before and wants_fragment(request):
        context = {"session": found, "window": exchange.window(found, before)}
        return render(request, "playground/chat/session.html#earlier", context)
    return rendering.page(request, found, before=before, edit=_number(request, "edit"))


@require_GET
@signed_in
def sessions(request: UserRequest) -> HttpResponse:
    """The list: `?q=` searches, `?archived=1` shows the archived ones, `?after=` goes on."""
    after = request.GET.get("after", "")
    page = listing.page(request.user, request.GET.get("q", ""), request.GET.get("archived") == "1", after)
    part = ("#more" if after else "#rows") if wants_fragment(request) else ""
    return render(request, f"playground/chat/sessions.html{part}", {"page": page})


def _number(request: HttpRequest, name: str) -> int | None:
    return keys.parse(request.GET.get(name, ""))


def _just_deleted(request: UserRequest) -> ChatCompletionsSession | None:
    pk = _number(request, "deleted")
    return ChatCompletionsSession.objects.deleted_of(request.user).chats().filter(pk=pk).first() if pk else None
