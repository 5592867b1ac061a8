"""What answers in place of a provider while tests run: behind one configuration, or behind all of them.

Known to the whole process, because a server under test answers in threads and tasks of its own. `connector.testing` is
what puts one here; outside of tests there is none.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from connector.client.breaker import Health
from connector.client.endpoint import Endpoint

ALL = ""  # in place of a configuration's id: whichever has none of its own


@dataclass(frozen=True, slots=True)
class StandIn:
    """`transport` gets the endpoint it is to stand behind. What it does to a provider's health ends with it."""

    transport: Callable[[Endpoint], httpx.AsyncBaseTransport]
    health: Health = field(default_factory=Health)


_present: dict[str, list[StandIn]] = {}


def find(configuration: str) -> StandIn | None:
    """What stands behind the configuration with this id; the one that came last, its own before that of all."""
    here = _present.get(configuration) or _present.get(ALL)
    return here[-1] if here else None


@contextmanager
def put(stand_in: StandIn, configuration: str = ALL) -> Iterator[None]:
    """Inside, `stand_in` answers instead of the provider of `configuration`."""
    here = _present.setdefault(configuration, [])
    here.append(stand_in)
    try:
        yield
    finally:
        here.remove(stand_in)
