"""Lists of models that are old are asked for again, behind everybody's back: no page waits for a provider."""

import contextlib
import logging

from connector.activities.listing import arefresh_models
from connector.client import errors
from connector.models import listing
from connector.runs import threads

AT_ONCE = 20  # of one round; they are asked one after the other

logger = logging.getLogger(__name__)


async def refresh() -> None:
    """Ask for the lists that are old. What fails is remembered and left alone for an hour."""
    for configuration in await threads.read(lambda: list(listing.stale()[:AT_ONCE])):
        if await threads.write(listing.claim, configuration):
            with contextlib.suppress(errors.ConnectorError):  # its configuration says so
                loaded = await arefresh_models(configuration, threads.read)
                logger.info("Configuration %s lists %s models.", configuration.pk, loaded.total)
