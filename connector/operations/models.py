"""`models`: what an endpoint serves."""

import builtins
from datetime import date
from typing import TYPE_CHECKING, Any

from connector.client import errors, wire
from connector.client.limits import Limits
from connector.client.operation import Operation

if TYPE_CHECKING:  # it brings httpx along
    from connector.client.transport import Client

OPERATION = Operation(name="models", path="models", method="GET", in_deployment=False, costly=False)


class Model(wire.Struct, frozen=True):
    """A model of the listing. Compatible servers give little more than the id."""

    id: str
    created: int = 0  # Unix seconds
    owned_by: str = ""
    shutdown_date: date | None = None


async def list(client: "Client", limits: Limits | None = None) -> builtins.list[Model]:
    """All models of the endpoint, in its order, each once. Raises `errors.BadAnswer` when it is no listing."""
    came = await client.send(OPERATION, limits=limits)
    plain = wire.parse(came.content)
    entries = plain.get("data", plain.get("models")) if isinstance(plain, dict) else plain
    if not isinstance(entries, builtins.list):
        raise errors.BadAnswer(reason="no list of models")
    found = {model.id: model for model in map(_model, entries) if model}
    return [*found.values()]


async def get(client: "Client", model: str, limits: Limits | None = None) -> Model:
    """One model; raises `errors.NotFound` when the endpoint does not have it."""
    came = await client.send(OPERATION, model=model, path_suffix=model, limits=limits)
    found = _model(wire.parse(came.content))
    if found is None:
        raise errors.BadAnswer(reason="no model")
    return found


def _model(entry: Any) -> Model | None:
    if isinstance(entry, str):
        return Model(id=entry)
    name = entry.get("id") or entry.get("name") if isinstance(entry, dict) else None
    if not isinstance(name, str) or not name:
        return None
    created, owner = entry.get("created"), entry.get("owned_by")
    return Model(
        id=name,
        created=int(created) if isinstance(created, int | float) else 0,
        owned_by=owner if isinstance(owner, str) else "",
        shutdown_date=_date(entry.get("shutdown_date")),
    )


def _date(value: Any) -> date | None:
    try:
        return date.fromisoformat(value[:10])
    except (TypeError, ValueError):
        return None
