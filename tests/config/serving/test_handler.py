"""Django's handler as we serve with it: what Django does for a request is done, with fewer trips to a thread."""

import asyncio
import threading

import pytest
from asgiref.sync import ThreadSensitiveContext
from django.core.signals import request_finished, request_started
from django.http import HttpResponse, StreamingHttpResponse
from django.test import override_settings
from django.urls import path

from config.serving.handler import Handler, take_over
from config.serving.threads import Lent, Threads
from tests.config.asgi import GONE, Answer, call, request

closed: list[str] = []


async def plain(request):
    response = HttpResponse("plain")
    response._resource_closers.append(lambda: closed.append(threading.current_thread().name))
    return response


def in_a_thread(request):
    return HttpResponse(threading.current_thread().name)


async def breaks_off(request):
    async def pieces():
        yield b"one"
        raise ValueError("of ours")

    return StreamingHttpResponse(pieces())


def sync_stream(request):
    response = StreamingHttpResponse(iter([b"one", b"two"]))
    response._resource_closers.append(lambda: closed.append(threading.current_thread().name))
    return response


async def never(request):
    await asyncio.sleep(60)


urlpatterns = [path(f"{view.__name__}/", view) for view in (plain, in_a_thread, breaks_off, sync_stream, never)]


@pytest.fixture
def get():
    closed.clear()
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[], ALLOWED_HOSTS=["localhost"]):
        handler = Handler()
        yield lambda name: call(handler, *request(path=f"/{name}/"))


@pytest.fixture
def signals():
    seen: list[str] = []

    def began(**_):
        seen.append("began")

    def ended(**_):
        seen.append("ended")

    request_started.connect(began)
    request_finished.connect(ended)
    yield seen
    request_started.disconnect(began)
    request_finished.disconnect(ended)


def test_a_request_has_a_beginning_an_answer_and_an_end(get, signals):
    answer = get("plain")
    assert (answer.status, answer.body, signals) == (200, b"plain", ["began", "ended"])
    assert closed == [threading.current_thread().name]  # at once, where it was


def test_what_streams_from_sync_code_is_closed_in_its_thread(get):
    assert get("sync_stream").body == b"onetwo"
    assert closed != [threading.current_thread().name]


def test_what_is_wrong_in_a_stream_is_raised_as_it_is(get):
    with pytest.raises(ValueError, match="of ours"):
        get("breaks_off")


def test_who_goes_away_is_not_answered(signals):
    async def visit() -> Answer:
        answer, messages = Answer(), [{"type": "http.request", "body": b"", "more_body": False}, GONE]

        async def receive():
            return messages.pop(0)

        async def send(message):
            answer.complete = True

        with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[], ALLOWED_HOSTS=["localhost"]):
            await Handler()(request(path="/never/")[0], receive, send)
        return answer

    assert not asyncio.run(visit()).complete
    assert signals == ["began", "ended"]


@pytest.fixture
def taken_over():
    before = [(signal, signal.receivers) for signal in (request_started, request_finished)]
    for signal, receivers in before:
        signal.receivers = list(receivers)
    take_over()
    yield
    for signal, receivers in before:
        signal.receivers = receivers
        signal.sender_receivers_cache.clear()


def test_only_the_view_is_a_trip_to_a_thread(taken_over):
    trips = []

    class Counting(Lent):
        def submit(self, function, /, *args, **kwargs):
            trips.append(function)
            return super().submit(function, *args, **kwargs)

    async def visit(name: str) -> None:
        messages = [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive():
            return messages.pop() if messages else await asyncio.sleep(60)

        async def send(message):
            pass

        async with ThreadSensitiveContext(executor=Counting(Threads())):
            await Handler().handle(request(path=f"/{name}/")[0], receive, send)

    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[], ALLOWED_HOSTS=["localhost"]):
        asyncio.run(visit("plain"))
        assert trips == []
        asyncio.run(visit("in_a_thread"))
        assert len(trips) == 1
