"""Who loses access in the middle of an answer sees no more of it within five seconds (T38, T45, T57)."""

import time

import pytest

from tests.attacks.target import a_target, head, read, receive, within

IN_TIME = 8.0  # seconds: it is looked at every 4
AWAY = {
    "deactivated": ("User.objects.filter(username='ann').update(is_active=False)", {302}),
    "signed out": ("from django.contrib.sessions.models import Session; Session.objects.all().delete()", {302}),
    "no longer allowed": ("Configuration.objects.update(open_to_everyone=False)", {200}),
}


@pytest.fixture(scope="module")
def target():
    with a_target(SENDS_A_MINUTE="0", ANSWERS_AT_ONCE="0") as one:
        yield one


@pytest.fixture
def run(target):
    """An answer of ann's that goes on for a while."""
    form = {"configuration": target.rows["configuration"], "model": "sandbox", "text": "Write a long essay"}
    answer = target.ask("ann", "POST", "/chat/ask/", form)
    assert answer.status == 302
    return int(answer.headers["location"].rpartition("#run-")[2])


def events(target, who, run, **headers):
    return head("GET", f"/chat/runs/{run}/events/", cookie=target.cookie(who), port=target.server.port, headers=headers)


def test_strangers_see_and_stop_nothing(target, run):
    with target.connect() as connection:
        connection.sendall(events(target, "ann", run))
        assert read(connection, until=b"data:").status == 200
        for who in ("bob", "viewer", "editor", "root", None):
            for headers in ({}, {"last-event-id": "0"}, {"last-event-id": "1"}):
                answer = target.send(events(target, who, run, **headers))
                assert (answer.status, answer.content.strip()) == (404, b"")
            for path in (f"/chat/runs/{run}/stop/", f"/chat/{target.rows['session']}/stop/"):
                assert target.ask(who, "POST", path).status in (302, 404)
        assert b"data:" in receive(connection, until=b"data:")  # it goes on


@pytest.mark.parametrize("how", AWAY)
def test_the_stream_ends(target, run, how):
    code, afterwards = AWAY[how]
    with target.connect() as connection:
        connection.sendall(events(target, "ann", run))
        assert read(connection, until=b"data:").status == 200
        imports = "from django.contrib.auth.models import User; from connector.models import Configuration; "
        target.server.execute(imports + code)
        began = time.monotonic()
        rest = receive(connection)
        assert time.monotonic() - began < IN_TIME
    assert b"event: end" in rest
    assert target.ask("ann", "GET", "/chat/").status in afterwards
    kept = f"print(len(ChatCompletionsMessage.objects.filter(run={run}).first().content))"
    length = "from connector.models import ChatCompletionsMessage; " + kept
    assert within(10, lambda: int(target.server.execute(length)) > 20)
    back = "User.objects.update(is_active=True); Configuration.objects.update(open_to_everyone=True)"
    target.server.execute(imports + back)
    target.sign_in("ann")
