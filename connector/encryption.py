"""The keys that encrypt keys: which ones are set, their ids, and what is wrong with them.

`FIELD_ENCRYPTION_KEY` is one Fernet key or a list of them: the first encrypts, all decrypt. It is read anew at each
use; nothing here keeps a key or a plain text. A key's id is a short hash, made to be shown and stored beside what the
key has encrypted, so that "which key was this?" has an answer when it cannot be read any more.
"""

import binascii
import hashlib
from base64 import urlsafe_b64decode

from cryptography.fernet import InvalidToken, MultiFernet
from django.conf import settings
from encrypted_model_fields.fields import get_crypter

HOW_TO_MAKE_ONE = (
    'Make one with `python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"`.'
)
KEY_BYTES = 32


class Unreadable(Exception):
    """What was stored was encrypted with a key that is not set."""


def configured() -> list[str]:
    """The keys of the settings, the one that encrypts first; empty when there is none."""
    keys = getattr(settings, "FIELD_ENCRYPTION_KEY", None) or []
    if isinstance(keys, str | bytes):
        keys = [keys]
    return [key.decode() if isinstance(key, bytes) else str(key) for key in keys]


def key_id(key: str) -> str:
    """Eight hexadecimal digits that name `key` and say nothing about it."""
    return hashlib.sha256(b"key id of " + key.encode()).hexdigest()[:8]


def key_ids() -> list[str]:
    return [key_id(key) for key in configured()]


def current_key_id() -> str:
    """The id of the key that encrypts now."""
    return key_ids()[0]


def settings_problem() -> str | None:
    """What is wrong with the setting, in a sentence that names it and never its value; None when nothing is."""
    if not configured():
        return "FIELD_ENCRYPTION_KEY is not set."
    for number, key in enumerate(configured(), start=1):
        which = f"Key {number} in FIELD_ENCRYPTION_KEY" if len(configured()) > 1 else "FIELD_ENCRYPTION_KEY"
        try:
            length = len(urlsafe_b64decode(key.encode()))
        except (ValueError, binascii.Error):
            return f"{which} is not URL-safe base64."
        if length != KEY_BYTES:
            return f"{which} is {length} bytes long; it must be {KEY_BYTES}."
    return None


def encrypt(text: str) -> str:
    return _crypter().encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """The text in `token`; raises `Unreadable` when none of the keys fits."""
    try:
        return _crypter().decrypt(token.encode()).decode()
    except (InvalidToken, UnicodeError) as error:
        raise Unreadable from error


def looks_encrypted(text: str) -> bool:
    """Whether `text` is a Fernet token (version byte 0x80, then the high bytes of a time before the year 2106)."""
    return text.startswith("gAAAA")


def _crypter() -> MultiFernet:
    # The library's own CRYPTER is made once at import; this one follows the settings.
    crypter: MultiFernet = get_crypter()
    return crypter
