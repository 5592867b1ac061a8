"""The settings the tests run with: those of the installation, with secrets of their own."""

import base64
import os

os.environ.setdefault("SECRET_KEY", "test-" + "0123456789abcdef" * 4)
os.environ.setdefault("FIELD_ENCRYPTION_KEY", base64.urlsafe_b64encode(b"0123456789abcdef" * 2).decode())
os.environ.setdefault("DATABASE_URL", "sqlite://:memory:")

from config.settings import *  # noqa: E402, F403  # the environment has to be set first
