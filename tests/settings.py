"""The settings the tests run with: those of the installation, with secrets and a var folder of their own."""

import atexit
import base64
import os
import shutil
import tempfile
from pathlib import Path

for _name in ("PRODUCTION", "SITE_URL", "ALLOWED_HOSTS", "SECURE_PROXY", "REDIS_URL"):
    os.environ.pop(_name, None)  # what a developer has set for his own server
os.environ.setdefault("SECRET_KEY", "test-" + "0123456789abcdef" * 4)
os.environ.setdefault("FIELD_ENCRYPTION_KEY", base64.urlsafe_b64encode(b"0123456789abcdef" * 2).decode())
os.environ.setdefault("DATABASE_URL", "sqlite://:memory:")
os.environ["VAR_DIR"] = str(Path(tempfile.gettempdir()) / f"promptyard-tests-{os.getpid()}")

from config.settings import *  # noqa: E402, F403  # the environment has to be set first

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},  # nothing is collected
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick; the strength of hashes is Django's test
if "sqlite3" in DATABASES["default"]["ENGINE"]:  # noqa: F405
    # A file, as in real life: threads and connections that share a database in memory lock each other out at once.
    Path(os.environ["VAR_DIR"]).mkdir(exist_ok=True)
    atexit.register(shutil.rmtree, os.environ["VAR_DIR"], ignore_errors=True)
    DATABASES["default"]["TEST"] = {"NAME": Path(os.environ["VAR_DIR"]) / "test.sqlite3"}  # noqa: F405
