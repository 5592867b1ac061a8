"""The connector in a project that knows nothing of Promptyard: Django, its admin, and the one app."""

import base64
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

PROJECT = """
import sys, types
import django
from django.conf import settings

urls = types.ModuleType("urls")
sys.modules["urls"] = urls
settings.configure(
    SECRET_KEY="only for this test, and long enough for anybody",
    FIELD_ENCRYPTION_KEY={key!r},
    ALLOWED_HOSTS=["testserver"],
    ROOT_URLCONF="urls",
    INSTALLED_APPS=[
        "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
        "django.contrib.messages", "django.contrib.staticfiles", "connector",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    TEMPLATES=[{{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {{
        "context_processors": [
            "django.template.context_processors.request",
            "django.contrib.auth.context_processors.auth",
            "django.contrib.messages.context_processors.messages",
        ]}}}}],
    DATABASES={{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}}},
    STATIC_URL="static/",
    USE_TZ=True,
)
django.setup()

from django.contrib import admin
from django.contrib.auth.models import User
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client
from django.urls import path

urls.urlpatterns = [path("office/", admin.site.urls)]
call_command("check", "--fail-level", "WARNING")
call_command("migrate", verbosity=0)
client = Client()
client.force_login(User.objects.create_superuser("root", password="x"))
page = client.get("/office/connector/configuration/1/change/")
assert page.status_code == 200, page.status_code
assert b"Test connection" in page.content
for file in ("connector/admin.css", "connector/configuration.js"):
    assert finders.find(file), file
    assert file.encode() in page.content, file
tested = client.post("/office/connector/configuration/1/test/", follow=True)
assert b"works" in tested.content, tested.content
assert b"password" in client.get("/office/connector/configuration/add/").content
"""


def run(key):
    command = [sys.executable, "-W", "error::ResourceWarning", "-c", PROJECT.format(key=key)]
    bare = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    return subprocess.run(command, cwd=ROOT, env=bare, capture_output=True, text=True, timeout=120)


def test_it_works_in_the_admin_of_any_project():
    done = run(base64.urlsafe_b64encode(b"0123456789abcdef" * 2).decode())
    assert done.returncode == 0, done.stderr


def test_a_project_without_an_encryption_key_is_told_which_setting_is_missing():
    done = run("")
    assert done.returncode != 0
    assert "FIELD_ENCRYPTION_KEY is not set" in done.stderr
