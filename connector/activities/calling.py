"""From a request to an answer, the same way for every operation: its model, what the model takes, key and limits."""

from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from asgiref.sync import sync_to_async

from connector import catalogue
from connector.activities import connections, recording
from connector.catalogue import Family, Fitted
from connector.client import wire
from connector.client.limits import Limits
from connector.client.operation import Operation
from connector.client.transport import Client
from connector.models import Configuration, choosing
from connector.models.recording import Recorder
from connector.operations import asking


class Module[Q: asking.Request, R](Protocol):
    """A module of `connector.operations`: requests in, answers out."""

    @property
    def OPERATION(self) -> Operation: ...  # as the modules have it
    def fit(self, request: Q, endpoint: Any, family: str = "", overrides: dict[str, Any] | None = None) -> Fitted: ...
    def create(self, client: Client, request: Fitted, *, limits: Limits | None = None) -> Coroutine[Any, Any, R]: ...


@dataclass(frozen=True)
class Prepared:
    """What a call needs. The client holds the key: use it for the call and let it go."""

    client: Client
    fitted: Fitted
    limits: Limits
    family: Family | None  # of the model, when it is known


async def answer[Q: asking.Request, R](
    configuration: Configuration, module: Module[Q, R], request: Q, limits: Limits | None = None
) -> R:
    """The answer of `configuration` to `request`, fitted to its model. `limits` stand in for the configuration's own.

    Raises `errors.NoModel`, `errors.InvalidParameter`, what is wrong with the key, and what the provider's side brings.
    """
    async with prepared(configuration, module, request) as ready:
        return await module.create(ready.client, ready.fitted, limits=limits or ready.limits)


@asynccontextmanager
async def prepared[Q: asking.Request, R](
    configuration: Configuration, module: Module[Q, R], request: Q
) -> AsyncIterator[Prepared]:
    """Everything before the call, and its record afterwards: for answers that come piece by piece, or are not enough
    by themselves."""
    async with recording.recorded(configuration) as record:
        yield await sync_to_async(prepare)(configuration, module, request, record)


def prepare[Q: asking.Request, R](
    configuration: Configuration, module: Module[Q, R], request: Q, record: Recorder
) -> Prepared:
    """Everything before the call. Sync, because it asks the database: for the deployed model and the key."""
    model = choosing.model_for(configuration, module.OPERATION.name, request.model)
    family, overrides = choosing.known_of(configuration, model)
    fitted = module.fit(
        wire.changed(request, model=model), configuration.parsed_endpoint(), family=family, overrides=overrides
    )
    record.notices = fitted.told
    return Prepared(
        client=connections.connect(configuration, record),
        fitted=fitted,
        limits=configuration.limits_for(module.OPERATION),
        family=catalogue.find(family or model, overrides=overrides),
    )
