"""What one person may draw and keep, where an administrator says otherwise than the settings."""

from django.conf import settings
from django.db import models


class UserLimits(models.Model):
    """Each is optional. Empty: as for everyone; 0: no limit."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="limits")
    images_a_minute = models.PositiveIntegerField(null=True, blank=True)
    images_a_day = models.PositiveIntegerField(null=True, blank=True)
    bytes_stored = models.PositiveBigIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "user limits"

    def __str__(self) -> str:
        return f"Limits of {self.user}"
