from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from config.serving.in_place import PageCompression

LONG = "<p>a line of a page</p>" * 200


def compressed(response, path="/chat/"):
    request = RequestFactory().get(path, headers={"accept-encoding": "gzip"})
    return PageCompression(lambda request: response)(request).headers.get("Content-Encoding") == "gzip"


def test_pages_are():
    assert compressed(HttpResponse(LONG))


def test_streams_are_not():
    assert not compressed(StreamingHttpResponse([LONG], content_type="text/event-stream"))
    assert not compressed(StreamingHttpResponse([LONG]))


def test_files_and_data_are_not():
    assert not compressed(FileResponse([LONG.encode()]))
    assert not compressed(HttpResponse(LONG, content_type="application/json"))


def test_pages_with_a_secret_in_reach_are_not():
    for path in ("/login/", "/welcome/abc/", "/account/", "/admin/connector/configuration/1/change/"):
        assert not compressed(HttpResponse(LONG), path)


def test_what_was_typed_is_not_measured_in_an_error():
    assert not compressed(HttpResponse(LONG, status=422))
