"""How many wrong passwords a minute: ten from one address, ten on one account.

An account that many addresses guess at must not lock its owner out: an address that has not been wrong there itself may
still try. A try is counted before the password is looked at, so that two hundred at once are no more than ten.
(OWASP Authentication Cheat Sheet: login throttling.)
"""

import hashlib
import ipaddress
import time
from dataclasses import dataclass

from django.core.cache import BaseCache, caches
from django.http import HttpRequest

from connector import conf

PER_MINUTE = 10
MINUTE = 60  # seconds
WRONG_HERE = 2  # tries that an address has on an account which others guess at


@dataclass(frozen=True)
class Guess:
    """One try to sign in as `name` from an address."""

    name: str
    address: str

    @classmethod
    def of(cls, request: HttpRequest, name: str) -> "Guess":
        return cls(name.strip().casefold()[:150], _network(request.META.get("REMOTE_ADDR", "")))

    def begin(self) -> int:
        """Counts the try; how many seconds to wait when it is one too many, else 0."""
        if _count("address", self.address) > PER_MINUTE:
            return self.seconds_left()  # counts no names: a flood of them would push out the counters of others
        here = _count("pair", self.name, self.address)
        account = _count("account", self.name)
        return self.seconds_left() if account > PER_MINUTE and here > WRONG_HERE else 0

    def was_wrong(self) -> int:
        """The same after a wrong password: how long to wait if this was the last try."""
        used = _value("address", self.address) >= PER_MINUTE
        return self.seconds_left() if used else 0

    def was_right(self) -> None:
        """A right password is no guess."""
        for kind, *about in (("address", self.address), ("pair", self.name, self.address), ("account", self.name)):
            _take_back(kind, *about)

    def seconds_left(self) -> int:
        ends = [_ends("address", self.address), _ends("account", self.name)]
        return max(1, min(MINUTE, round(max(ends) - time.time())))


def _count(kind: str, *about: str) -> int:
    cache, key = _cache(), _key(kind, *about)
    if cache.add(key, 0, MINUTE):
        cache.set(f"{key}:ends", time.time() + MINUTE, MINUTE)
    try:
        return cache.incr(key)
    except ValueError:  # the minute was over between the two calls
        cache.set(key, 1, MINUTE)
        return 1


def _take_back(kind: str, *about: str) -> None:
    try:
        _cache().decr(_key(kind, *about))
    except ValueError:
        return  # the minute is over


def _value(kind: str, *about: str) -> int:
    return int(_cache().get(_key(kind, *about), 0))


def _ends(kind: str, *about: str) -> float:
    return float(_cache().get(f"{_key(kind, *about)}:ends", 0.0))


def _cache() -> BaseCache:
    return caches[conf.limits_cache()]


def _key(kind: str, *about: str) -> str:
    """Names and addresses are personal, and a name may hold anything: the cache sees a digest."""
    digest = hashlib.blake2b("\0".join(about).encode(errors="replace"), digest_size=16).hexdigest()
    return f"guesses:{kind}:{digest}"


def _network(address: str) -> str:
    """The address; of IPv6 the network of a household, which has as many addresses as it likes."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is None:
        return str(ipaddress.ip_network((address.partition("%")[0], 64), strict=False))
    return str(parsed)
