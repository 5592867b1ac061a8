"""The configurations that the user who asks may use, with their models: every view of models finds them here."""

from django.http import Http404
from django.shortcuts import get_object_or_404

from connector.models import Configuration, offering
from connector.models.configuration import ConfigurationQuerySet
from connector.models.offering import Offered
from playground.access import UserRequest


def configurations(request: UserRequest) -> ConfigurationQuerySet:
    return Configuration.objects.for_user(request.user).prefetch_related("deployed_models")


def configuration(request: UserRequest, pk: int) -> Configuration:
    return get_object_or_404(configurations(request), pk=pk)


def model(request: UserRequest, pk: int, name: str) -> Offered:
    """Raises `Http404` for one that the configuration does not offer."""
    found = offering.find(configuration(request, pk), name)
    if found is None:
        raise Http404
    return found
