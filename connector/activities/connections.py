"""The one factory of clients: everything a configuration says about how its provider is spoken to."""

import asyncio

from connector import conf
from connector.client import stand_ins
from connector.client.secret import Secret
from connector.client.transport import Client
from connector.models import ApiType, Configuration
from connector.models.recording import Recorder
from connector.sandbox.transport import SandboxTransport


def connect(configuration: Configuration, record: Recorder) -> Client:
    """A client for `configuration`. Decrypts its key, so make one for a call and let it go.

    Whoever makes it writes down what `record` was told, however the call ends: there is none without a record.
    Raises `InvalidParameter` for a wrong endpoint, `KeyMissing`, `KeyUnreadable`, `KeyMismatch`. Asks the database.
    """
    if stand_in := stand_ins.find(str(configuration.uuid)):
        return _in_a_test(configuration, stand_in, record)
    record.secret = configuration.secret()
    return Client(
        configuration.parsed_endpoint(),
        record.secret,
        application=configuration.application(),
        name=configuration.display_name,
        transport=SandboxTransport() if configuration.api_type == ApiType.SANDBOX else None,
        allow_private=conf.allow_private_hosts(),
        ca_file=conf.ca_file(),
        record=record,
    )


def _in_a_test(configuration: Configuration, stand_in: stand_ins.StandIn, record: Recorder) -> Client:
    """No key is needed and a real one stays where it is; nobody waits before another attempt."""
    endpoint = configuration.parsed_endpoint()
    return Client(
        endpoint,
        Secret("no-key-in-tests"),
        name=configuration.display_name,
        transport=stand_in.transport(endpoint),
        record=record,
        health=stand_in.health,
        sleep=_at_once,
    )


async def _at_once(seconds: float) -> None:
    await asyncio.sleep(0)
