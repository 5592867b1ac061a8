"""Which addresses are called. Checked when an endpoint is entered and again, on the resolved address, at each connect.

Some are never called, whatever the settings say: they belong to the machine or the cloud under it (security.md T29).
"""

import ipaddress
from collections.abc import Iterator

from connector.client import errors

type Address = ipaddress.IPv4Address | ipaddress.IPv6Address

NEVER = tuple(
    ipaddress.ip_network(network)
    for network in (
        "169.254.0.0/16",  # link-local: the metadata service of AWS, Azure, Google, Oracle, DigitalOcean
        "168.63.129.16/32",  # Azure's platform, globally routable by its number
        "100.100.100.200/32",  # Alibaba's metadata service
        "192.0.0.192/32",  # Oracle's
        "fd00:ec2::/32",  # AWS's, over IPv6
        "fe80::/10",
        "0.0.0.0/8",  # "this host": reaches loopback services on Linux
        "::/128",
        "224.0.0.0/4",  # multicast
        "ff00::/8",
        "240.0.0.0/4",  # reserved, broadcast
    )
)
NEVER_NAMES = {"metadata", "metadata.google.internal", "metadata.azure.internal", "instance-data.ec2.internal"}
PRIVATE_ENDINGS = (
    ".localhost",
    ".local",
    ".lan",
    ".internal",
    ".intranet",
    ".home",
    ".corp",
    ".home.arpa",
    ".test",
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_COMPATIBLE = ipaddress.ip_network("::/96")


def check(host: str, address: str, *, allow_private: bool, only_private: bool = False) -> None:
    """Raises `errors.AddressRefused` unless `address`, which `host` stands for, may be called.

    `only_private`: the connection would not be encrypted, so it must not leave the private network.
    """
    if host.lower().rstrip(".") in NEVER_NAMES:
        raise errors.AddressRefused(host=host, address=address)
    for each in _meanings(ipaddress.ip_address(address.partition("%")[0])):
        if is_never(each):
            raise errors.AddressRefused(host=host, address=address)
        if (is_private(each) and not allow_private) or (only_private and not is_private(each)):
            raise errors.AddressRefused(host=host, address=address)


def is_never(address: Address) -> bool:
    return any(address in network for network in NEVER if network.version == address.version)


def is_private(address: Address) -> bool:
    """Everything that is not on the public internet: loopback, RFC 1918, carrier NAT, unique local, documentation."""
    return not address.is_global


def sounds_private(name: str) -> bool:
    """Whether a host name is one that public DNS does not have: `localhost`, `ollama`, `gpu.lan`."""
    name = name.lower().rstrip(".")
    return "." not in name or name.endswith(PRIVATE_ENDINGS)


def _meanings(address: Address) -> Iterator[Address]:
    """`address`, or the IPv4 addresses that hide inside an IPv6 one."""
    if isinstance(address, ipaddress.IPv4Address):
        yield address
        return
    low = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if address.ipv4_mapped:
        yield address.ipv4_mapped
    elif address.sixtofour:
        yield address.sixtofour
    elif address.teredo:
        yield from address.teredo
    elif address in _NAT64 or (address in _COMPATIBLE and int(address) > 1):
        yield low
    else:
        yield address
