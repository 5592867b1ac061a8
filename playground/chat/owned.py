"""What belongs to the user who asks. Every view of the chat finds its object here: what is not theirs is not there."""

from django.http import Http404
from django.shortcuts import get_object_or_404

from connector.models import ChatCompletionsMessage, ChatCompletionsSession, Run
from connector.models.prepared import Prepared, given
from playground.access import UserRequest

_session = Prepared(
    lambda: (
        ChatCompletionsSession.objects.for_user(given("user", ChatCompletionsSession, "user"))
        .chats()
        .select_related("configuration")
        .filter(pk=given("pk"))
    )
)


def session(request: UserRequest, pk: int) -> ChatCompletionsSession:
    found = _session.first(user=request.user.pk, pk=pk)
    if found is None:
        raise Http404("No such session.")
    found.user = request.user  # known already
    return found


def deleted_session(request: UserRequest, pk: int) -> ChatCompletionsSession:
    """One that can still be brought back."""
    return get_object_or_404(ChatCompletionsSession.objects.deleted_of(request.user).chats(), pk=pk)


def message(request: UserRequest, pk: int, **also: str) -> ChatCompletionsMessage:
    """`also`: what else has to hold for it, such as its role."""
    theirs = ChatCompletionsMessage.objects.for_user(request.user).of_chats()
    return get_object_or_404(theirs.select_related("session__configuration", "run"), pk=pk, **also)


def message_of_any_page(request: UserRequest, pk: int) -> ChatCompletionsMessage:
    """One that need not be a chat's: also the answer to a prompt, or in a column of a comparison."""
    return get_object_or_404(ChatCompletionsMessage.objects.for_user(request.user), pk=pk)


def run(request: UserRequest, pk: int) -> Run:
    return get_object_or_404(Run.objects.for_user(request.user), pk=pk)
