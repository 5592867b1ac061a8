"""The encrypted field: django-encrypted-model-fields, made safe to hold (`security.md` K2, K3, K6, K7)."""

from encrypted_model_fields.fields import EncryptedTextField


class EnvelopeField(EncryptedTextField):  # type: ignore[misc]  # the library has no types
    """Placeholder body; see the class's rules."""
