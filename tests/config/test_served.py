"""A running server, over the network: what every answer carries, and what it does not let itself be made to do."""

import gzip
import http.client
import re
import socket
import time
from contextlib import closing

import pytest

from tests.config.serving.test_headers import EVERYWHERE
from tests.server import Server

MEMORY = 50_000  # kB that hostile bodies may cost


def ask(server: Server, method: str, path: str, headers=None, body=None) -> http.client.HTTPResponse:
    with closing(http.client.HTTPConnection("127.0.0.1", int(server.port), timeout=30)) as connection:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        answer.content = answer.read()
        return answer


def raw(server: Server, data: bytes, patience: float = 10) -> bytes:
    """Sends bytes as they are; returns what comes back until the connection is closed or nothing more comes."""
    with socket.create_connection(("127.0.0.1", int(server.port)), timeout=patience) as connection:
        connection.sendall(data)
        answer = b""
        try:
            while piece := connection.recv(65536):
                answer += piece
        except (TimeoutError, ConnectionResetError):
            pass
        return answer


def memory(server: Server) -> int:
    """kB of the server process."""
    with open(f"/proc/{server.process.pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def stylesheet(server: Server) -> str:
    page = ask(server, "GET", "/login/").content.decode()
    [path] = set(re.findall(r"/static/playground/css/promptyard\.\w+\.css", page))
    return path


class TestHeaders:
    @pytest.mark.parametrize(
        ("status", "method", "path", "headers"),
        [
            (200, "GET", "/health/live", {}),
            (200, "GET", "/login/", {}),
            (302, "GET", "/", {}),
            (302, "GET", "/admin/", {}),
            (400, "GET", "/", {"Host": "evil.example"}),
            (403, "POST", "/login/", {}),
            (403, "POST", "/login/", {"Sec-Fetch-Site": "cross-site"}),
            (404, "GET", "/nothing/here/", {}),
            (404, "GET", "/static/nothing.css", {}),
            (405, "TRACE", "/", {}),
            (405, "GET", "/csp-report/", {}),
            (413, "POST", "/login/", {"Content-Length": "70000"}),
        ],
    )
    def test_are_on_each_kind_of_answer(self, server, status, method, path, headers):
        body = b"x" * 70_000 if "Content-Length" in headers else None
        answer = ask(server, method, path, headers, body)
        assert answer.status == status
        assert {name: answer.headers[name] for name in EVERYWHERE} == EVERYWHERE
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert "no-store" in answer.headers["Cache-Control"]
        assert "Cookie" in answer.headers["Vary"]
        assert answer.headers["Server"] is None

    def test_a_page_has_the_strict_policy(self, server):
        policy = ask(server, "GET", "/login/").headers["Content-Security-Policy"]
        directives = dict(directive.split(" ", 1) for directive in policy.split("; "))
        assert directives["script-src"] == directives["style-src"] == directives["connect-src"] == "'self'"
        assert directives["frame-ancestors"] == directives["base-uri"] == directives["object-src"] == "'none'"
        assert directives["report-uri"] == "/csp-report/"
        assert "unsafe" not in policy

    def test_without_https_nothing_asks_for_it(self, server):
        answer = ask(server, "GET", "/login/")
        assert answer.headers["Strict-Transport-Security"] is None
        assert "upgrade-insecure-requests" not in answer.headers["Content-Security-Policy"]


class TestStaticFiles:
    def test_carry_the_headers_and_stay_in_the_browser_for_good(self, server):
        answer = ask(server, "GET", stylesheet(server))
        assert {name: answer.headers[name] for name in EVERYWHERE} == EVERYWHERE
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["Access-Control-Allow-Origin"] is None

    def test_come_compressed(self, server):
        plain = ask(server, "GET", stylesheet(server))
        packed = ask(server, "GET", stylesheet(server), {"Accept-Encoding": "gzip, br"})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.content) == plain.content

    def test_the_stylesheet_is_one_file(self, server):
        assert b"@import" not in ask(server, "GET", stylesheet(server)).content

    @pytest.mark.parametrize("path", ["/static/../secrets.env", "/static/%2e%2e/secrets.env", "/static//etc/passwd"])
    def test_nothing_else_is_served_from_there(self, server, path):
        assert ask(server, "GET", path).status == 404


class TestHostileBodies:
    def test_two_gigabytes_announced_are_refused_at_once(self, server):
        answer = raw(server, b"POST /login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2147483648\r\n\r\nx", 8)
        assert answer.startswith(b"HTTP/1.1 413")

    def test_chunks_without_end_are_cut_off(self, server):
        before = memory(server)
        chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
        sent = 0
        with socket.create_connection(("127.0.0.1", int(server.port)), timeout=10) as connection:
            connection.sendall(b"POST /login/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
            with pytest.raises(OSError):
                while sent < 200_000_000:
                    connection.sendall(chunk)
                    sent += len(chunk)
        assert sent < 60_000_000
        assert memory(server) - before < MEMORY

    def test_a_length_that_lies_ends_the_request_there(self, server):
        data = b"POST /csp-report/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n" + b"x" * 1_000_000
        before = memory(server)
        answer = raw(server, data)
        assert b"HTTP/1.1 400" in answer  # what comes after ten bytes is no request
        assert memory(server) - before < MEMORY

    def test_others_are_served_meanwhile(self, server):
        waiting = []
        for _ in range(50):
            connection = socket.create_connection(("127.0.0.1", int(server.port)), timeout=10)
            connection.sendall(b"POST /login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n\r\nx")
            waiting.append(connection)
        began = time.monotonic()
        assert ask(server, "GET", "/login/").status == 200
        assert time.monotonic() - began < 10  # the others are given up after half a minute
        for connection in waiting:
            connection.close()


class TestHostileHeads:
    def test_endless_headers_are_refused(self, server):
        before = memory(server)
        head = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n" + b"X-Filler: " + b"x" * 8_000_000
        connection = socket.create_connection(("127.0.0.1", int(server.port)), timeout=5)
        with connection, pytest.raises(OSError):  # cut off in the middle
            for _ in range(1_000):
                connection.sendall(head)
        assert memory(server) - before < MEMORY

    def test_a_large_head_is_answered(self, server):
        answer = raw(server, b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Filler: " + b"x" * 70_000)
        assert answer.startswith(b"HTTP/1.1 431")

    def test_a_body_with_the_head_in_one_piece_is_no_large_head(self, server):
        body = b"x" * 60_000
        head = b"POST /csp-report/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
        assert raw(server, head % len(body) + body).startswith(b"HTTP/1.1 204")

    @pytest.mark.parametrize(
        "head",
        [
            b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n",
            b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            b"GET / HTTP/1.1\r\n\r\n",
            b"nonsense\r\n\r\n",
        ],
    )
    def test_features_nobody_uses_are_refused(self, server, head):
        status = raw(server, head, patience=2).split(b" ")[1:2]
        assert status and status[0] in (b"400", b"404", b"405")
