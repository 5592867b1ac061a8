"""Remembers how a provider has been doing, so that an outage is neither made worse nor waited for.

One `Health` per configuration: a circuit breaker (after five failures in 30 s nothing is sent for 30 s, then one
probe), a bucket of retries (in an outage at most a tenth more traffic), and the provider's own word on its rate limit.
"""

import time
from collections import OrderedDict, deque
from collections.abc import Callable

FAILURES = 5  # within …
WINDOW = 30.0  # seconds open the circuit for …
PAUSE = 30.0  # seconds
BUCKET = 10.0  # retries that may be spent at once
REFILL = 0.1  # of a retry, per success
MOST_REMEMBERED = 1_000  # providers; the one that was not asked for longest is forgotten

type Clock = Callable[[], float]


class Health:
    """Of one provider. `clock` is monotonic, in seconds."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._failures: deque[float] = deque(maxlen=FAILURES)
        self._open_until = 0.0
        self._is_open = False
        self._probing = False
        self._retries = BUCKET
        self._limited_until: dict[str, float] = {}

    def admit(self) -> float:
        """0 when a request may be sent; else the seconds to wait. Whoever is admitted must report how it went."""
        if not self._is_open:
            return 0.0
        wait = self._open_until - self._clock()
        if wait > 0:
            return wait
        if self._probing:
            return 1.0
        self._probing = True
        return 0.0

    def succeeded(self) -> None:
        """The provider answered, be it with a refusal of this one request."""
        self._failures.clear()
        self._is_open = self._probing = False
        self._retries = min(BUCKET, self._retries + REFILL)

    def failed(self) -> None:
        """No connection, or the provider has trouble."""
        now = self._clock()
        self._failures.append(now)
        many = len(self._failures) == FAILURES and now - self._failures[0] <= WINDOW
        if self._probing or (many and not self._is_open):
            self._is_open, self._open_until = True, now + PAUSE
        self._probing = False

    def abandoned(self) -> None:
        """Nothing was learned: the person stopped it, or it was the network that was slow."""
        self._probing = False

    def take_retry(self) -> bool:
        """Whether one more attempt may be spent on an answer."""
        if self._is_open or self._retries < 1:
            return False
        self._retries -= 1
        return True

    def limit(self, model: str, seconds: float) -> None:
        """The provider said that for `model` nothing is left for `seconds`."""
        self._limited_until[model] = self._clock() + seconds
        if len(self._limited_until) > MOST_REMEMBERED:
            self._limited_until.clear()

    def limited(self, model: str) -> float:
        """The seconds until the provider takes requests for `model` again; 0 when it does."""
        until = self._limited_until.get(model)
        if until is None:
            return 0.0
        if (wait := until - self._clock()) > 0:
            return wait
        del self._limited_until[model]
        return 0.0


_known: OrderedDict[tuple[str, ...], Health] = OrderedDict()


def health(*key: str) -> Health:
    """The `Health` of a provider in this process; the key says whose: configuration, origin."""
    found = _known.setdefault(key, Health())
    _known.move_to_end(key)
    if len(_known) > MOST_REMEMBERED:
        _known.popitem(last=False)
    return found


def forget() -> None:
    """Start afresh with everyone; for tests."""
    _known.clear()
