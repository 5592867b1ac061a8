"""The middleware keeps Django's rules, and goes to a thread only where something is read or written."""

import re
import threading

import pytest
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpResponse
from django.test import override_settings
from django.urls import path

from tests.config.asgi import call, request

FORM = "application/x-www-form-urlencoded"


async def where(request):
    return HttpResponse(threading.current_thread().name)


def remembering(request):
    request.session["seen"] = request.session.get("seen", 0) + 1
    return HttpResponse(str(request.session["seen"]))


async def taking(request):
    return HttpResponse(request.POST.get("text", "")[:20])


urlpatterns = [path("where/", where), path("remember/", remembering), path("take/", taking)]


@pytest.fixture
def trips(monkeypatch):
    """The functions that were sent to a thread by our middleware."""
    from config.serving import in_place

    sent, original = [], in_place.sync_to_async

    def noted(function):
        sent.append(function.__name__)
        return original(function)

    monkeypatch.setattr(in_place, "sync_to_async", noted)
    return sent


@pytest.fixture(autouse=True)
def pages():
    with override_settings(ROOT_URLCONF=__name__, CSRF_FAILURE_VIEW="django.views.csrf.csrf_failure"):
        yield


def test_an_async_view_is_reached_without_a_trip(trips):
    answer = call(ASGIHandler(), *request(path="/where/"))
    assert answer.status == 200
    assert trips == []


def test_headers_are_those_of_django():
    answer = call(ASGIHandler(), *request(path="/where/"))
    assert answer["content-security-policy"].startswith("default-src 'none'")
    assert answer["x-frame-options"] == "DENY"
    assert answer["content-length"]


def test_an_address_without_its_slash_is_led_there():
    answer = call(ASGIHandler(), *request(path="/where"))
    assert (answer.status, answer["location"]) == (301, "/where/")


@pytest.mark.django_db(transaction=True)
def test_a_changed_session_is_saved_in_a_thread(trips):
    first = call(ASGIHandler(), *request(path="/remember/"))
    cookie = re.match(r"(\w+=\w+);", first["set-cookie"])[1]
    assert trips == ["process_response"]
    assert call(ASGIHandler(), *request(path="/remember/", headers={"cookie": cookie})).body == b"2"


class TestForms:
    def test_without_a_token_are_refused(self):
        headers = {"content-type": FORM, "content-length": "6"}
        assert call(ASGIHandler(), *request("POST", "/take/", headers, [b"text=a"])).status == 403

    @pytest.mark.parametrize(("length", "trips_made"), [(10, []), (50_000, ["process_view"])])
    def test_with_a_token_are_taken_and_large_ones_read_in_a_thread(self, trips, length, trips_made):
        token = "a" * 32
        body = b"csrfmiddlewaretoken=" + token.encode() + b"&text=" + b"x" * length
        headers = {"content-type": FORM, "content-length": str(len(body)), "cookie": f"csrftoken={token}"}
        answer = call(ASGIHandler(), *request("POST", "/take/", headers, [body]))
        assert (answer.status, answer.body) == (200, b"x" * min(length, 20))
        assert [trip for trip in trips if trip == "process_view"] == trips_made


@pytest.mark.django_db(transaction=True)
def test_the_test_client_works_with_it(client):
    assert client.get("/remember/").content == b"1"
    assert client.get("/remember/").content == b"2"
