"""Which addresses are called (security.md T29)."""

import pytest

from connector.client import address, errors

NEVER = [
    "169.254.169.254",
    "169.254.0.1",
    "168.63.129.16",
    "100.100.100.200",
    "192.0.0.192",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "0.0.0.0",  # noqa: S104  # an address to refuse, not one to listen at
    "::",
    "224.0.0.1",
    "255.255.255.255",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
    "::a9fe:a9fe",
]
PRIVATE = ["127.0.0.1", "127.9.9.9", "10.0.0.1", "172.16.3.4", "192.168.1.1", "100.64.0.1", "::1", "fd12::1"]
PRIVATE += ["::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::1"]
PUBLIC = ["8.8.8.8", "1.1.1.1", "2001:4860:4860::8888", "::ffff:8.8.8.8", "172.32.0.1"]


def refused(text, **how):
    try:
        address.check("host.example", text, **how)
    except errors.AddressRefused as error:
        assert "host.example" in error.what
        return True
    return False


@pytest.mark.parametrize("text", NEVER)
def test_some_are_never_called(text):
    assert refused(text, allow_private=True)
    assert refused(text, allow_private=False)
    assert refused(text, allow_private=True, only_private=True)


@pytest.mark.parametrize("text", PRIVATE)
def test_private_ones_only_where_that_is_allowed(text):
    assert refused(text, allow_private=False)
    assert not refused(text, allow_private=True)


@pytest.mark.parametrize("text", PUBLIC)
def test_public_ones_only_with_encryption(text):
    assert not refused(text, allow_private=False)
    assert refused(text, allow_private=True, only_private=True)


@pytest.mark.parametrize("name", ["metadata.google.internal", "METADATA.google.internal.", "metadata"])
def test_names_of_metadata_services_are_never_called(name):
    with pytest.raises(errors.AddressRefused):
        address.check(name, "10.0.0.1", allow_private=True)
