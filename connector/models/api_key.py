"""The key of a configuration, alone in its row, so that no list, form or save of a configuration ever loads it."""

from django.conf import settings
from django.db import models

from connector.models.configuration import Configuration
from connector.models.fields import EnvelopeField


class ApiKey(models.Model):
    configuration = models.OneToOneField(
        Configuration, on_delete=models.CASCADE, primary_key=True, related_name="api_key"
    )
    value = EnvelopeField()
    kid = models.CharField(max_length=8, editable=False)
    ending = models.CharField(max_length=4, blank=True, editable=False)
    changed = models.DateTimeField(editable=False)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )

    def __str__(self) -> str:
        return f"key of {self.configuration_id}"


class Canary(models.Model):
    """One row, encrypted at `migrate`: what cannot read it cannot read the keys either."""

    value = EnvelopeField()
    kid = models.CharField(max_length=8, editable=False)
