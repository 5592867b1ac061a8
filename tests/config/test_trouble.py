import pytest
from django.core.handlers.asgi import ASGIHandler
from django.db import OperationalError
from django.test import override_settings
from django.urls import path

from tests.config.asgi import call, request


def broken_database(request):
    raise OperationalError("could not connect to server: postgres.internal:5432, user promptyard")


async def broken_database_in_async_view(request):
    raise OperationalError("could not connect to server: postgres.internal:5432, user promptyard")


def broken_code(request):
    raise ValueError("of ours, with details")


urlpatterns = [path("db/", broken_database), path("adb/", broken_database_in_async_view), path("code/", broken_code)]
handler500 = "config.trouble.server_error"


@pytest.fixture
def pages():
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[], ALLOWED_HOSTS=["localhost"]):
        yield ASGIHandler()


@pytest.mark.parametrize("address", ["/db/", "/adb/"])
def test_a_database_that_is_away_is_503_without_details(pages, address):
    answer = call(pages, *request(path=address))
    assert answer.status == 503
    assert b"postgres" not in answer.body
    assert answer["retry-after"] == "30"


def test_a_mistake_of_ours_is_500_without_details(pages):
    answer = call(pages, *request(path="/code/"))
    assert answer.status == 500
    assert b"details" not in answer.body
