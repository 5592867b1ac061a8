"""A model that a configuration serves: a model id, or the name of an Azure deployment."""

import datetime
from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.db import models

from connector import catalogue
from connector.client import errors


class Operation(models.TextChoices):
    """What a model can be asked; the values are the names of the modules in `connector.operations`."""

    CHAT_COMPLETIONS = "chat_completions", "Chat"
    RESPONSES = "responses", "Responses"
    COMPLETIONS = "completions", "Completions"
    IMAGE_GENERATIONS = "image_generations", "Images"
    IMAGE_EDITS = "image_edits", "Image edits"
    IMAGE_VARIATIONS = "image_variations", "Image variations"
    EMBEDDINGS = "embeddings", "Embeddings"
    SPEECH = "speech", "Speech"
    TRANSCRIPTIONS = "transcriptions", "Transcription"
    TRANSLATIONS = "translations", "Translation"
    MODERATIONS = "moderations", "Moderation"


def list_of_operations(value: object) -> None:
    """Raises `ValidationError` unless `value` is a list of operations' names."""
    if not isinstance(value, list) or not all(name in Operation.values for name in value):
        raise ValidationError("A list of operations is expected.")


class DeployedModel(models.Model):
    class Source(models.TextChoices):
        ADMINISTRATOR = "administrator", "Entered here"
        PROVIDER = "provider", "Loaded from the provider"

    configuration = models.ForeignKey(
        "connector.Configuration", on_delete=models.CASCADE, related_name="deployed_models"
    )
    name = models.CharField(
        max_length=200, help_text="What is sent: the model id, or the name of the Azure deployment."
    )
    family = models.CharField(
        max_length=200,
        blank=True,
        help_text="The catalogue's name of the model behind it, when the name does not say it.",
    )
    serves = models.JSONField(
        default=list,
        blank=True,
        validators=[list_of_operations],
        help_text="The operations it is for; none: as the catalogue says.",
    )
    enabled = models.BooleanField(default=True)
    shutdown_date = models.DateField(null=True, blank=True, help_text="From this day on it answers no more.")
    overrides = models.JSONField(
        default=dict, blank=True, help_text="Entries that add to the catalogue's or replace them."
    )
    source = models.CharField(max_length=20, choices=Source, default=Source.ADMINISTRATOR, editable=False)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["configuration", "name"], name="deployed_model_once")]

    def __str__(self) -> str:
        return self.name

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        """Checks the overrides, too, unless they are not on the form: there nobody could correct them."""
        super().clean_fields(exclude)
        if "overrides" not in (exclude or ()):
            try:
                catalogue.check(self.overrides)
            except errors.InvalidParameter as error:
                raise ValidationError({"overrides": str(error.facts["reason"])}) from error

    def is_for(self, operation: str) -> bool:
        """Whether it serves `operation`: as ticked, else as the catalogue says, else (nobody knows it) yes."""
        if self.serves:
            return operation in self.serves
        family = catalogue.find(self.family or self.name)
        return family is None or not family.operation or operation == family.operation

    @property
    def serves_labels(self) -> list[str]:
        """The ticked operations in the words of the form."""
        return [str(Operation(name).label) for name in self.serves if name in Operation.values]

    def is_live(self, today: datetime.date) -> bool:
        return self.enabled and (self.shutdown_date is None or today < self.shutdown_date)
