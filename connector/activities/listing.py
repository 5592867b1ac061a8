"""Which models an endpoint has, from code."""

from asgiref.sync import sync_to_async

from connector.activities import connections, recording, twins
from connector.activities.recording import InDatabase, in_thread
from connector.client import errors
from connector.client.limits import Limits
from connector.models import Configuration, listing
from connector.models.listing import Loaded
from connector.operations import models

PATIENCE = Limits(first_byte=10, idle=10, total=15, attempts=1, waiting=0)  # somebody may wait for it


async def alist_models(configuration: Configuration) -> list[models.Model]:
    """The endpoint's own list, with the day on which a model is shut down where it says so.

    Azure's dated versions list the models of a region there, not the deployments. Raises what is wrong with the key,
    and what the provider's side brings.
    """
    async with recording.recorded(configuration) as record:
        client = await sync_to_async(connections.connect)(configuration, record)
        return await models.list(client, limits=configuration.limits_for(models.OPERATION))


async def aget_model(configuration: Configuration, model: str) -> models.Model:
    """One model; raises `errors.NotFound` when the endpoint does not have it."""
    async with recording.recorded(configuration) as record:
        client = await sync_to_async(connections.connect)(configuration, record)
        return await models.get(client, model, limits=configuration.limits_for(models.OPERATION))


async def arefresh_models(configuration: Configuration, in_database: InDatabase = in_thread) -> Loaded:
    """Bring the configuration's deployed models to what the endpoint lists. What went wrong is remembered, and raised.

    `in_database`: calls a function where the database may be asked.
    """
    try:
        async with recording.recorded(configuration, in_database=in_database) as record:
            client = await in_database(connections.connect, configuration, record)
            listed = await models.list(client, PATIENCE)
    except errors.ConnectorError as error:
        await in_database(listing.remember_failure, configuration, error)
        raise
    loaded: Loaded = await in_database(listing.fill, configuration, listed)
    return loaded


list_models = twins.sync(alist_models)
get_model = twins.sync(aget_model)
refresh_models = twins.sync(arefresh_models)
