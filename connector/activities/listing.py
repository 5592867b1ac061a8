"""Which models an endpoint has, from code."""

from asgiref.sync import sync_to_async

from connector.activities import connections, twins
from connector.models import Configuration
from connector.operations import models


async def alist_models(configuration: Configuration) -> list[models.Model]:
    """The endpoint's own list, with the day on which a model is shut down where it says so.

    Azure's dated versions list the models of a region there, not the deployments. Raises what is wrong with the key,
    and what the provider's side brings.
    """
    client = await sync_to_async(connections.connect)(configuration)
    return await models.list(client, limits=configuration.limits_for(models.OPERATION))


async def aget_model(configuration: Configuration, model: str) -> models.Model:
    """One model; raises `errors.NotFound` when the endpoint does not have it."""
    client = await sync_to_async(connections.connect)(configuration)
    return await models.get(client, model, limits=configuration.limits_for(models.OPERATION))


list_models = twins.sync(alist_models)
get_model = twins.sync(aget_model)
