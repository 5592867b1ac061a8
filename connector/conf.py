"""The connector's settings, each with its default; read at use, so that a project and a test can set them."""

from django.conf import settings


def allow_private_hosts() -> bool:
    """`CONNECTOR_ALLOW_PRIVATE_HOSTS`: whether endpoints in private networks, and plain http to them, are allowed."""
    return bool(getattr(settings, "CONNECTOR_ALLOW_PRIVATE_HOSTS", False))


def ca_file() -> str | None:
    """`CONNECTOR_CA_FILE`: path of a PEM file with certificate authorities to trust besides the usual ones."""
    return getattr(settings, "CONNECTOR_CA_FILE", None) or None


def record_calls() -> str:
    """`CONNECTOR_RECORD_CALLS`: what is kept of a call where its configuration does not say: all, metadata or off."""
    return str(getattr(settings, "CONNECTOR_RECORD_CALLS", "all"))


def record_days() -> int:
    """`CONNECTOR_RECORD_DAYS`: how long, where its configuration does not say; 0 means for ever."""
    return int(getattr(settings, "CONNECTOR_RECORD_DAYS", 30))


def limits_cache() -> str:
    """`CONNECTOR_LIMITS_CACHE`: the name of the cache that counts calls. Best one that holds nothing else, since what
    pushes a counter out lifts its limit."""
    return str(getattr(settings, "CONNECTOR_LIMITS_CACHE", "default"))
