"""What is written down, and what never is."""

import json
import logging
import sys
from urllib.parse import quote

import pytest
from django.conf import settings

from config.logs import Brief, Human, Json
from connector.client.secret import Secret

KEY = "sk-CANARY-0123456789abcdef0123456789abcdef"
AZURE = "CANARYAZ" + "7f" * 12


def record(message, *arguments, error=None):
    info = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("connector.runs", logging.WARNING, __file__, 1, message, arguments, info)


@pytest.mark.parametrize("formatter", [Human(), Json()])
class TestSecrets:
    def test_in_the_message_are_hidden(self, formatter):
        assert KEY not in formatter.format(record(f"using {KEY} now"))

    def test_in_the_arguments_are_hidden(self, formatter):
        assert KEY not in formatter.format(record("headers: %s", {"Authorization": f"Bearer {KEY}"}))

    def test_of_no_known_shape_are_hidden_while_they_are_in_use(self, formatter):
        secret = Secret(AZURE)
        for spelling in (AZURE, quote(AZURE)):
            assert AZURE not in formatter.format(record("GET https://example.org/?key=%s", spelling))
        assert secret.reveal() == AZURE

    def test_in_a_traceback_are_hidden(self, formatter):
        try:
            raise ValueError(f"Incorrect API key provided: {KEY}")
        except ValueError as error:
            line = formatter.format(record("failed", error=error))
        assert "ValueError" in line
        assert KEY not in line

    def test_of_the_installation_are_hidden(self, formatter):
        for value in (settings.SECRET_KEY, *settings.FIELD_ENCRYPTION_KEY):
            assert value not in formatter.format(record("the settings: %s", value))


def of_django(name, status, message, *arguments):
    one = record(message, *arguments, error=ValueError("nonsense"))
    one.name, one.status_code = name, status
    return one


class TestBrief:
    @pytest.mark.parametrize("formatter", [Human(), Json()])
    @pytest.mark.parametrize("name", ["django.request", "django.security.DisallowedHost"])
    def test_nonsense_from_outside_is_one_short_line(self, formatter, name):
        long = of_django(name, 400, "Bad request: %s", "x" * 60_000)
        line = formatter.format(Brief().filter(long))
        assert "Bad request" in line
        assert "ValueError" not in line
        assert len(line) < 800
        assert long.exc_info  # others may want to know more

    @pytest.mark.parametrize(("name", "status"), [("django.request", 500), ("connector.runs", 400)])
    def test_a_mistake_of_ours_keeps_its_traceback(self, name, status):
        assert Brief().filter(of_django(name, status, "failed")) is True


class TestHuman:
    def test_a_message_cannot_pretend_to_be_two(self):
        line = Human().format(record("user %s signed in", "x\n2026-01-01 00:00:00 INFO root: all is well\r\x1b[2J"))
        assert len(line.splitlines()) == 1
        assert "\x1b" not in line


class TestJson:
    def test_is_one_object_on_one_line(self):
        try:
            raise ValueError("of\ntwo lines")
        except ValueError as error:
            line = Json().format(record("a %s", "b\nc", error=error))
        assert "\n" not in line
        assert json.loads(line)["message"] == "a b\nc"
        assert json.loads(line)["level"] == "WARNING"
        assert "two lines" in json.loads(line)["error"]

    def test_lone_surrogates_do_not_break_it(self):
        Json().format(record("name %s", "\ud800")).encode(sys.stdout.encoding or "utf-8", "backslashreplace")


def test_libraries_that_print_headers_are_quiet():
    for name in ("httpx", "httpcore", "openai", "asyncio"):
        assert not logging.getLogger(name).isEnabledFor(logging.INFO)
