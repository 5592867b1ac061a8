"""The one factory of clients: everything a configuration says about how its provider is spoken to."""

from connector import conf
from connector.client.transport import Client, Record
from connector.models import ApiType, Configuration
from connector.sandbox.transport import SandboxTransport


def connect(configuration: Configuration, *, record: Record | None = None) -> Client:
    """A client for `configuration`. Decrypts its key, so make one for a call and let it go.

    Raises `InvalidParameter` for a wrong endpoint, `KeyMissing`, `KeyUnreadable`, `KeyMismatch`. Asks the database.
    """
    return Client(
        configuration.parsed_endpoint(),
        configuration.secret(),
        name=configuration.display_name,
        transport=SandboxTransport() if configuration.api_type == ApiType.SANDBOX else None,
        allow_private=conf.allow_private_hosts(),
        ca_file=conf.ca_file(),
        record=record,
    )
