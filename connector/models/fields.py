"""The encrypted field: django-encrypted-model-fields, made safe to hold.

What is stored is one envelope: the key, and which configuration and origin it may be used for. In Python the field's
value is an `Envelope`, `UNREADABLE` (stored with another encryption key) or `None`. It decrypts on reading a row and
nowhere else, so no form or import can use it as a decryption oracle; and it writes envelopes and nothing else, since an
expression would be encrypted as its own text and a ciphertext a second time.
"""

import json
from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db.models import Model
from encrypted_model_fields.fields import EncryptedTextField

from connector import encryption
from connector.client.secret import Secret

VERSION = 1


@dataclass(frozen=True, slots=True)
class Envelope:
    """A key and what it belongs to: `origin` is scheme, host and port; `config` a configuration's uuid."""

    key: Secret
    origin: str
    config: str

    def sealed(self) -> str:
        plain = {"v": VERSION, "key": self.key.reveal(), "origin": self.origin, "config": self.config}
        return encryption.encrypt(json.dumps(plain))


class Unreadable:
    """The type of `UNREADABLE`."""

    def __repr__(self) -> str:
        return "UNREADABLE"


UNREADABLE: Final = Unreadable()

type Held = Envelope | Unreadable | None


def opened(token: str) -> Envelope | Unreadable:
    """The envelope in `token`; `UNREADABLE` when no key fits, or when what is inside is not an envelope of ours."""
    try:
        plain = json.loads(encryption.decrypt(token))
        if plain["v"] != VERSION:
            return UNREADABLE
        return Envelope(Secret(plain["key"]), plain["origin"], plain["config"])
    except (encryption.Unreadable, ValueError, KeyError, TypeError):
        return UNREADABLE


class EnvelopeField(EncryptedTextField):  # type: ignore[misc]  # the library has no types
    def __init__(self, **options: Any) -> None:  # whatever a field takes
        super().__init__(**{"null": True, "editable": False} | options)

    def from_db_value(self, value: str | None, *args: object) -> Held:
        return None if value is None else opened(value)

    def to_python(self, value: object) -> Held:
        """Texts are refused: a form or a fixture that brought a ciphertext would have it decrypted. `""` is no key."""
        if value in (None, ""):
            return None
        if isinstance(value, Envelope | Unreadable):
            return value
        raise ValidationError("A key cannot be set here.", code="key")

    def get_prep_value(self, value: object) -> object:
        return value

    def get_db_prep_save(self, value: object, connection: object) -> str | None:
        if value is None:
            return None
        if not isinstance(value, Envelope):
            raise TypeError(f"{self.name} takes an envelope, not {type(value).__name__}; nothing was written.")
        return value.sealed()

    def get_lookup(self, lookup_name: str) -> Any:  # a class of Django's, or none
        """Only `isnull`: any other would put a key into the SQL and match nothing."""
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None

    def get_transform(self, lookup_name: str) -> None:
        return None

    def value_to_string(self, obj: Model) -> str:
        """What `dumpdata` writes."""
        return ""
