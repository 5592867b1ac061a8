"""Where pictures and uploads are kept, and how they leave: on this disk, or in a bucket of an S3-compatible service.

MEDIA_STORAGE=s3://bucket/prefix   S3_ENDPOINT, S3_REGION, S3_ACCESS_KEY, S3_SECRET_KEY
FILES_SENT_BY=app | proxy | link
"""

from typing import Any
from urllib.parse import urlsplit

from config.env import Environment

LINK_LIVES = 300  # seconds that a signed address can be used (`security.md` T39)
PATIENCE = {"connect_timeout": 3, "read_timeout": 10, "retries": {"total_max_attempts": 3}}  # seconds; R67
# Checksums of a newer kind than every service but Amazon's understands; what is stored is signed and has a length.
COMPATIBLE = {"request_checksum_calculation": "when_required", "response_checksum_validation": "when_required"}

ON_DISK = {"BACKEND": "django.core.files.storage.FileSystemStorage"}


def storage(env: Environment) -> dict[str, Any]:
    """Django's entry for `STORAGES["default"]`. What is wrong is noted in `env`."""
    place = env.text("MEDIA_STORAGE")
    if not place:
        return ON_DISK
    address = urlsplit(place)
    if address.scheme != "s3" or not address.hostname or address.query or "@" in address.netloc:
        env.wrong(
            "MEDIA_STORAGE has to look like s3://bucket or s3://bucket/folder; the keys have variables of their own."
        )
        return ON_DISK
    try:
        import boto3  # type: ignore[import-untyped] # noqa: F401  # these come with the extra only
        import storages  # type: ignore[import-untyped] # noqa: F401
        from botocore.config import Config
    except ImportError:
        env.wrong("MEDIA_STORAGE asks for S3, which needs a package: install `django-storages[s3]`.")
        return ON_DISK
    options = {
        "bucket_name": address.netloc,
        "location": address.path.strip("/"),
        "endpoint_url": env.text("S3_ENDPOINT") or None,
        "region_name": env.text("S3_REGION") or None,
        "access_key": env.text("S3_ACCESS_KEY") or None,  # without it: what the machine itself is allowed
        "secret_key": env.text("S3_SECRET_KEY") or None,
        "default_acl": None,  # as the bucket says: private
        "querystring_auth": True,
        "querystring_expire": LINK_LIVES,
        "file_overwrite": True,  # names are ours and each is used once; asking first would cost a trip
        "client_config": Config(signature_version="s3v4", **PATIENCE, **COMPATIBLE),
    }
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}


def sender(env: Environment) -> str:
    """Who sends a file once it is clear that somebody may have it: "app", "proxy" or "link"."""
    chosen = env.choice("FILES_SENT_BY", ("app", "proxy", "link"))
    is_bucket = bool(env.text("MEDIA_STORAGE"))
    if chosen == "proxy" and is_bucket:
        env.wrong("FILES_SENT_BY=proxy is for files on this disk; with MEDIA_STORAGE use app or link.")
    if chosen == "link" and not is_bucket:
        env.wrong("FILES_SENT_BY=link needs MEDIA_STORAGE: only a bucket can sign addresses.")
    return chosen


def origins(entry: dict[str, Any], sent_by: str) -> list[str]:
    """What pages may load pictures from besides us: where signed addresses lead."""
    options = entry.get("OPTIONS", {})
    if sent_by != "link" or "bucket_name" not in options:
        return []
    bucket = options["bucket_name"]
    if endpoint := options["endpoint_url"]:
        parts = urlsplit(endpoint)
        return [f"{parts.scheme}://{parts.netloc}", f"{parts.scheme}://{bucket}.{parts.netloc}"]
    region = f".{options['region_name']}" if options["region_name"] else ""
    return [f"https://{bucket}.s3{region}.amazonaws.com"]
