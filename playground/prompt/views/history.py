"""The page: the form, and the prompts so far."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from connector.models import ChatCompletionsSession
from playground import keys
from playground.access import UserRequest, signed_in, wants_fragment
from playground.prompt import asking, cards, owned
from playground.prompt.views import showing

TEMPLATE = showing.TEMPLATE


@require_GET
@signed_in
def page(request: UserRequest) -> HttpResponse:
    """`?from=` fills the form as a prompt was asked, `?saved=` as a version was saved, `?example=` with something to
    try, `?new=` with nothing, whatever was typed before; `?after=` shows older prompts, `?deleted=` offers one back.
    """
    after = keys.parse(request.GET.get("after", ""))
    if after and wants_fragment(request):
        return render(request, f"{TEMPLATE}#older", {"page": cards.page(request.user, after)})
    is_filled = any(request.GET.get(name) for name in (asking.FROM, asking.SAVED, asking.EXAMPLE, asking.NEW))
    return showing.page(request, asking.form(request), after=after, is_filled=is_filled, undo=_just_deleted(request))


@require_POST
@signed_in
def delete(request: UserRequest, pk: int) -> HttpResponse:
    """Deleted for a day, then for good; what follows has the button that brings it back."""
    session = owned.session(request, pk)
    session.discard()
    if wants_fragment(request):
        return render(request, f"{TEMPLATE}#deleted", {"session": session, "undo": session})
    return redirect(f"{reverse('playground:prompt')}?deleted={session.pk}")


@require_POST
@signed_in
def restore(request: UserRequest, pk: int) -> HttpResponse:
    session = owned.deleted_session(request, pk)
    session.restore()
    return showing.to(session)


def _just_deleted(request: UserRequest) -> ChatCompletionsSession | None:
    pk = keys.parse(request.GET.get("deleted", ""))
    theirs = ChatCompletionsSession.objects.deleted_of(request.user).prompts()
    return theirs.filter(pk=pk).first() if pk else None
