"""What operations share: the rules a request is fitted by, and what was said instead of an answer."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from connector import catalogue
from connector.catalogue import Fitted, checks
from connector.client import errors, refusal, wire
from connector.client.operation import Operation

if TYPE_CHECKING:  # it brings httpx along, which takes longer to import than everything here
    from connector.client.endpoint import Endpoint
    from connector.client.transport import Wait

type OnWait = Callable[["Wait"], Any]  # Any: what a caller's function returns is of no interest

ANY_MODEL = {"openai_compatible"}  # a server of one's own may serve anything under any name


def api(endpoint: "Endpoint | str") -> str:
    """The catalogue's name of the API behind an endpoint, or of an API of that kind."""
    if isinstance(endpoint, str):
        return catalogue.api(endpoint)
    return catalogue.api(endpoint.kind, endpoint.style, endpoint.api_version)


def fit(
    operation: Operation,
    body: dict[str, Any],
    model: str,
    endpoint: "Endpoint | str",
    family: str = "",
    overrides: dict[str, Any] | None = None,
) -> Fitted:
    """`body` as `model` takes it at `endpoint`. Raises `errors.InvalidParameter` for a value, or for a model that has
    nothing to do with the operation.
    """
    where = api(endpoint)
    known = catalogue.find(family or model, overrides=overrides)
    if known and known.operation and not known.serves(operation.name) and where not in ANY_MODEL:
        others = ", ".join(live.name for live in catalogue.models(operation.name) if not live.shutdown)
        reason = f"{known.name} is for {_words(known.operation)}, not for {_words(operation.name)}"
        raise checks.wrong("model", reason, allowed=others, source=f"the catalogue's entry of {known.name}")
    return catalogue.fit(body, operation=operation.name, model=model, api=where, family=family, overrides=overrides)


def required(body: dict[str, Any], *names: str, source: str) -> None:
    """Raises `errors.InvalidParameter` for the first of `names` that is missing or empty."""
    for name in names:
        if not body.get(name):
            raise errors.InvalidParameter(param=name, reason="it has to be there.", source=source)


def not_an_answer(content: bytes, what: str) -> errors.BadAnswer:
    """What a server said where `what` was expected, in whatever shape: some report their errors with status 200."""
    plain = wire.parse(content)
    said = refusal.Said.read(plain) if isinstance(plain, dict) else refusal.Said()
    return errors.BadAnswer(reason=said.message or f"no {what}", provider_code=said.code, param=said.param)


def _words(operation: str) -> str:
    return operation.replace("_", " ")
