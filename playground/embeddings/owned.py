"""What belongs to the user who asks: every view of embeddings finds its run here."""

from django.shortcuts import get_object_or_404

from connector.models import Run
from connector.models.run import RunQuerySet
from playground.access import UserRequest

OPERATION = "embeddings"


def runs(request: UserRequest) -> RunQuerySet:
    return Run.objects.for_user(request.user).filter(kind=Run.Kind.CALL, operation=OPERATION)


def run(request: UserRequest, pk: int) -> Run:
    return get_object_or_404(runs(request).select_related("configuration"), pk=pk)
