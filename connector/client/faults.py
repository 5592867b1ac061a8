"""Turns what the HTTP libraries raise into our own errors; theirs never leave this folder.

httpx-aiohttp wraps aiohttp's exceptions in httpx's, more coarsely than we need; the cause underneath is what is read.
"""

import asyncio
import socket
import ssl

import aiohttp
import httpx

from connector.client import errors, refusal

LIBRARY = (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, aiohttp.ClientError, OSError, EOFError)


def before_answer(error: Exception, host: str, *, connected: bool) -> errors.ConnectorError:
    """For an error raised before a status line came; `connected` tells whether the request may have been sent."""
    if connected:
        if _finds(error, aiohttp.ClientResponseError, httpx.RemoteProtocolError):
            return errors.BadAnswer(reason="it is not HTTP")
        return errors.ConnectionReset(host=host)
    if _finds(error, socket.gaierror, aiohttp.ClientConnectorDNSError):
        return errors.NameNotFound(host=host)
    if certificate := _finds(error, ssl.SSLCertVerificationError):
        reason = getattr(certificate, "verify_message", "") or "the certificate is not trusted"
        return errors.TLSFailed(address=host, reason=refusal.clean(str(reason)))
    if tls := _finds(error, ssl.SSLError):
        reason = getattr(tls, "reason", None) or "the handshake failed"
        cut = isinstance(tls, ssl.SSLEOFError | ssl.SSLZeroReturnError)
        return errors.TLSFailed(address=host, reason=str(reason).replace("_", " ").lower(), cut=cut)
    if _finds(error, ConnectionRefusedError):
        return errors.ConnectionRefused(address=host)
    if _finds(error, ConnectionResetError, ConnectionAbortedError, BrokenPipeError, aiohttp.ServerDisconnectedError):
        return errors.TLSFailed(address=host, reason="the connection was closed during the handshake", cut=True)
    if _finds(error, TimeoutError, asyncio.TimeoutError):
        return errors.Unreachable(address=host, reason="the network gave up")
    system = _finds(error, OSError)
    number = getattr(system, "strerror", None)
    return errors.Unreachable(address=host, reason=refusal.clean(str(number or "no connection").lower()))


def _finds(error: BaseException | None, *kinds: type[BaseException]) -> BaseException | None:
    """The first exception of one of `kinds` in the chain of causes (`os_error` is aiohttp's way to keep one)."""
    seen = 0
    while error is not None and seen < 10:
        if isinstance(error, kinds):
            return error
        inner = getattr(error, "os_error", None)
        if isinstance(inner, kinds):
            return inner
        error, seen = error.__cause__ or error.__context__, seen + 1
    return None
