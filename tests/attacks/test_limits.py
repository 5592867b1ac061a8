"""A hundred at once against every limit, one step before it (T62, T88, T100; reliability.md section 4)."""

import itertools
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.attacks.target import a_target, head, read, within

AT_ONCE, A_MINUTE, GUESSES = 3, 20, 10
LIVES = 30  # connections that begin something and do not go on


@pytest.fixture(scope="module")
def target():
    with a_target(SECURE_PROXY="127.0.0.1") as one:
        yield one


def a_hundred(request, *arguments):
    """The statuses of a hundred equal requests at once."""
    with ThreadPoolExecutor(100) as pool:
        return Counter(pool.map(lambda _: request(*arguments).status, range(100)))


def test_no_more_answers_at_once(target):
    form = {"configuration": target.rows["configuration"], "model": "sandbox-hang", "text": "Hello"}
    for _ in range(AT_ONCE - 1):
        assert target.ask("ann", "POST", "/chat/ask/", form).status == 302
    statuses = a_hundred(target.ask, "ann", "POST", "/chat/ask/", form)
    assert statuses == {302: 1, 429: 99}


def test_no_more_messages_a_minute(target):
    form = {"configuration": target.rows["configuration"], "model": "sandbox-fast", "text": "Hello"}

    def asked():
        return target.ask("bob", "POST", "/chat/ask/", form).status == 302

    for _ in range(A_MINUTE - 1):
        assert within(10, asked)  # as soon as fewer than three are being answered
    time.sleep(1)
    statuses = a_hundred(target.ask, "bob", "POST", "/chat/ask/", form)
    assert statuses == {302: 1, 429: 99}
    refused = target.ask("bob", "POST", "/chat/ask/", form)
    assert 0 < int(refused.headers["retry-after"]) <= 60


def guess(target, name, **headers):
    answer = target.ask(None, "POST", "/login/", {"username": name, "password": "wrong"}, headers=headers)
    return answer


def test_guesses_at_once_are_no_more_than_one_after_the_other(target):
    statuses = a_hundred(lambda: guess(target, "root", **{"x-forwarded-for": "198.51.100.7"}))
    assert statuses.keys() <= {422, 429}
    assert statuses[422] < GUESSES


def test_what_the_client_writes_before_the_proxy_does_not_count(target):
    count = itertools.count(1)
    spoofed = [f"203.0.{next(count)}.9, 10.0.0.{n}, 198.51.100.8" for n in range(12)]
    statuses = [guess(target, f"user{n}", **{"x-forwarded-for": each}).status for n, each in enumerate(spoofed)]
    assert statuses[-2:] == [429, 429]


def test_the_owner_gets_in_while_others_guess(target):
    form = {"username": "root", "password": "right horse"}
    answer = target.ask(None, "POST", "/login/", form, headers={"x-forwarded-for": "192.0.2.77"})
    assert answer.status == 302


def test_a_session_of_before_signing_in_is_worth_nothing(target):
    planted = "plantedplantedplantedplantedplan"
    form = {"username": "ann", "password": "right horse"}
    answer = target.ask(
        None,
        "POST",
        "/login/",
        form,
        cookie=f"{target.cookie(None)}; sessionid={planted}",
        headers={"x-forwarded-for": "192.0.2.78"},
    )
    assert answer.status == 302
    assert planted not in answer.headers["set-cookie"]
    cookie = next(line for line in answer.lines if line.startswith("set-cookie: sessionid="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert target.ask(None, "GET", "/chat/", cookie=f"sessionid={planted}").status == 302


def test_many_who_do_not_go_on_keep_nobody_waiting(target):
    beginnings = (
        b"",
        b"GET / HT",
        head("GET", "/chat/", port=target.server.port)[:-2],
        head("POST", "/login/", port=target.server.port, headers={"content-length": "60000"}) + b"username=",
        head("POST", "/csp-report/", port=target.server.port, headers={"transfer-encoding": "chunked"}) + b"5\r\nab",
    )
    held = []
    try:
        for beginning in beginnings * LIVES:
            connection = target.connect()
            connection.sendall(beginning)
            held.append(connection)
        for path in ("/health/live", "/login/", "/chat/"):
            began = time.monotonic()
            assert target.ask("bob", "GET", path).status in (200, 302)
            assert time.monotonic() - began < 10
    finally:
        for connection in held:
            connection.close()


def test_a_head_that_never_ends_is_given_up(target):
    with target.connect(patience=30) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-A: ")
        began = time.monotonic()
        read(connection)
        assert 15 < time.monotonic() - began < 25
