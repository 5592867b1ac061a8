"""What belongs to the user who asks. Every view finds its object here: what is somebody else's is not there."""

from django.shortcuts import get_object_or_404

from connector.models import Run, SavedRequest
from playground.access import UserRequest
from playground.requests.answers import RAW


def raw_run(request: UserRequest, pk: int) -> Run:
    theirs = Run.objects.for_user(request.user).filter(kind=Run.Kind.CALL, operation=RAW)
    return get_object_or_404(theirs.select_related("configuration"), pk=pk)


def saved(request: UserRequest, pk: int) -> SavedRequest:
    return get_object_or_404(SavedRequest.objects.for_user(request.user), pk=pk)


def deleted_saved(request: UserRequest, pk: int) -> SavedRequest:
    """One that can still be brought back."""
    return get_object_or_404(SavedRequest.objects.deleted_of(request.user), pk=pk)
