"""A provider that misbehaves on demand, byte by byte: a raw asyncio server in a thread, or in a process of its own.

    with an_upstream() as upstream:
        ...  upstream.url, upstream.requests, upstream.other (a second host, that nobody should call)

    python tests/upstream.py --port 9000        # for the benchmark: model `paced-50-200`

What happens is chosen by the model's name (`fault:429-2`), or where there is none by the key (`Bearer fault:500`), so
that tests need no state. Every other name is a good model. `fault:x` and `fault:x@anything` are the same fault; what
is behind the @ makes the name one of its own, for the faults that count.

    good              words-<n> a stream of n words · paced-<tokens/s>-<n> the same, in time · slow-<s> first byte late
                      echo says what it was asked · mirror what it was asked with, in headers and in odd pieces
    statuses          <status>[-<retry-after>] · ms-<status>-<retry-after-ms> · no-retry
                      times-<k>-<status>[-<retry-after>] k times, then good
    error bodies      quota context no-deployment filter azure-filter inner-filter detail findings numeric text-error
                      list-error key-echo page-502
    no answer         hang reset close garbage dead-after-one (a kept connection that dies at the second request)
    broken streams    stall-<n> cut-<n> abrupt-<n> reset-<n> half-close-<n> error-<n> error-event-<n> (after n words)
    odd streams       no-done · finish-hang · done-open · late-end · crlf · bytes · drip-<s> · json · wrong-type
                      no-end · unknown
    wrong answers     page empty null truncated gzip huge-line huge-event huge-text huge-json claims-huge
    elsewhere         redirect-<status> (to the other host) · cookie · exhausted
"""

import argparse
import asyncio
import contextlib
import datetime
import functools
import itertools
import json
import re
import socket
import ssl
import struct
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

TEXT = {200: "OK", 429: "Too Many Requests", 500: "Internal Server Error", 307: "Temporary Redirect"}
WORDS = ["A ", "lighthouse ", "stands ", "where ", "the ", "land ", "ends. "]


@dataclass
class Connection:
    id: int
    opened: float = field(default_factory=time.monotonic)
    closed: float | None = None  # when the other side closed or reset it
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    requests: int = 0

    def leave(self):
        self.closed = self.closed or time.monotonic()
        self.gone.set()


@dataclass
class Seen:
    """One request as it came."""

    method: str
    target: str
    headers: dict
    body: bytes
    connection: Connection
    at: float = field(default_factory=time.monotonic)

    @property
    def path(self):
        return self.target.partition("?")[0]

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def model(self):
        """The model asked for: in the body (JSON or form), or the deployment in the path."""
        if self.body.startswith(b"{"):
            with contextlib.suppress(ValueError):
                if model := self.json.get("model"):
                    return str(model)
        if found := re.search(rb'name="model"\r\n\r\n([^\r]*)', self.body):
            return found[1].decode()
        found = re.search(r"/(?:deployments|models)/([^/?]+)", self.target)
        return unquote(found[1]) if found else ""

    @property
    def fault(self):
        key = self.headers.get("api-key") or self.headers.get("authorization", "").removeprefix("Bearer ")
        for name in (self.model, key):
            if name.startswith("fault:"):
                return name.removeprefix("fault:")
        return self.model if re.match(r"(words|paced)-\d", self.model) else "words-3"

    @property
    def wants_stream(self):
        return bool(re.search(rb'"stream"\s*:\s*true', self.body))


class Upstream:
    """One host. `requests` and `connections` may be read from any thread at any time."""

    def __init__(self, *, tls="", silent=False, greeting=None, with_other=True):
        self.requests, self.connections, self.counts = [], [], Counter()
        self.tls, self.silent, self.greeting = tls, silent, greeting
        self.other = Upstream(with_other=False) if with_other else None
        self._ids = itertools.count(1)
        self._certificate = None

    # in its own loop

    async def start(self, port=0):
        context = None
        if self.tls:
            self._certificate = certificate(self.tls)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self._certificate)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._protocol, "127.0.0.1", port, ssl=context, backlog=2048)
        self.port = self._server.sockets[0].getsockname()[1]
        if self.other:
            await self.other.start()

    def stop(self):
        self._server.close()
        if self.other:
            self.other.stop()

    def _protocol(self):
        connection = Connection(next(self._ids))
        self.connections.append(connection)
        reader = asyncio.StreamReader(limit=2**20)

        async def serve(reader, writer):
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, TimeoutError):
                await self._serve(connection, reader, writer)
            with contextlib.suppress(ConnectionError):
                writer.close()

        return Protocol(connection, reader, serve)

    async def _serve(self, connection, reader, writer):
        writer.transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.greeting is not None:
            writer.write(self.greeting)
            return
        while True:
            if self.silent:
                await asyncio.sleep(3600)
            seen = await read(reader, connection)
            connection.requests += 1
            self.requests.append(seen)
            answer = Answering(self, seen, writer)
            await answer.play(seen.fault.partition("@")[0])
            if answer.closes:
                await writer.drain()
                return

    # from anywhere

    @property
    def url(self):
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def ca_file(self):
        """The authority that signed this host's certificate."""
        return str(self._certificate)

    def wait(self, condition, seconds=20.0):
        """Whether `condition()` holds within `seconds`."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if condition():
                return True
            time.sleep(0.01)
        return False


class Protocol(asyncio.StreamReaderProtocol):
    """Notes when the other side goes."""

    def __init__(self, connection, reader, serve):
        super().__init__(reader, serve)
        self.connection = connection

    def eof_received(self):
        self.connection.leave()
        return super().eof_received()

    def connection_lost(self, error):
        self.connection.leave()
        super().connection_lost(error)


async def read(reader, connection):
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    body = b""
    if "content-length" in headers:
        body = await reader.readexactly(int(headers["content-length"]))
    elif headers.get("transfer-encoding") == "chunked":
        while size := int((await reader.readline()).strip(), 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readline()
    return Seen(method, target, headers, body, connection)


def chunk(data):
    return b"%x\r\n%b\r\n" % (len(data), data)


def words(number):
    return itertools.islice(itertools.cycle(WORDS), number)


def piece(model, delta, finish=None):
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1795000000,
        "model": model,
        "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}],
    }


def completion(model, number):
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1795000000,
        "model": model,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "".join(words(number)), "refusal": None},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": usage(number),
    }


def usage(number):
    return {"prompt_tokens": 5, "completion_tokens": number, "total_tokens": number + 5}


def error(message, code=None, type_="invalid_request_error", param=None, **more):
    return {"error": {"message": message, "type": type_, "param": param, "code": code, **more}}


MODELS = {"object": "list", "data": [{"id": "good", "object": "model", "created": 1795000000, "owned_by": "upstream"}]}


class Answering:
    """Plays one fault to one request: the method named like it, with the numbers in its name as arguments."""

    def __init__(self, upstream, seen, writer):
        self.upstream, self.seen, self.writer = upstream, seen, writer
        self.closes = False

    async def play(self, fault):
        if fault[:1].isdigit():
            fault = f"status-{fault}"
        name, *numbers = re.split(r"-(?=[\d.]+(?:-|$))", fault)
        await getattr(self, name.replace("-", "_"))(*(float(n) if "." in n else int(n) for n in numbers))

    # the bricks

    def head(self, status=200, type_="application/json", length=None, **headers):
        lines = [f"HTTP/1.1 {status} {TEXT.get(status, 'X')}", f"content-type: {type_}", "x-request-id: req_upstream"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        lines.append("transfer-encoding: chunked" if length is None else f"content-length: {length}")
        self.writer.write("\r\n".join([*lines, "", ""]).encode())

    def whole(self, content, status=200, type_="application/json", **headers):
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.head(status, type_, len(body), **headers)
        self.writer.write(body)

    def event(self, data, end="\n\n", name=""):
        text = data if isinstance(data, str) else json.dumps(data, separators=(",", ":"))
        self.writer.write(chunk(f"{name and f'event: {name}{end[: len(end) // 2]}'}data: {text}{end}".encode()))

    async def begin(self, number, end="\n\n"):
        """The head and `number` words of a stream."""
        self.head(type_="text/event-stream")
        self.event(piece(self.seen.model, {"role": "assistant", "content": ""}), end)
        for word in words(number):
            self.event(piece(self.seen.model, {"content": word}), end)
        await self.writer.drain()
        await asyncio.sleep(0.01)

    def end(self, number, end="\n\n"):
        self.event(piece(self.seen.model, {}, "stop"), end)
        if b'"include_usage":true' in self.seen.body.replace(b" ", b""):
            self.event({**piece(self.seen.model, {}), "choices": [], "usage": usage(number)}, end)
        self.event("[DONE]", end)
        self.writer.write(b"0\r\n\r\n")

    async def forever(self):
        self.closes = True
        await self.seen.connection.gone.wait()

    def abort(self):
        """A reset instead of an end."""
        self.closes = True
        self.writer.transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
        self.writer.transport.abort()

    # good

    async def words(self, number=3):
        if self.seen.method == "GET":
            self.whole(MODELS if self.seen.path.endswith("/models") else MODELS["data"][0])
        elif not self.seen.wants_stream:
            self.whole(completion(self.seen.model, number))
        else:
            await self.begin(number)
            self.end(number)
            await self.writer.drain()

    async def paced(self, rate, number):
        """`number` words at `rate` a second; each one carries the time it was due, on the monotonic clock."""
        self.head(type_="text/event-stream")
        before, after = json.dumps(piece(self.seen.model, {"content": "@"}), separators=(",", ":")).split("@")
        loop, done = asyncio.get_running_loop(), asyncio.get_running_loop().create_future()
        write, start, texts = self.writer.transport.write, loop.time(), list(words(number))

        def send(i):
            if self.seen.connection.closed is not None or i == number:
                done.set_result(None)
                return
            write(chunk(f"data: {before}{texts[i]}{after}\n\n".encode()))
            loop.call_at(start + (i + 1) / rate, send, i + 1)

        send(0)
        await done
        self.end(number)

    async def slow(self, seconds):
        await asyncio.sleep(seconds)
        await self.words()

    async def echo(self):
        """The last message as the answer, in pieces of three letters."""
        text = self.seen.json["messages"][-1]["content"]
        self.head(type_="text/event-stream")
        for start in range(0, len(text), 3):
            self.event(piece(self.seen.model, {"content": text[start : start + 3]}))
        self.end(len(text) // 3)
        await self.writer.drain()

    async def mirror(self):
        """Some servers repeat the headers that came."""
        key = self.seen.headers.get("api-key") or self.seen.headers.get("authorization", "").removeprefix("Bearer ")
        if self.seen.wants_stream:
            self.head(type_="text/event-stream", x_echo=key, x_request_id=key)
            for start in range(0, len(key), 5):
                self.event(piece(self.seen.model, {"content": key[start : start + 5]}))
            self.event(piece(self.seen.model, {"content": f" and {key}, {key[:9]}"}))
            self.end(9)
        else:
            self.head(x_echo=key, x_request_id=key)
            text = json.dumps({"headers": self.seen.headers, "again": key, "begin": key[:9]}).encode()
            for start in range(0, len(text), 7):
                self.writer.write(chunk(text[start : start + 7]))
                await self.writer.drain()
                await asyncio.sleep(0)
            self.writer.write(b"0\r\n\r\n")
        await self.writer.drain()

    # statuses

    async def status(self, status, after=None):
        headers = {} if after is None else {"retry_after": after}
        self.whole(error(f"This is a {status}", "a_code", param="model"), status, **headers)

    async def ms(self, status, milliseconds):
        if self.first(1):
            self.whole(error("Slow down"), status, retry_after_ms=milliseconds)
        else:
            await self.words()

    async def times(self, number, status, after=None):
        if self.first(number):
            await self.status(status, after)
        else:
            await self.words()

    def first(self, number):
        """Whether this is one of the first `number` requests with this fault's whole name."""
        self.upstream.counts[self.seen.fault] += 1
        return self.upstream.counts[self.seen.fault] <= number

    async def no_retry(self):
        self.whole(error("No"), 503, x_should_retry="false")

    async def quota(self):
        self.whole(error("You exceeded your current quota", "insufficient_quota", "insufficient_quota"), 429)

    async def context(self):
        text = "This model's maximum context length is 8192 tokens, however you requested 9001 tokens."
        self.whole(error(text, "context_length_exceeded", param="messages"), 400)

    async def no_deployment(self):
        text = "The API deployment for this resource does not exist."
        self.whole(error(text, "DeploymentNotFound", None), 404)

    async def filter(self):
        self.whole(error("Your request was rejected by our safety system.", "content_policy_violation"), 400)

    async def azure_filter(self):
        found = {"hate": {"filtered": True, "severity": "high"}, "violence": {"filtered": False, "severity": "safe"}}
        inner = {"code": "ResponsibleAIPolicyViolation", "content_filter_result": found}
        self.whole(error("Filtered by policy.", "content_filter", innererror=inner, status=400), 400)

    async def inner_filter(self):
        inner = {
            "code": "ResponsibleAIPolicyViolation",
            "content_filter_results": {"jailbreak": {"detected": True, "filtered": True}},
        }
        self.whole(error("Filtered by policy.", None, inner_error=inner), 400)

    async def detail(self):
        self.whole({"detail": "Not Found"}, 404)

    async def findings(self):
        self.whole({"detail": [{"loc": ["body", "messages"], "msg": "field required", "type": "missing"}]}, 422)

    async def numeric(self):
        self.whole(
            {"object": "error", "message": "No such model", "type": "NotFoundError", "param": None, "code": 404}, 404
        )

    async def text_error(self):
        self.whole({"error": "model is loading"}, 503)

    async def list_error(self):
        self.whole([{"error": {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT"}}], 400)

    async def key_echo(self):
        key = self.seen.headers.get("api-key") or self.seen.headers.get("authorization", "").removeprefix("Bearer ")
        self.whole(error(f"Incorrect API key provided: {key}. You can find yours elsewhere.", "invalid_api_key"), 401)

    # no answer

    async def hang(self):
        await self.forever()

    async def reset(self, number=None):
        if number is not None:
            await self.begin(number)
        self.abort()

    async def close(self):
        self.closes = True

    async def garbage(self):
        self.closes = True
        self.writer.write(b"SSH-2.0-OpenSSH_9.9\r\n\r\n")

    async def dead_after_one(self):
        if self.seen.connection.requests == 1:
            await self.words()
        else:
            self.closes = True

    # broken streams

    async def stall(self, number):
        await self.begin(number) if number else self.head(type_="text/event-stream")
        await self.forever()

    async def cut(self, number):
        """Closed in the proper way of HTTP, without an end of the stream."""
        await self.begin(number)
        self.writer.write(b"0\r\n\r\n")

    async def abrupt(self, number):
        """Closed without the last chunk."""
        await self.begin(number)
        self.closes = True

    async def half_close(self, number):
        await self.begin(number)
        self.writer.write_eof()
        await self.forever()

    async def error(self, number):
        await self.begin(number)
        self.event(error("The server had an error", "server_error", "server_error"))
        self.writer.write(b"0\r\n\r\n")

    async def error_event(self, number):
        await self.begin(number)
        self.event({"message": "overloaded"}, name="error")
        self.writer.write(b"0\r\n\r\n")

    # odd streams

    async def no_done(self):
        await self.begin(3)
        self.event(piece(self.seen.model, {}, "stop"))
        self.writer.write(b"0\r\n\r\n")

    async def finish_hang(self):
        await self.begin(3)
        self.event(piece(self.seen.model, {}, "stop"))
        await self.forever()

    async def done_open(self):
        """Everything is said, but the last chunk never comes."""
        await self.begin(3)
        self.event("[DONE]")
        await self.forever()

    async def late_end(self):
        await self.begin(3)
        self.event("[DONE]")
        await asyncio.sleep(0.03)
        self.writer.write(b"0\r\n\r\n")

    async def crlf(self):
        await self.begin(3, "\r\n\r\n")
        self.end(3, "\r\n\r\n")

    async def bytes(self):
        """A stream in pieces of one byte, with letters of several bytes in it."""
        self.head(type_="text/event-stream")
        body = "".join(f"data: {json.dumps(piece('m', {'content': word}), ensure_ascii=False)}\n\n" for word in "äß✓")
        for byte in (body + "data: [DONE]\n\n").encode():
            self.writer.write(chunk(bytes_of(byte)))
            await self.writer.drain()
            await asyncio.sleep(0)
        self.writer.write(b"0\r\n\r\n")

    async def drip(self, seconds):
        self.head(type_="text/event-stream")
        body = b": wait\n" + b"".join(b"data: %d\n\n" % i for i in range(10_000))
        for byte in body:
            if self.seen.connection.closed is not None:
                break
            self.writer.write(chunk(bytes_of(byte)))
            await asyncio.sleep(seconds)
        self.closes = True

    async def json(self):
        self.whole(completion(self.seen.model, 3))

    async def wrong_type(self):
        self.head(type_="application/json; charset=utf-8")
        self.event(piece(self.seen.model, {"content": "A"}))
        self.end(1)

    async def no_end(self):
        """The last event lacks its empty line and even the end of its line."""
        self.head(type_="text/event-stream")
        self.event(piece(self.seen.model, {"content": "A"}))
        self.writer.write(chunk(b"data: [DONE]"))
        self.writer.write(b"0\r\n\r\n")

    async def unknown(self):
        self.head(type_="text/event-stream")
        self.writer.write(chunk(b": hello\nretry: 10\nfoo: bar\nevent: ping\ndata\n\nid: 7\nevent: new\ndata: {}\n\n"))
        self.end(0)

    # wrong answers

    async def page(self, status=200):
        text = b"<!DOCTYPE html><html><head><title>Sign in &amp; go</title></head><body>Hotel Wi-Fi</body></html>"
        self.whole(text, status, "text/html")

    async def empty(self):
        self.whole(b"")

    async def null(self):
        self.whole(b"null")

    async def truncated(self):
        self.whole(b'{"id": "chatcmpl-1", "choices": [{"mess')

    async def gzip(self):
        self.whole(b"\x1f\x8b\x08\x00", content_encoding="gzip")

    async def huge_line(self):
        self.head(type_="text/event-stream")
        self.writer.write(chunk(b"data: "))
        await self.flood(b"x" * 65536, 1600)

    async def huge_event(self):
        self.head(type_="text/event-stream")
        await self.flood(b"data: " + b"x" * 65000 + b"\n", 1600)

    async def huge_text(self):
        self.head(type_="text/event-stream")
        await self.flood(b"data: " + b"x" * 65000 + b"\n\n", 1600)

    async def huge_json(self):
        self.head()
        self.writer.write(chunk(b'{"x": "'))
        await self.flood(b"x" * 65536, 16000)

    async def claims_huge(self):
        self.head(length=10**12)
        await self.forever()

    async def flood(self, data, number):
        for _ in range(number):
            self.writer.write(chunk(data))
            await self.writer.drain()
        self.writer.write(b"0\r\n\r\n")

    # elsewhere

    async def redirect(self, status):
        self.whole(b"", status, location=f"{self.upstream.other.url}{self.seen.path}")

    async def cookie(self):
        self.whole(completion(self.seen.model, 3), set_cookie="session=abc; Path=/")

    async def exhausted(self, seconds=0.5):
        headers = {"x_ratelimit_remaining_requests": 0, "x_ratelimit_reset_requests": f"{int(seconds * 1000)}ms"}
        self.whole(completion(self.seen.model, 3), **headers)


def bytes_of(byte):
    return bytes([byte])


@contextlib.contextmanager
def an_upstream(kind=None, **how):
    """An `Upstream`, or another `kind` of it, in a thread with a loop of its own: for sync and async tests alike.

    `tls`: "good" (trusted with its `ca_file`), "expired", "wrong-name"; `silent`: accepts, then says nothing, no TLS;
    `greeting`: says this to whoever connects, and closes.
    """
    upstream, ready, loop = (kind or Upstream)(**how), threading.Event(), asyncio.new_event_loop()

    async def live():
        await upstream.start()
        ready.set()

    def run():
        asyncio.set_event_loop(loop)
        loop.run_until_complete(live())
        loop.run_forever()
        upstream.stop()
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    if not ready.wait(10):
        raise RuntimeError("The upstream did not start.")
    try:
        yield upstream
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


@functools.cache
def certificate(kind):
    """A self-signed certificate with its key, in one file: "good", "expired", or for another name."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.UTC)
    begin, end = now - datetime.timedelta(days=9), now + datetime.timedelta(days=-2 if kind == "expired" else 9)
    import ipaddress

    who = x509.DNSName("other.example") if kind == "wrong-name" else x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"upstream {kind}")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName([who]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.KeyUsage(True, False, False, False, False, True, True, False, False),
            critical=True,
        )
        .sign(key, hashes.SHA256())
    )
    path = Path(tempfile.mkdtemp(prefix="upstream-")) / f"{kind}.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


async def serve(port):
    upstream = Upstream(with_other=False)
    await upstream.start(port)
    print(upstream.url, flush=True)
    while True:  # a benchmark sends many requests; what was seen is of no use to it
        await asyncio.sleep(1)
        upstream.requests.clear()
        upstream.connections[:] = [each for each in upstream.connections if each.closed is None]


def main():
    parser = argparse.ArgumentParser(description="The misbehaving provider, on loopback.")
    parser.add_argument("--port", type=int, default=0)
    port = parser.parse_args().port
    runner = asyncio.run
    if sys.platform != "win32":
        import uvloop

        runner = uvloop.run
    with contextlib.suppress(KeyboardInterrupt):
        runner(serve(port))


if __name__ == "__main__":
    main()
