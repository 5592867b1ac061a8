"""The connector's settings, each with its default; read at use, so that a project and a test can set them."""

from django.conf import settings


def allow_private_hosts() -> bool:
    """`CONNECTOR_ALLOW_PRIVATE_HOSTS`: whether endpoints in private networks, and plain http to them, are allowed."""
    return bool(getattr(settings, "CONNECTOR_ALLOW_PRIVATE_HOSTS", False))


def ca_file() -> str | None:
    """`CONNECTOR_CA_FILE`: path of a PEM file with certificate authorities to trust besides the usual ones."""
    return getattr(settings, "CONNECTOR_CA_FILE", None) or None


def limits_cache() -> str:
    """`CONNECTOR_LIMITS_CACHE`: the name of the cache that counts calls. Best one that holds nothing else, since what
    pushes a counter out lifts its limit."""
    return str(getattr(settings, "CONNECTOR_LIMITS_CACHE", "default"))
