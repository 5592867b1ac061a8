"""What belongs to the user who asks. Every view of comparisons finds its object here."""

from django.shortcuts import get_object_or_404

from connector.models import Comparison, Run
from playground.access import UserRequest


def comparison(request: UserRequest, pk: int) -> Comparison:
    found = get_object_or_404(Comparison.objects.for_user(request.user), pk=pk)
    found.user = request.user  # known already
    return found


def deleted_comparison(request: UserRequest, pk: int) -> Comparison:
    """One that can still be brought back."""
    return get_object_or_404(Comparison.objects.deleted_of(request.user), pk=pk)


def run(request: UserRequest, pk: int) -> Run:
    """That of a column."""
    theirs = Run.objects.for_user(request.user).filter(session__comparison__deleted=None)
    return get_object_or_404(theirs.exclude(session__comparison=None).select_related("session"), pk=pk)
