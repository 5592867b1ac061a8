"""What a crash report says: enough to find the fault, and no secret (`security.md` K14)."""

import sys

from django.http import HttpRequest
from django.test import RequestFactory
from django.views.debug import ExceptionReporter

KEY = "sk-CANARY-0123456789abcdef0123456789abcdef"


def report(request: HttpRequest, **values) -> str:
    """The report of a crash in whose frame `values` were, as text and as a page."""
    try:
        _crash(request, values)
    except RuntimeError:
        reporter = ExceptionReporter(request, *sys.exc_info(), is_email=True)
        return reporter.get_traceback_text() + reporter.get_traceback_html()
    raise AssertionError("it did not crash")


def _crash(request, values):
    api_key = values.get("key", "")  # a local variable with a telling name
    innocent = values.get("text", "")
    raise RuntimeError(f"failed with {len(api_key) + len(innocent)} characters")


def test_forms_lose_what_sounds_secret_and_keep_the_rest():
    request = RequestFactory().post("/admin/", {"api_key": KEY, "password1": "hunter2hunter2", "name": "Team A"})
    text = report(request)
    assert KEY not in text
    assert "hunter2" not in text
    assert "Team A" in text


def test_a_key_in_a_field_of_another_name_is_hidden_too():
    assert KEY not in report(RequestFactory().post("/admin/", {"note": f"the key is {KEY}"}))


def test_variables_are_hidden_by_name_and_by_content():
    text = report(RequestFactory().get("/"), key="a-key-of-no-known-shape", text=f"Bearer {KEY}")
    assert "a-key-of-no-known-shape" not in text
    assert KEY not in text


def test_a_value_that_cannot_be_shown_does_not_break_the_report():
    class Awkward:
        def __repr__(self):
            raise ValueError("no")

    assert "failed with" in report(RequestFactory().get("/"), odd=Awkward())


def test_settings_with_secrets_are_hidden():
    from django.conf import settings

    text = report(RequestFactory().get("/"))
    for value in (settings.SECRET_KEY, *settings.FIELD_ENCRYPTION_KEY):
        assert value not in text
