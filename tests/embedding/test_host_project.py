"""A project of somebody else, made from the lines of the README and of `docs/python.md`, with the package installed.

It has a user model, a `base.html` and a `css/base.css` of its own, a strict policy, and is reached below a path.
"""

import base64
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from tests.documented import examples, section
from tests.package import ROOT, installed

README = section((ROOT / "README.md").read_text(), "In your own Django project")
PYTHON = (ROOT / "docs" / "python.md").read_text()
KEY = base64.urlsafe_b64encode(b"0123456789abcdef" * 2).decode()
PREFIX = "/portal"


def lines(text, kind):
    found = [code for _, code in examples(text, kind)]
    assert found, f"the document has no lines for {kind}"
    return "\n".join(found)


SETTINGS = f"""
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS += ["people", "gallery"]
AUTH_USER_MODEL = "people.Person"
TEMPLATES[0]["DIRS"] = [BASE_DIR / "templates"]
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = BASE_DIR / "media"
LOGIN_URL = "admin:login"
FORCE_SCRIPT_NAME = "{PREFIX}"
STATIC_URL = "{PREFIX}/static/"
MIDDLEWARE += ["django.middleware.csp.ContentSecurityPolicyMiddleware"]
SECURE_CSP = {{"default-src": ["'none'"], "base-uri": ["'none'"], "frame-ancestors": ["'none'"]}}
SECURE_CSP |= {{name: ["'self'"] for name in ("script-src", "style-src", "img-src", "connect-src", "form-action")}}
"""

# Django's own server for static files comes along, as `runserver` has it.
ASGI = """
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler

application = ASGIStaticFilesHandler(application)
"""

PEOPLE = """
from django.contrib.auth.models import AbstractUser
from django.db import models


class Person(AbstractUser):
    id = models.UUIDField(primary_key=True, default=__import__("uuid").uuid4)
"""

USE = """
import contextlib, io, pathlib, sys

import django

django.setup()

from django.contrib.auth import get_user_model
from documented import examples, run
from connector import testing
from gallery.models import Portrait

user = get_user_model().objects.create_user("reader")

for file, pace in (("README.part", None), ("python.md", 0)):
    names = {"__name__": "example", "Portrait": Portrait, "user": user}
    with contextlib.ExitStack() as stack:
        if pace is not None:
            stack.enter_context(testing.sandbox())
        for line, code in examples(pathlib.Path(file).read_text()):
            with contextlib.redirect_stdout(io.StringIO()):
                run(code, line, names, file)
assert Portrait.objects.exclude(image="").exists()
for name in ("connector", "playground"):
    assert __import__(name).__file__.startswith(sys.argv[1]), "the checkout was imported, not the package"
"""

TESTS = """
from connector import activities
from connector.models import Configuration


def test_the_sandbox_answers(connector_configuration):
    assert "sandbox" in activities.chat_without_history(connector_configuration, "Hello")
    assert activities.embed(connector_configuration, ["one"])


def test_recorded_answers_come_in_their_order(connector_configuration, connector_recorded):
    sent = connector_recorded(connector_configuration, ["A short text."])
    assert activities.chat_without_history(connector_configuration, "Summarise this.") == "A short text."
    assert "Summarise" in sent[0].json["messages"][0]["content"]


def test_no_call_goes_out(db, connector_sandbox):
    real = Configuration.objects.create(display_name="OpenAI", api_type="openai", endpoint="")
    assert activities.list_models(real)
"""


class Project:
    def __init__(self, folder):
        self.site = installed(folder)
        self.folder = folder / "host"
        self.folder.mkdir()
        kept = ("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH")
        self.env = {name: os.environ[name] for name in kept if name in os.environ}
        self.env |= {"PYTHONPATH": str(self.site), "FIELD_ENCRYPTION_KEY": KEY, "PYTHONDONTWRITEBYTECODE": "1"}
        self.python("-m", "django", "startproject", "host", ".")
        self.append("host/settings.py", SETTINGS + lines(README, "settings"))
        self.append("host/urls.py", lines(README, "urls"))
        self.append("host/asgi.py", ASGI + lines(README, "asgi"))
        self.env["DJANGO_SETTINGS_MODULE"] = "host.settings"
        for app, models in (("people", PEOPLE), ("gallery", lines(PYTHON, "models"))):
            self.write(f"{app}/__init__.py", "")
            self.write(f"{app}/models.py", models)
        self.write("templates/base.html", "the host's own page")
        self.write("static/css/base.css", "the { host: own }")
        self.python("manage.py", "makemigrations", "people", "gallery")
        self.python("manage.py", "migrate")

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def append(self, name, text):
        with (self.folder / name).open("a") as file:
            file.write(f"\n{text}")

    def python(self, *arguments, **env):
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=self.env | env,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
        return done.stdout + done.stderr


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return Project(tmp_path_factory.mktemp("embedding"))


def test_it_has_nothing_to_complain_about(project):
    assert "no issues" in project.python("manage.py", "check", "--fail-level", "WARNING")
    assert "No changes" in project.python("manage.py", "makemigrations", "--check", "--dry-run")


def test_everything_that_is_documented_works_there(project):
    shutil.copy(ROOT / "tests" / "documented.py", project.folder / "documented.py")
    project.write("README.part", README)
    project.write("python.md", PYTHON)
    project.write("use.py", USE)
    project.python("use.py", str(project.site))
    assert "sandbox" in project.python("manage.py", "ask", "Hello", "--configuration", "Sandbox")


def test_its_own_tests_have_the_kit(project):
    project.write("conftest.py", lines(PYTHON, "conftest"))
    project.write("test_host.py", TESTS)
    done = project.python(
        "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(project.folder), "test_host.py"
    )
    assert "3 passed" in done


class Served:
    """Its pages, by uvicorn."""

    def __init__(self, project):
        self.project = project
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.origin = self.url = f"http://127.0.0.1:{port}"
        self.log = (project.folder / "server.log").open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "host.asgi:application", "--port", str(port), "--log-level", "warning"],
            cwd=project.folder,
            env=project.env,
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )

    def wait(self):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                return urllib.request.urlopen(f"{self.url}{PREFIX}/admin/login/", timeout=5).status
            except OSError:
                time.sleep(0.1)
        raise RuntimeError((self.project.folder / "server.log").read_text()[-3000:])

    def end(self):
        self.process.terminate()
        self.process.wait(timeout=30)
        self.log.close()


@pytest.fixture(scope="module")
def served(project):
    make = ["manage.py", "createsuperuser", "--noinput", "--username", "ada", "--email", "ada@example.org"]
    project.python(*make, DJANGO_SUPERUSER_PASSWORD="example-password-1")
    server = Served(project)
    try:
        server.wait()
        yield server
    finally:
        server.end()


@pytest.mark.browser
def test_its_people_chat_below_its_path_under_its_policy(served, open_page):
    page = open_page(served)
    page.watch.allow("favicon.ico")  # the host's admin has none
    page.goto(f"{PREFIX}/ai/")
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill("example-password-1")
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"**{PREFIX}/ai/")
    page.locator("#text").fill("table code formula")
    page.locator("#text").press("Enter")
    page.wait_for_url(re.compile(rf"{PREFIX}/ai/chat/\d+/"))
    for element in (".prose table", "figure.code", "math", ".facts .model"):
        page.locator(element).first.wait_for(state="attached")
    assert page.locator("[data-going]").count() == 0
    styled = page.evaluate("getComputedStyle(document.querySelector('.composer')).display")
    assert styled not in ("", "inline")
    addresses = re.findall(r'(?:href|src|action|hx-\w+|hx-sse:connect)="(/[^"]*)"', page.content())
    assert addresses
    assert [address for address in addresses if not address.startswith(f"{PREFIX}/")] == []


@pytest.mark.browser
def test_its_admin_is_its_own(served, open_page):
    page = open_page(served)
    page.watch.allow("favicon.ico")  # the host's admin has none
    page.goto(f"{PREFIX}/admin/connector/configuration/")
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill("example-password-1")
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("link", name="Sandbox").first.wait_for()
    assert "Django" in page.locator("#header").inner_text()
