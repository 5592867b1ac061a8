"""The same headers of security on every kind of answer."""

from config.serving.headers import SafeHeaders
from config.serving.last_resort import LastResort
from tests.config.asgi import call, replying, request

EVERYWHERE = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def test_every_status_has_them():
    for status in (200, 204, 302, 304, 400, 403, 404, 413, 500, 503):
        answer = call(SafeHeaders(replying(status)), *request())
        assert {name: answer[name] for name in EVERYWHERE} == EVERYWHERE
        assert answer["content-security-policy"] == "default-src 'none'; sandbox"
        assert answer["cache-control"] == "no-store"
        assert answer["vary"] == "Cookie"


def test_what_a_view_has_said_stays():
    own = {"Content-Security-Policy": "default-src 'self'", "Cache-Control": "private, no-store", "Vary": "HX-Request"}
    said = list(own.items())
    answer = call(SafeHeaders(replying(headers=said)), *request())
    assert answer["content-security-policy"] == "default-src 'self'"
    assert answer["cache-control"] == "private, no-store"
    assert answer["vary"] == "HX-Request, Cookie"


def test_a_stream_is_neither_kept_nor_collected_on_the_way():
    answer = call(SafeHeaders(replying(headers=[("Content-Type", "text/event-stream; charset=utf-8")])), *request())
    assert answer["cache-control"] == "no-store, no-transform"
    assert answer["x-accel-buffering"] == "no"
    assert answer["x-content-type-options"] == "nosniff"


def test_public_files_do_not_vary():
    answer = call(SafeHeaders(replying(headers=[("Cache-Control", "max-age=60, public")])), *request())
    assert answer["vary"] == ""


def test_strict_transport_security_comes_with_https_only():
    assert call(SafeHeaders(replying()), *request())["strict-transport-security"] == ""
    secured = call(SafeHeaders(replying()), *request(scheme="https"))
    assert secured["strict-transport-security"] == "max-age=31536000; includeSubDomains"


def test_nothing_tells_which_server_it_is():
    answer = call(SafeHeaders(replying(headers=[("Server", "uvicorn"), ("X-Powered-By", "x")])), *request())
    assert answer["server"] == answer["x-powered-by"] == ""


def test_a_crash_below_is_a_plain_500_with_headers():
    async def crash(scope, receive, send):
        raise RuntimeError("sk-this-must-not-be-shown")

    answer = call(SafeHeaders(LastResort(crash)), *request())
    assert answer.status == 500
    assert b"sk-" not in answer.body
    assert answer["x-content-type-options"] == "nosniff"
