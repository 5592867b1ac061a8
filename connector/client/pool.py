"""Connections, kept open between calls: one pool per event loop and origin, closed when its loop ends.

The one place where a transport is made, and so the place of the rules: no redirects (the key would go along), no
proxy or certificate settings out of the environment, no cookies, TLS always verified, and every address checked after
its name was resolved. Why httpx-aiohttp: docs/decisions/0002-transport.md.
"""

import asyncio
import contextvars
import functools
import ipaddress
import socket
import ssl
import time
import weakref
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import aiohttp
import aiohttp.abc
import certifi
import httpx
import yarl
from httpx_aiohttp import AiohttpTransport

from connector.client import address

KEPT_ALIVE = 50.0  # seconds an idle connection is kept; most providers and proxies close after 60
NAMES_KEPT = 10  # seconds a resolved name is kept


class Attempt:
    """How far one attempt has got: told by the pool, read by `transport`."""

    def __init__(self) -> None:
        self.connected = False
        self.connected_at: float | None = None  # on the monotonic clock
        self.reused = False  # over a connection that had been used before
        self.on_connected: Callable[[], None] = lambda: None

    def reached(self, *, at: float | None, reused: bool = False) -> None:
        """There is a connection; from here on the request may arrive."""
        self.connected, self.connected_at, self.reused = True, at, reused
        self.on_connected()


_current: contextvars.ContextVar[Attempt | None] = contextvars.ContextVar("attempt", default=None)


@contextmanager
def told(attempt: Attempt) -> Iterator[None]:
    """Inside, `attempt` is told how far the request of this task gets."""
    token = _current.set(attempt)
    try:
        yield
    finally:
        _current.reset(token)


class Pools:
    """Of one event loop."""

    def __init__(self) -> None:
        self._transports: dict[tuple[str, bool, str | None], AiohttpTransport] = {}

    def get(self, origin: str, *, allow_private: bool, ca_file: str | None) -> AiohttpTransport:
        key = (origin, allow_private, ca_file)
        if key not in self._transports:
            self._transports[key] = make_transport(origin, allow_private=allow_private, ca_file=ca_file)
        return self._transports[key]

    async def close(self) -> None:
        while self._transports:
            _, transport = self._transports.popitem()
            await transport.aclose()


_pools: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, tuple[Pools, AsyncGenerator[None]]] = (
    weakref.WeakKeyDictionary()
)


async def transport(
    origin: str, *, allow_private: bool = False, ca_file: str | None = None
) -> httpx.AsyncBaseTransport:
    """The transport of the running loop to `origin` (https://host:port)."""
    loop = asyncio.get_running_loop()
    if loop not in _pools:
        pools = Pools()
        keeper = _keep(loop, pools)
        _pools[loop] = (pools, keeper)
        await anext(keeper)
    return _pools[loop][0].get(origin, allow_private=allow_private, ca_file=ca_file)


async def close() -> None:
    """Closes the connections of the running loop; new calls open new ones."""
    _, keeper = _pools.get(asyncio.get_running_loop(), (None, None))
    if keeper:
        await keeper.aclose()


async def _keep(loop: asyncio.AbstractEventLoop, pools: Pools) -> AsyncGenerator[None]:
    """Closes `pools` when its loop ends: `asyncio.run` and asgiref finish the generators that were begun in a loop.

    Code under `async_to_sync` has a loop per call and nobody to close anything.
    """
    try:
        yield
    finally:
        del _pools[loop]
        await pools.close()


def make_transport(origin: str, *, allow_private: bool, ca_file: str | None) -> AiohttpTransport:
    """A pool of connections to `origin`; the one factory."""
    encrypted = origin.startswith("https:")
    resolver = CheckedResolver(allow_private=allow_private, only_private=not encrypted)

    def session() -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            ssl=tls(ca_file),
            resolver=resolver,
            ttl_dns_cache=NAMES_KEPT,
            limit=0,  # how many may talk at once is decided where there are users to tell
            keepalive_timeout=KEPT_ALIVE,
            socket_factory=resolver.checked_socket,
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            trace_configs=[_trace()],
        )

    return AiohttpTransport(verify=tls(ca_file), trust_env=False, client=session)


def as_sent(path: str) -> str:
    """`path` as it goes over the wire: percent signs that are not needed (`%24`) become the characters they mean."""
    return str(yarl.URL(path)) if "%" in path else path


@functools.lru_cache(maxsize=8)
def tls(ca_file: str | None = None) -> ssl.SSLContext:
    """The one context for all connections, as building one takes 15 ms; `ca_file`: authorities to trust as well."""
    context = ssl.create_default_context(cafile=certifi.where())
    if ca_file:
        context.load_verify_locations(ca_file)
    return context


class CheckedResolver(aiohttp.abc.AbstractResolver):
    """Resolves names as the system does, and refuses the addresses that are not called.

    A socket is checked once more when it is made: that also covers hosts written as an address.
    """

    def __init__(self, *, allow_private: bool, only_private: bool) -> None:
        self._allow_private, self._only_private = allow_private, only_private

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[aiohttp.abc.ResolveResult]:
        loop = asyncio.get_running_loop()
        infos = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, family=family, flags=socket.AI_ADDRCONFIG)
        results = []
        for found_family, _, proto, _, where in infos:
            self.check(host, str(where[0]))
            results.append(
                aiohttp.abc.ResolveResult(
                    hostname=host,
                    host=str(where[0]),
                    port=port,
                    family=found_family,
                    proto=proto,
                    flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
                )
            )
        if not results:
            raise socket.gaierror(socket.EAI_NONAME, "no address")
        return results

    def check(self, host: str, found: str) -> None:
        """Raises `errors.AddressRefused` when `found` may not be called."""
        address.check(host, found, allow_private=self._allow_private, only_private=self._only_private)

    def checked_socket(self, info: Any) -> socket.socket:  # Any: aiohttp's AddrInfoType is private
        family, kind, proto, _, where = info
        self.check(str(where[0]), str(ipaddress.ip_address(str(where[0]).partition("%")[0])))
        return socket.socket(family=family, type=kind, proto=proto)

    async def close(self) -> None:
        """Nothing is held."""


def _trace() -> aiohttp.TraceConfig:
    """Tells the current `Attempt` when it has a connection, and whether that was a used one."""
    trace = aiohttp.TraceConfig()

    async def created(*_: object) -> None:
        if attempt := _current.get():
            attempt.reached(at=time.monotonic())

    async def reused(*_: object) -> None:
        if attempt := _current.get():
            attempt.reached(at=time.monotonic(), reused=True)

    trace.on_connection_create_end.append(created)
    trace.on_connection_reuseconn.append(reused)
    return trace
