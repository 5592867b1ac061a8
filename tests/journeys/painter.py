"""A provider of pictures on loopback that draws each one when it is told to.

    with a_painter() as painter:
        painter.allow("A lighthouse", 2)    # two more pictures of this prompt, unfinished ones included, may go out
        painter.allow_all()

The model's name says what comes: `pictures` good ones; `third-broken` the third of each request is no picture;
`partial` an unfinished one before each; `refuses` an error.
"""

import base64
import json
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.pictures import a_shaded_picture

MANY = 1000
MODELS = ["pictures", "third-broken", "partial", "refuses"]
REFUSAL = {"error": {"message": "Your request was rejected by the safety system.", "code": "moderation_blocked"}}


class Painter(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[dict[str, Any]] = []
        self._gates: dict[str, threading.Semaphore] = defaultdict(lambda: threading.Semaphore(0))  # by prompt
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def allow(self, prompt: str, pictures: int = MANY) -> None:
        self._gate(prompt).release(pictures)

    def allow_all(self) -> None:
        with self._lock:
            for gate in self._gates.values():
                gate.release(MANY)

    def wait(self, prompt: str) -> None:
        self._gate(prompt).acquire()

    def _gate(self, prompt: str) -> threading.Semaphore:
        with self._lock:
            return self._gates[prompt]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who asked has gone: that is what stopping looks like from here."""


class Handler(BaseHTTPRequestHandler):
    server: Painter
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append(body)
        if body["model"] == "refuses":
            return self._answer(400, REFUSAL)
        if not body.get("stream"):
            return self._answer(400, {"error": {"message": "These models stream.", "param": "model"}})
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        width, height = (int(side) for side in body.get("size", "96x96").split("x"))
        for number in range(int(body.get("n", 1))):
            if body["model"] == "partial":
                self._event(
                    body, "partial_image", a_shaded_picture(width // 4, height // 4, number), partial_image_index=0
                )
            is_broken = body["model"] == "third-broken" and number == 2
            content = b"<svg>no picture</svg>" if is_broken else a_shaded_picture(width, height, number)
            self._event(body, "completed", content)
        self.close_connection = True

    def _event(self, body: dict[str, Any], kind: str, content: bytes, **more: Any) -> None:
        self.server.wait(body["prompt"])
        event = {"type": f"image_generation.{kind}", "b64_json": base64.b64encode(content).decode()} | more
        self.wfile.write(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())
        self.wfile.flush()

    def _answer(self, status: int, answer: dict[str, Any]) -> None:
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Into no test's output."""


@contextmanager
def a_painter() -> Iterator[Painter]:
    painter = Painter()
    thread = threading.Thread(target=painter.serve_forever, daemon=True)
    thread.start()
    try:
        yield painter
    finally:
        painter.allow_all()
        painter.shutdown()
        painter.server_close()
