"""The key of a configuration, alone in its row, so that no list, form or save of a configuration ever loads it."""

from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.dispatch import Signal

from connector import encryption
from connector.client.secret import Secret
from connector.models.fields import Envelope, EnvelopeField, Held

MAX_LENGTH = 500
MAX_TOKEN_LENGTH = 8_000  # a Microsoft Entra token is a JWT of one to four kilobytes
rotated = Signal()  # after all rows of the database `using` were encrypted anew; their old ciphertexts may go
ENDING_FROM = 20  # the last four characters of a shorter key would be too much of it


def cleaned(typed: str, max_length: int = MAX_LENGTH) -> str:
    """A typed key without the space around it; raises `ValidationError` for what cannot be a key and says why."""
    key = typed.strip()
    reasons = {
        "Enter the key.": not key,
        f"The key is longer than {max_length} characters.": len(key) > max_length,
        "Leave out the word Bearer; it is added when the key is sent.": key.lower().startswith("bearer "),
        "The key has a space or a line break inside.": any(character.isspace() for character in key),
        "The key has characters that no provider's key has.": not (key.isascii() and key.isprintable()),
        "This is an address, not a key.": "://" in key,
        "This looks like an encrypted value, not like a key.": encryption.looks_encrypted(key),
    }
    for reason, applies in reasons.items():
        if applies:
            raise ValidationError(reason, code="key")
    return key


def ending_of(key: str) -> str:
    return key[-4:] if len(key) >= ENDING_FROM else ""


class SealedQuerySet(models.QuerySet[Any]):  # of ApiKey and of Canary
    def bulk_update(self, objs: Any, fields: Any, batch_size: int | None = None) -> int:
        """Refused for the value: it goes through an expression, which would be encrypted instead of the key."""
        if "value" in fields:
            raise TypeError("bulk_update would destroy encrypted values; save the rows one by one.")
        return super().bulk_update(objs, fields, batch_size)


class SealedManager(models.Manager[Any]):
    def get_queryset(self) -> SealedQuerySet:
        """Without the value; touching `row.value` fetches and decrypts it."""
        return SealedQuerySet(self.model, using=self._db).defer("value")


class Sealed(models.Model):
    value: "models.Field[Held, Held]" = EnvelopeField()
    kid = models.CharField(max_length=8, editable=False)  # the id of the encryption key

    objects = SealedManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def seal(self, envelope: Envelope) -> None:
        """Put `envelope` in, encrypted with the current key; not saved."""
        self.value = envelope
        self.kid = encryption.current_key_id()


class ApiKey(Sealed):
    configuration = models.OneToOneField(
        "connector.Configuration", on_delete=models.CASCADE, primary_key=True, related_name="api_key"
    )
    origin = models.CharField(max_length=300, editable=False)  # where it may be sent, as in the envelope; to be shown
    ending = models.CharField(max_length=4, blank=True, editable=False)
    changed = models.DateTimeField(editable=False)
    ends = models.DateTimeField(null=True, blank=True, editable=False)  # of a token that says so
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )

    class Meta(Sealed.Meta):
        verbose_name = "key"

    def __str__(self) -> str:
        return f"key of {self.configuration_id}"

    @property
    def is_readable(self) -> bool:
        """Whether one of the present encryption keys is the one it was stored with; decrypts nothing."""
        return self.kid in encryption.key_ids()


class Canary(Sealed):
    """One row, encrypted at the first `migrate`: what cannot read it cannot read the keys either."""

    SONG = "canary"

    def __str__(self) -> str:
        return f"canary of {self.kid}"

    @classmethod
    def sung(cls) -> Self:
        """A new one, encrypted with the current key; not saved."""
        canary = cls(pk=1)
        canary.seal(Envelope(Secret(cls.SONG), origin="", config=""))
        return canary

    @property
    def is_alive(self) -> bool:
        return isinstance(self.value, Envelope) and self.value.key.reveal() == self.SONG
