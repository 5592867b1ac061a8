"""Fills a server's database for the bench; runs inside that installation:
`python -m bench.prepare UPSTREAM MODEL USERS MESSAGES SESSIONS`. Prints JSON: the people who stream (a cookie and a
session each), and the reader of a long conversation and a long list.
"""

import json
import os
import sys

import django


def main(upstream: str, model: str, users: int, messages: int, sessions: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.contrib.auth import get_user_model
    from django.contrib.auth.hashers import make_password

    from connector.models import ChatCompletionsSession, Configuration

    paced = Configuration.objects.create(
        display_name="A paced upstream",
        api_type="openai_compatible",
        endpoint=f"{upstream}/v1",
        open_to_everyone=True,
    )
    password = make_password("bench-password")  # one hash for all: hashing 500 would take minutes
    User = get_user_model()
    User.objects.bulk_create(User(username=f"bench{number}", password=password) for number in range(users))
    everyone = list(User.objects.filter(username__startswith="bench").order_by("pk"))
    talks = [ChatCompletionsSession(user=user, configuration=paced, model=model) for user in everyone]
    talks = ChatCompletionsSession.objects.bulk_create(talks)
    reader = User.objects.create(username="reader", password=password)
    big = ChatCompletionsSession.objects.create(user=reader, title="A thousand messages")
    fill(big, messages)
    ChatCompletionsSession.objects.bulk_create(
        ChatCompletionsSession(user=reader, title=f"Session {number}") for number in range(sessions)
    )
    people = [{"cookie": cookie(user), "session": talk.pk} for user, talk in zip(everyone, talks, strict=True)]
    print(json.dumps({"people": people, "reader": cookie(reader), "big": big.pk}))


def fill(session: object, number: int) -> None:
    """A conversation of `number` messages, each the child of the one before."""
    from connector.models import ChatCompletionsMessage

    text = (
        "Some **Markdown** with `code`, a list:\n\n- one\n- two\n\n```python\nprint('hello')\n```\n\n" + "Words. " * 60
    )
    parent = None
    for index in range(number):
        role = "assistant" if index % 2 else "user"
        content = f"{index}: {text}" if index % 2 else f"Question {index}?"
        parent = ChatCompletionsMessage.objects.create(session=session, parent=parent, role=role, content=content)
    session.leaf = parent  # type: ignore[attr-defined]  # imported late, after django.setup()
    session.save()  # type: ignore[attr-defined]


def cookie(user: object) -> str:
    """A signed-in session's key for `user`, as the login page would set it."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)  # type: ignore[attr-defined]
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()  # type: ignore[attr-defined]
    store.create()
    return str(store.session_key)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6]))
