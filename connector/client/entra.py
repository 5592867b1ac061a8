"""Tokens of Microsoft Entra: an application shows its secret and gets one for about an hour (OAuth 2.0, client
credentials).

A token lives in this process's memory only, and a new one is fetched before it ends. The secret goes to Microsoft's own
sign-in host and nowhere else; which one that is depends on the cloud the resource is in, not on anything typed.
"""

import asyncio
import base64
import hashlib
import json
import re
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import httpx

from connector.client import errors, faults, pool, refusal, wire
from connector.client.secret import Secret

TIMEOUT = 10.0  # seconds for a token, the connection included
EARLIER = 300.0  # seconds before its end a token is replaced: a long answer may begin with it
LONGEST = 64_000  # bytes of an answer; a token has one to four kilobytes
MOST = 500  # tokens that are remembered

# By the end of the resource's host: the host that signs in, and what the token is for.
CLOUDS = {
    ".azure.us": ("login.microsoftonline.us", "https://cognitiveservices.azure.us/.default"),
    ".azure.cn": ("login.partner.microsoftonline.cn", "https://cognitiveservices.azure.cn/.default"),
}
PUBLIC = ("login.microsoftonline.com", "https://cognitiveservices.azure.com/.default")

_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{1,251}")
_CLIENT = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(frozen=True, slots=True)
class Application:
    """Who asks for a token. `tenant` is a directory's id or domain, `client` the application's id."""

    tenant: str
    client: str

    def check(self) -> None:
        """Raises `errors.InvalidParameter` for what cannot be one of these."""
        if not _TENANT.fullmatch(self.tenant) or ".." in self.tenant:
            reason = "write the directory's id, or its domain such as example.onmicrosoft.com"
            raise errors.InvalidParameter(param="entra_tenant", reason=reason)
        if not _CLIENT.fullmatch(self.client):
            reason = "write the application's id: 32 digits in five groups"
            raise errors.InvalidParameter(param="entra_client", reason=reason)


@dataclass(frozen=True, slots=True)
class _Kept:
    token: Secret
    until: float  # on the monotonic clock


_kept: dict[tuple[str, ...], _Kept] = {}
_locks: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[str, ...], asyncio.Lock]] = (
    weakref.WeakKeyDictionary()
)


async def token(
    application: Application,
    secret: Secret,
    host: str,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
    ca_file: str | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Secret:
    """A token for the resource at `host` that is good for some minutes at least; fetched once for all who ask.

    Raises `errors.TokenRefused` when Microsoft gives none, and what goes wrong on the way there.
    """
    application.check()
    sign_in, scope = next((cloud for end, cloud in CLOUDS.items() if host.endswith(end)), PUBLIC)
    digest = hashlib.sha256(secret.reveal().encode()).hexdigest()
    key = (sign_in, application.tenant, application.client, digest)
    lock = _locks.setdefault(asyncio.get_running_loop(), {}).setdefault(key, asyncio.Lock())
    async with lock:
        kept = _kept.get(key)
        if kept is None or kept.until <= clock():
            form = {
                "grant_type": "client_credentials",
                "client_id": application.client,
                "client_secret": secret.reveal(),
                "scope": scope,
            }
            content = await _post(sign_in, application.tenant, form, transport, ca_file)
            kept = _read(content, clock())
            while len(_kept) >= MOST:
                _kept.pop(next(iter(_kept)))
            _kept[key] = kept
    return kept.token


def forget() -> None:
    """Let go of all tokens."""
    _kept.clear()


def ends(token: str) -> datetime | None:
    """When a token that was typed in ends, as it says itself; None when it does not, or is no such token."""
    try:
        payload = token.split(".")[1]
        said = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return datetime.fromtimestamp(int(said["exp"]), UTC)
    except (IndexError, ValueError, KeyError, TypeError, OverflowError, OSError):
        return None


async def _post(
    sign_in: str, tenant: str, form: dict[str, str], transport: httpx.AsyncBaseTransport | None, ca_file: str | None
) -> bytes:
    request = httpx.Request(
        "POST",
        f"https://{sign_in}/{tenant}/oauth2/v2.0/token",
        headers={"content-type": "application/x-www-form-urlencoded", "accept-encoding": "identity"},
        content=urlencode(form).encode(),
    )
    try:
        async with asyncio.timeout(TIMEOUT):
            way = transport or await pool.transport(f"https://{sign_in}:443", ca_file=ca_file)
            response = await way.handle_async_request(request)
            try:
                content = bytearray()
                async for chunk in response.stream:  # type: ignore[union-attr]  # async transports give async streams
                    content += chunk
                    if len(content) > LONGEST:
                        raise errors.TokenRefused(reason="its answer is too long")
            finally:
                await response.stream.aclose()  # type: ignore[union-attr]  # as above
    except TimeoutError as error:
        raise errors.ConnectTimedOut(address=sign_in, seconds=TIMEOUT) from error
    except faults.LIBRARY as error:
        raise faults.before_answer(error, sign_in, connected=False) from error
    if response.status_code != 200:
        raise errors.TokenRefused(reason=_said(bytes(content)) or f"status {response.status_code}")
    return bytes(content)


def _read(content: bytes, now: float) -> _Kept:
    plain = _plain(content)
    written, seconds = plain.get("access_token"), plain.get("expires_in")
    if not isinstance(written, str) or not written:
        raise errors.TokenRefused(reason="its answer has no token in it")
    lasts = float(seconds) if isinstance(seconds, int | float) and not isinstance(seconds, bool) else 0.0
    return _Kept(Secret(written), now + max(lasts - EARLIER, 0.0))


def _said(content: bytes) -> str:
    """What Microsoft says about a refusal: its first line, which names the mistake."""
    text = _plain(content).get("error_description")
    return refusal.clean(text.splitlines()[0], 300) if isinstance(text, str) and text.strip() else ""


def _plain(content: bytes) -> dict[str, Any]:
    try:
        plain = wire.parse(content)
    except errors.BadAnswer:
        return {}
    return plain if isinstance(plain, dict) else {}
