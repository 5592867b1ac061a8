"""What belongs to the user who asks. Every view finds its call here: what may not be seen is not there."""

from django.shortcuts import get_object_or_404

from connector.models import Call, CallContent, Run
from playground.access import UserRequest
from playground.record import scope


def visible_call(request: UserRequest, pk: int) -> Call:
    """One of their own, or for administrators anybody's: then without what was written."""
    calls = scope.visible_to(request.user).select_related("user", "configuration", "run")
    return get_object_or_404(calls, pk=pk)


def call(request: UserRequest, pk: int) -> Call:
    """One of their own: to read it, take it along, send it again."""
    return get_object_or_404(Call.objects.for_user(request.user).select_related("configuration", "run"), pk=pk)


def content(request: UserRequest, pk: int) -> CallContent:
    """What was kept of one of their own."""
    return get_object_or_404(CallContent.objects.select_related("call"), call=call(request, pk))


def run(request: UserRequest, pk: int) -> Run:
    return get_object_or_404(Run.objects.for_user(request.user), pk=pk)
