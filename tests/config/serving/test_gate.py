import pytest

from config.serving.gate import Gate
from tests.config.asgi import call, replying, request

gate = Gate(replying(), ["localhost", "127.0.0.1", "chat.example.org"])


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8000", "chat.example.org", "CHAT.example.org:443"])
def test_our_names_come_in(host):
    assert call(gate, *request(headers={"host": host})).status == 200


@pytest.mark.parametrize(
    "host",
    [
        "", "evil.example", "localhost.evil.example", "a/b?", "localhost/x", "localhost#x", "user@localhost",
        "local host", "localhost:port", "x" * 300, "[::1", "[::1]]", "localhost\x00", "chat.example.org,evil",
    ],
)  # fmt: skip
def test_others_do_not(host):
    assert call(gate, *request(headers={"host": host})).status == 400


def test_two_names_are_none():
    scope, body = request()
    scope["headers"].append((b"host", b"localhost"))
    assert call(gate, scope, body).status == 400


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "get"])
def test_methods_we_do_not_have_are_refused(method):
    assert call(gate, *request(method)).status == 405


def test_there_is_no_websocket():
    assert call(gate, *request(headers={"upgrade": "WebSocket", "connection": "upgrade"})).status == 400


def test_other_sites_may_link_but_not_post():
    cross = {"sec-fetch-site": "cross-site", "cookie": "session=abc"}
    assert call(gate, *request("GET", headers=cross)).status == 200
    assert call(gate, *request("POST", headers=cross)).status == 403
    assert call(gate, *request("DELETE", headers=cross)).status == 403


def test_our_pages_and_programs_may_post():
    assert call(gate, *request("POST", headers={"sec-fetch-site": "same-origin"})).status == 200
    assert call(gate, *request("POST")).status == 200
