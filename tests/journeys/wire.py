"""The wire between a browser and the server, which can be cut: a sleeping laptop, another Wi-Fi, an impatient proxy."""

import contextlib
import selectors
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Wire:
    """Passes bytes on to `port`; `url` is where it begins."""

    def __init__(self, port: int) -> None:
        self.port, self.is_whole = port, True
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.sockets: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Every connection breaks, and new ones do too until it is mended."""
        self.is_whole = False
        self.drop()

    def mend(self) -> None:
        self.is_whole = True

    def drop(self) -> None:
        """Every connection breaks; new ones work."""
        for each in list(self.sockets):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.listener.accept()
                if self.is_whole:
                    far = socket.create_connection(("127.0.0.1", self.port))
                    threading.Thread(target=self._pass_on, args=(near, far), daemon=True).start()
                else:
                    near.close()

    def _pass_on(self, near: socket.socket, far: socket.socket) -> None:
        other = {near: far, far: near}
        self.sockets |= other.keys()
        with near, far, selectors.DefaultSelector() as ready, contextlib.suppress(OSError):
            for end in other:
                ready.register(end, selectors.EVENT_READ)
            while True:
                for key, _ in ready.select():
                    data = key.fileobj.recv(65536)  # type: ignore[union-attr]  # a socket
                    if not data:
                        return
                    other[key.fileobj].sendall(data)  # type: ignore[index]  # a socket


@contextmanager
def a_wire(port: int) -> Iterator[Wire]:
    wire = Wire(port)
    try:
        yield wire
    finally:
        wire.listener.close()
        wire.cut()
