"""What the first `migrate` of a database leaves in it: the canary, and a *Sandbox* to try things with.

The canary is also the memory that this was done: a sandbox that somebody deletes does not come back.
"""

from typing import Any

from connector import encryption
from connector.client.endpoint import DEFAULTS


def write(using: str = "default", **signal: Any) -> None:
    """A receiver of `post_migrate`."""
    from connector.models import Canary

    if encryption.settings_problem() or not _has_table(using) or Canary.objects.using(using).exists():
        return
    Canary.sung().save(using=using)
    _write_sandbox(using)


def _write_sandbox(using: str) -> None:
    from connector.models import ApiType, Configuration

    if not Configuration.objects.using(using).exists():
        Configuration.objects.using(using).create(
            display_name="Sandbox",
            api_type=ApiType.SANDBOX,
            endpoint=DEFAULTS["sandbox"],
            model_default_chat="sandbox",
            model_default_responses="sandbox",
            model_default_completions="sandbox-completion",
            model_default_images="sandbox-image",
            model_default_embeddings="sandbox-embedding",
            model_default_speech="sandbox-speech",
            model_default_transcription="sandbox-transcribe",
            open_to_everyone=True,
        )


def _has_table(using: str) -> bool:
    """Whether this database holds our tables: a router may keep them elsewhere, a migration backwards drops them."""
    from django.db import connections

    from connector.models import Canary

    return Canary._meta.db_table in connections[using].introspection.table_names()
