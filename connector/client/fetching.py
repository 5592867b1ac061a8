"""Gets what an answer gives only an address of: a picture on some other host.

Whoever answers chooses the address, so nothing of ours goes along and little is believed (security.md T31): https only,
public addresses only, no redirect, no key, no cookie, a limit on time and size.
"""

import asyncio
import ipaddress

import httpx

from connector.client import address, errors, faults, pool
from connector.client.endpoint import USER_AGENT
from connector.client.limits import MB, readable
from connector.client.refusal import clean

LARGEST = 20 * MB  # bytes
LONGEST = 15.0  # seconds, tries included
TRIES = 2
SOMEWHERE = "1.1.1.1"  # stands for the address of a name that is not resolved yet
LONGEST_ADDRESS = 4000  # characters; signed addresses are long


async def fetch(
    text: str,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
    ca_file: str | None = None,
    seconds: float = LONGEST,
) -> bytes:
    """What is at the address `text`; raises `errors.NotFetched`. `transport` replaces the network."""
    url = _checked(text)
    host = clean(url.host, 100)
    # A pool of its own, closed at once: whoever answers could name a new host each time.
    own = transport or pool.make_transport(f"https://{url.netloc.decode()}", allow_private=False, ca_file=ca_file)
    try:
        async with asyncio.timeout(seconds):
            for left in reversed(range(TRIES)):
                try:
                    return await _get(url, own)
                except _Again as error:
                    if not left:
                        raise errors.NotFetched(host=host, reason=error.reason) from error
            raise AssertionError  # the last try returns or raises
    except TimeoutError as error:
        raise errors.NotFetched(host=host, reason=f"nothing in {seconds:g} seconds") from error
    except errors.AddressRefused as error:
        raise errors.NotFetched(host=host, reason="its address is not a public one") from error
    finally:
        if transport is None:
            await own.aclose()


class _Again(Exception):
    """Trying once more makes sense."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


async def _get(url: httpx.URL, transport: httpx.AsyncBaseTransport) -> bytes:
    headers = {"accept": "image/*", "accept-encoding": "identity", "user-agent": USER_AGENT}
    host = clean(url.host, 100)
    try:
        response = await transport.handle_async_request(httpx.Request("GET", url, headers=headers))
    except faults.LIBRARY as error:
        found = faults.before_answer(error, host, connected=False)
        raise _Again(found.what.rstrip(".")) from error
    try:
        if response.status_code >= 500:
            raise _Again(f"status {response.status_code}")
        if 300 <= response.status_code < 400:
            raise errors.NotFetched(host=host, reason="it redirects, which is not followed")
        if response.status_code != 200:
            expired = "it expired" if response.status_code in (403, 404, 410) else "it was refused"
            raise errors.NotFetched(host=host, reason=f"{expired}, status {response.status_code}")
        return await _content(response, host)
    finally:
        await response.stream.aclose()  # type: ignore[union-attr]  # async transports give async streams


async def _content(response: httpx.Response, host: str) -> bytes:
    content = bytearray()
    try:
        async for piece in response.stream:  # type: ignore[union-attr]  # as above
            content += piece
            if len(content) > LARGEST:
                raise errors.NotFetched(host=host, reason=f"it is larger than {readable(LARGEST)}")
    except faults.LIBRARY as error:
        raise _Again("it broke off") from error
    return bytes(content)


def _checked(text: str) -> httpx.URL:
    """The address, if it is one that may be called as far as its text tells; names are checked once resolved."""
    try:
        url = httpx.URL(text)
        host = url.host
    except (httpx.InvalidURL, UnicodeError, ValueError, TypeError) as error:
        raise errors.NotFetched(host="?", reason="it is no address") from error
    if url.scheme != "https" or not host or url.userinfo or len(text) > LONGEST_ADDRESS:
        raise errors.NotFetched(host=clean(host or "?", 100), reason="only plain https addresses are fetched")
    try:
        address.check(host, _literal(host) or SOMEWHERE, allow_private=False)
    except errors.AddressRefused as error:
        raise errors.NotFetched(host=clean(host, 100), reason="its address is not a public one") from error
    return url


def _literal(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return ""
