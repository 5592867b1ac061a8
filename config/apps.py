from django.apps import AppConfig
from django.conf import settings

from connector.client.secret import Secret


class Installation(AppConfig):
    """Makes `manage.py serve` and the checks of this installation known to Django. It has no models."""

    name = "config"
    verbose_name = "Installation"

    def ready(self) -> None:
        # known to `masking` as long as they live, so that no log line ever carries them
        self.masked = [Secret(value) for value in (settings.SECRET_KEY, *settings.FIELD_ENCRYPTION_KEY)]
        from config import checks  # noqa: F401  # registers them
        from config.sqlite3 import traces

        traces.watch()
