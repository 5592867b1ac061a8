"""People and configurations of a running server, made where its database is."""

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from tests.server import Server

PASSWORD = "a lighthouse at the sea"

MAKE_PEOPLE = """
import importlib, json
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User

sessions = importlib.import_module(settings.SESSION_ENGINE)
password, made = make_password({password!r}), []
for name in {names!r}:
    staff = name.startswith("admin")
    user = User.objects.create(username=name, password=password, is_staff=staff, is_superuser=staff)
    session = sessions.SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    made.append([name, session.session_key])
print(json.dumps(made))
"""

MAKE_CONFIGURATION = """
import json
from connector.models import Configuration

fields = json.loads({fields!r})
models, key = fields.pop("models", []), fields.pop("key", "")
made = Configuration.objects.create(**fields)
for name in models:
    made.deployed_models.create(name=name)
if key:
    made.set_key(key)
"""


@dataclass(frozen=True)
class Person:
    name: str
    session: str  # the cookie of somebody who has signed in
    password: str = PASSWORD

    def cookie(self, server: Any) -> Any:  # Any: whatever has a `url`; Playwright's own type for a cookie
        return {"name": "sessionid", "value": self.session, "url": server.url, "httpOnly": True, "sameSite": "Lax"}


def make_people(server: Server, *names: str) -> list[Person]:
    """Those whose name begins with *admin* are administrators. One password for all: hashing it takes its time."""
    printed = server.execute(MAKE_PEOPLE.format(password=PASSWORD, names=names))
    return [Person(name, session) for name, session in json.loads(printed.splitlines()[-1])]


def make_configuration(server: Server, display_name: str, **fields: Any) -> None:
    """`fields` are the model's; and `models`: names of its deployed models, `key`."""
    given = {"display_name": display_name, "open_to_everyone": True} | fields
    server.execute(MAKE_CONFIGURATION.format(fields=json.dumps(given)))


def rows(server: Server, query: str, *values: Any) -> list[Any]:
    """What the server's database says, read past the server."""
    with closing(sqlite3.connect(f"file:{server.var}/promptyard.sqlite3?mode=ro", uri=True)) as database:
        return database.execute(query, values).fetchall()
