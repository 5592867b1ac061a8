"""A model that a configuration serves: a model id, or the name of an Azure deployment."""

from django.db import models

from connector.models.configuration import Configuration


class DeployedModel(models.Model):
    configuration = models.ForeignKey(Configuration, on_delete=models.CASCADE, related_name="deployed_models")
    name = models.CharField(
        max_length=200, help_text="What is sent: the model id, or the name of the Azure deployment."
    )
    family = models.CharField(
        max_length=200,
        blank=True,
        help_text="The catalogue's name of the model behind it, when the name does not say it.",
    )
    serves = models.JSONField(
        default=list, blank=True, help_text="The operations it is for; empty: as the catalogue says."
    )
    enabled = models.BooleanField(default=True)
    shutdown_date = models.DateField(null=True, blank=True)
    overrides = models.JSONField(
        default=dict, blank=True, help_text="Entries that add to the catalogue's or replace them."
    )

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["configuration", "name"], name="deployed_model_once")]

    def __str__(self) -> str:
        return self.name
