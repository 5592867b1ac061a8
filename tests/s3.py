"""A bucket on loopback: just enough of S3 for storing, reading and removing. It can be told to be in trouble."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit


class Bucket:
    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.files: dict[str, bytes] = {}
        self.asked: list[tuple[str, str]] = []  # method and path of every request
        self.trouble = 0  # the status that everything is answered with


@contextmanager
def a_bucket() -> Iterator[Bucket]:
    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_PUT(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            if self.enter():
                bucket.files[self.key] = content
                self.reply(200)

        def do_GET(self) -> None:
            if self.enter():
                content = bucket.files.get(self.key)
                self.reply(200 if content is not None else 404, content or b"")

        do_HEAD = do_GET

        def do_DELETE(self) -> None:
            if self.enter():
                bucket.files.pop(self.key, None)
                self.reply(204)

        def enter(self) -> bool:
            self.key = unquote(urlsplit(self.path).path).lstrip("/")
            bucket.asked.append((self.command, self.path))
            if bucket.trouble:
                self.reply(bucket.trouble, b"<Error><Code>SlowDown</Code><Message>later</Message></Error>")
            return not bucket.trouble

        def reply(self, status: int, content: bytes = b"") -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    bucket = Bucket(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield bucket
    finally:
        server.shutdown()
        server.server_close()
