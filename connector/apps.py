from django.apps import AppConfig
from django.core.exceptions import ImproperlyConfigured
from django.db.models.signals import post_migrate


class ConnectorConfig(AppConfig):
    name = "connector"
    verbose_name = "Connector"
    default_auto_field = "django.db.models.BigAutoField"

    def import_models(self) -> None:
        # The encrypted field's library stops the import of the models without saying what to do about it.
        from django.conf import settings

        if not getattr(settings, "FIELD_ENCRYPTION_KEY", None):
            raise ImproperlyConfigured(MISSING)
        super().import_models()

    def ready(self) -> None:
        from connector import checks, first_rows

        checks.register()
        post_migrate.connect(first_rows.write, sender=self)


MISSING = (
    "FIELD_ENCRYPTION_KEY is not set; the connector stores no key without it. Make one with "
    '`python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"`.'
)
