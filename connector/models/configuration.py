"""A connection to a provider: where it is, how it is spoken to, and who may use it. Its key lives in `ApiKey`."""

import uuid
from typing import Any

from django.contrib.auth.models import Group
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import Now

API_VERSION = RegexValidator(
    r"^(\d{4}-\d{2}-\d{2}(-preview)?|preview|latest)$", "Write it as 2024-10-21 or 2025-04-01-preview."
)
MILLISECONDS = (MinValueValidator(100), MaxValueValidator(3_600_000))


class ApiType(models.TextChoices):
    OPENAI = "openai", "OpenAI"
    AZURE_OPENAI = "azure_openai", "Azure OpenAI"
    OPENAI_COMPATIBLE = "openai_compatible", "OpenAI-compatible server"
    SANDBOX = "sandbox", "Sandbox (no model behind it)"


class ConfigurationQuerySet(models.QuerySet["Configuration"]):
    def for_user(self, user: Any) -> "ConfigurationQuerySet":
        """The enabled configurations that `user` may use: open to everyone who signs in, or to one of their groups."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        theirs = models.Q(open_to_everyone=True) | models.Q(groups__in=user.groups.all())
        return self.filter(theirs, enabled=True).distinct()


class Configuration(models.Model):
    class AzureKeyType(models.TextChoices):
        API_KEY = "api_key", "Key (api-key header)"
        ENTRA_TOKEN = "entra_token", "Microsoft Entra token (Bearer)"

    uuid = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    display_name = models.CharField(max_length=100, unique=True)
    api_type = models.CharField(max_length=20, choices=ApiType, default=ApiType.OPENAI)
    endpoint = models.CharField(max_length=300, blank=True)
    azure_key_type = models.CharField(max_length=20, choices=AzureKeyType, default=AzureKeyType.API_KEY)
    deployment_name = models.CharField(max_length=200, blank=True)
    api_version = models.CharField(max_length=30, blank=True, validators=[API_VERSION])
    organization = models.CharField(max_length=200, blank=True)
    project = models.CharField(max_length=200, blank=True)

    model_default_chat = models.CharField(max_length=200, blank=True)
    model_default_responses = models.CharField(max_length=200, blank=True)
    model_default_completions = models.CharField(max_length=200, blank=True)
    model_default_images = models.CharField(max_length=200, blank=True)
    model_default_embeddings = models.CharField(max_length=200, blank=True)
    model_default_speech = models.CharField(max_length=200, blank=True)
    model_default_transcription = models.CharField(max_length=200, blank=True)

    first_byte_ms = models.PositiveIntegerField(null=True, blank=True, validators=MILLISECONDS)
    idle_ms = models.PositiveIntegerField(null=True, blank=True, validators=MILLISECONDS)
    total_ms = models.PositiveIntegerField(null=True, blank=True, validators=MILLISECONDS)

    enabled = models.BooleanField(default=True)
    open_to_everyone = models.BooleanField(default=False)
    groups = models.ManyToManyField(Group, blank=True, related_name="configurations")

    created = models.DateTimeField(db_default=Now(), editable=False)
    key_refused_at = models.DateTimeField(null=True, blank=True, editable=False)
    models_refreshed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ConfigurationQuerySet.as_manager()

    class Meta:
        ordering = ["display_name"]

    def __str__(self) -> str:
        return self.display_name
