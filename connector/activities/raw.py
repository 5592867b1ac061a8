"""Any request to a configuration's own endpoint, from code."""

from typing import Any

from asgiref.sync import sync_to_async

from connector.activities import connections, recording, twins
from connector.models import Configuration
from connector.operations import raw


async def acall_raw(
    configuration: Configuration, path: str | raw.Request = "/v1/models", method: str = "GET", **inputs: Any
) -> raw.Response:
    """The answer to a request that is put together by hand; `inputs` are the fields of `raw.Request`.

    The key of the configuration goes along, and goes nowhere else: `path` is appended to the endpoint or refused.
    Raises `errors.InvalidParameter`, what is wrong with the key, and what the provider's side brings.
    """
    request = path if isinstance(path, raw.Request) else raw.Request(path=path, method=method, **inputs)
    async with recording.recorded(configuration) as record:
        client = await sync_to_async(connections.connect)(configuration, record)
        return await raw.send(client, request, limits=configuration.limits_for(raw.OPERATION))


call_raw = twins.sync(acall_raw)
