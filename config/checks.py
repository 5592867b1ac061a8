"""What is allowed but unwise about this installation; `manage.py check` and `manage.py serve` say it."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Warning, register

LOOPBACK = ("127.", "::1", "localhost")


@register("installation")
def reachable_without_encryption(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Passwords and sessions in clear on the network (`security.md` T73)."""
    if settings.HTTPS or settings.HOST.startswith(LOOPBACK):
        return []
    return [
        Warning(
            f"The server listens on {settings.HOST}, and without https passwords can be read on the way.",
            hint="Put a proxy with TLS in front and set SITE_URL=https://…, or set HOST=127.0.0.1.",
            id="config.W001",
        )
    ]
