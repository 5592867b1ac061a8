"""What the protocol itself answers, before or instead of the application."""

import asyncio
import http.client
import socket
import threading
from contextlib import closing, contextmanager

import uvicorn

from config.serving.protocol import Protocol
from tests.config.asgi import replying
from tests.config.serving.test_headers import EVERYWHERE


@contextmanager
def serving(connections):
    """The port of a server for so many connections less one; the last is told that there are too many."""
    config = uvicorn.Config(
        replying(200), http=Protocol, limit_concurrency=connections, lifespan="off", log_config=None
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(30)


def ask(port):
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request("GET", "/")
        answer = connection.getresponse()
        return answer, answer.read()


def test_one_connection_too_many_is_told_so_with_the_headers_of_every_answer():
    with serving(connections=1) as port:
        answer, body = ask(port)
    assert answer.status == 503
    assert body == b"Too many connections are open just now. Try again in a minute.\n"
    assert {name: answer.headers[name] for name in EVERYWHERE} == EVERYWHERE
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["connection"] == "close"


def test_below_the_limit_the_application_answers():
    with serving(connections=100) as port:
        assert ask(port)[0].status == 200
