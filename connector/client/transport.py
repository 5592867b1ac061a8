"""Sends a request and brings back the answer, whole or as a stream, under the policy of reliability.md 2.

    client = transport.Client(endpoint, secret, name="Production")
    answer = await client.send(models.OPERATION)
    async with client.stream(chat_completions.OPERATION, model="gpt-6-sol", body=body) as stream:
        async for event in stream:
            ...

A `Client` is cheap and holds no connection: those are pooled per event loop and origin behind it. It may be used from
any loop, by many tasks at once.
"""

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from connector.client import breaker, entra, errors, faults, fetching, pool, refusal, retry
from connector.client.endpoint import Endpoint, Kind
from connector.client.exchange import Exchange, Record, Request, new_call, sent_headers, telling_headers
from connector.client.hiding import Hider
from connector.client.limits import Limits, readable
from connector.client.operation import Operation
from connector.client.secret import Secret
from connector.client.stream import Stream
from connector.client.transcript import Transcript

logger = logging.getLogger(__name__)

LONGEST_REFUSAL = 64_000  # bytes of an error body that are read
REFUSAL_TIME = 5.0  # seconds for that

close_pools = pool.close


@dataclass(frozen=True, slots=True)
class Wait:
    """Before the next attempt: which one it will be, of how many, in how many seconds, and why."""

    attempt: int
    of: int
    seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer that came as a whole."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    request_id: str = ""
    retries: int = 0


type OnWait = Callable[[Wait], None]


@dataclass(slots=True)
class _Call:
    """What stays the same over the attempts of one call."""

    operation: Operation
    url: str
    headers: dict[str, str]
    secret: Secret | None  # that is among the headers
    model: str
    body: bytes | None
    limits: Limits
    on_wait: OnWait | None
    ends: float  # on the client's clock
    asked: float  # seconds since 1970
    number: int
    is_stream: bool = False
    request: Request | None = None  # for the record
    retries: int = 0
    waited: float = 0.0


class Client:
    """Talks to one provider. `name` is the configuration's; with the origin it is whose failures are counted together.

    `application`: `secret` is what it shows Microsoft Entra to get the tokens that are sent in its place.
    `transport` replaces the network (the sandbox, tests). `record` gets an `Exchange` after each HTTP exchange.
    `clock` (monotonic, seconds), `sleep`, `chance` (0 to 1) and `health` are there so that a test can hold them.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        secret: Secret | None = None,
        *,
        name: str = "",
        application: entra.Application | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        allow_private: bool = False,
        ca_file: str | None = None,
        record: Record | None = None,
        health: breaker.Health | None = None,
        clock: breaker.Clock = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.endpoint, self.name = endpoint, name
        self._secret, self._application, self._transport = secret, application, transport
        self._allow_private, self._ca_file = allow_private, ca_file
        self._record, self._health = record, health
        self._sent: Secret | None = None  # what the last request showed
        self._clock, self._sleep, self._chance = clock, sleep, chance

    async def send(
        self,
        operation: Operation,
        *,
        model: str = "",
        path_suffix: str = "",
        body: bytes | None = None,
        content_type: str = "application/json",
        headers: Mapping[str, str] | None = None,
        limits: Limits | None = None,
        on_wait: OnWait | None = None,
        call_number: int = 0,
    ) -> Answer:
        """The whole answer to `operation`; raises `errors.ConnectorError`.

        `path_suffix` is one more segment of the path (`/models/{id}`); `limits` replace the operation's own. `headers`
        (names in lower case) are sent as well; they never replace what the connection is made with. For the
        record, `call_number` is that of the call which this is one more attempt of.
        """
        call = await self._call(operation, model, path_suffix, body, content_type, limits, on_wait, call_number)
        own = {"host", "content-length", "transfer-encoding", "cookie", *call.headers}
        call.headers["accept"] = "*/*"
        call.headers.update({name: value for name, value in (headers or {}).items() if name not in own})
        response, exchange, began = await self._answered(call)
        try:
            most = call.limits.answer_bytes
            content = await self._content(response, call, most, exchange)
            exchange.answer_bytes = len(content)
            if refusal.is_page(response.headers, content):
                raise _page(content, call.url)
        except BaseException as error:
            _failed(exchange, error)
            raise
        finally:
            await _close(response)
            self._finish(exchange, began)
        told = _without_key(response.headers, call.secret)
        return Answer(response.status_code, told, content, exchange.request_id, call.retries)

    @asynccontextmanager
    async def stream(
        self,
        operation: Operation,
        *,
        model: str = "",
        path_suffix: str = "",
        body: bytes | None = None,
        content_type: str = "application/json",
        accept: str = "text/event-stream, application/json",
        limits: Limits | None = None,
        on_wait: OnWait | None = None,
    ) -> AsyncIterator[Stream]:
        """The answer to `operation` as it comes; raises `errors.ConnectorError`, here and while it is read.

        Leaving the block closes the connection, unless the answer was read to its end.
        """
        call = await self._call(operation, model, path_suffix, body, content_type, limits, on_wait)
        call.headers["accept"] = accept
        call.is_stream = True
        response, exchange, began = await self._answered(call)
        stream = self._stream(response, call, exchange)
        try:
            yield stream
        except BaseException as error:
            _failed(exchange, error)
            raise
        finally:
            exchange.answer_bytes = stream.received
            if stream.first_token is not None and exchange.first_byte_ms is not None:
                exchange.first_token_ms = exchange.first_byte_ms + stream.first_token * 1000
            if not exchange.error and not stream.is_over:
                _failed(exchange, errors.Stopped())
            try:
                await stream.aclose()
            finally:
                self._finish(exchange, began)

    def hider(self) -> Hider:
        """For a text that is put together from the pieces of an answer: the key may stand in several of them."""
        return Hider(self._sent)

    async def fetch(self, url: str) -> bytes:
        """What is at an address that an answer gave. Our key does not go there; raises `errors.NotFetched`."""
        return await fetching.fetch(url, transport=self._transport, ca_file=self._ca_file)

    async def _call(
        self,
        operation: Operation,
        model: str,
        path_suffix: str,
        body: bytes | None,
        content_type: str,
        limits: Limits | None,
        on_wait: OnWait | None,
        number: int = 0,
    ) -> _Call:
        if self.endpoint.needs_key and not self._secret:
            raise errors.KeyMissing(configuration=self.name or self.endpoint.host)
        limits = limits or operation.limits
        secret = self._sent = await self._shown()
        headers = self.endpoint.headers(secret)
        if body is not None:
            headers["content-type"] = content_type
        url = self.endpoint.url(operation, model, suffix=path_suffix)
        ends = self._clock() + limits.total
        number = number or new_call()
        return _Call(operation, url, headers, secret, model, body, limits, on_wait, ends, time.time(), number)

    async def _shown(self) -> Secret | None:
        """What is sent as the key: a token of Microsoft Entra's where an application has to get one."""
        if not self._application or not self._secret:
            return self._secret
        return await entra.token(self._application, self._secret, self.endpoint.host, ca_file=self._ca_file)

    async def _answered(self, call: _Call) -> tuple[httpx.Response, Exchange, float]:
        """The first good answer within the attempts the policy allows; its body is still to be read."""
        health = self._health or self._shared_health(call.model)
        if (wait := health.limited(call.model)) and wait <= call.limits.longest_wait:
            await self._pause(call, wait, "the rate limit of the provider is used up")
        attempt = 0
        while True:
            attempt += 1
            if wait := health.admit():
                raise errors.Paused(configuration=self.name or self.endpoint.host, seconds=wait)
            reached = pool.Attempt()
            try:
                response, exchange, began = await self._attempt(call, attempt, reached)
            except errors.ConnectorError as error:
                _report(health, error)
                delay = self._wait(call, error, attempt, reused=reached.reused)
                if delay is None or not health.take_retry():
                    raise
                await self._pause(call, delay, error.what, attempt=attempt + 1)
                call.retries += 1
            except BaseException:
                health.abandoned()
                raise
            else:
                health.succeeded()
                if limited := retry.exhausted(response.headers):
                    health.limit(call.model, limited)
                return response, exchange, began

    def _shared_health(self, model: str) -> breaker.Health:
        # Each model of the sandbox has its own troubles, chosen by whoever uses it.
        ours = model if self.endpoint.kind is Kind.SANDBOX else ""
        return breaker.health(self.name, self.endpoint.origin, ours)

    def _wait(self, call: _Call, error: errors.ConnectorError, attempt: int, *, reused: bool) -> float | None:
        """Seconds before the next attempt; None when there is none."""
        if attempt >= retry.attempts(error, call.operation, call.limits.attempts, reused=reused):
            return None
        if error.facts.get("final"):
            return None
        wait = retry.backoff(attempt, self._chance)
        asked = error.facts.get("seconds") if isinstance(error, errors.Refused) else None
        if asked is not None:
            if asked > call.limits.longest_wait:
                return None
            wait = max(float(asked), 0.0)
        if isinstance(error, errors.ConnectionReset):
            wait = 0.0  # the kept connection was dead; a new one is likely to be well
        within = call.waited + wait <= call.limits.waiting and self._clock() + wait < call.ends
        return wait if within else None

    async def _pause(self, call: _Call, seconds: float, reason: str, *, attempt: int = 1) -> None:
        if call.on_wait:
            call.on_wait(Wait(attempt, call.limits.attempts, seconds, reason))
        call.waited += seconds
        await self._sleep(seconds)

    async def _attempt(
        self, call: _Call, attempt: int, reached: pool.Attempt
    ) -> tuple[httpx.Response, Exchange, float]:
        """One request, to a good status line. Raises `errors.ConnectorError` for everything else."""
        request = httpx.Request(call.operation.method, call.url, headers=call.headers, content=call.body)
        call.request = call.request or self._request(call)
        exchange = Exchange(call.request, attempt, is_stream=call.is_stream)
        began = self._clock()
        try:
            response = await self._status(call, request, reached)
            exchange.first_byte_ms = (self._clock() - began) * 1000
            exchange.status, exchange.reused = response.status_code, reached.reused
            exchange.request_id = refusal.request_id(response.headers)
            if reached.connected_at is not None:
                exchange.connected_ms = (reached.connected_at - began) * 1000
            if self._record:
                exchange.headers = telling_headers(response.headers)
                exchange.answer = Transcript(response.headers.get("content-type", ""))
            if not response.is_success:
                raise await self._refused(response, call, exchange)
            if response.headers.get("content-encoding", "identity").lower() not in ("identity", ""):
                await _close(response)
                raise errors.BadAnswer(reason="it came compressed, though that was not asked for")
        except BaseException as error:
            _failed(exchange, error)
            self._finish(exchange, began)
            raise
        return response, exchange, began

    def _request(self, call: _Call) -> Request:
        path = call.url.removeprefix(self.endpoint.base)
        return Request(
            operation=call.operation.name,
            method=call.operation.method,
            path=path if self._transport else pool.as_sent(path),
            model=call.model,
            headers=sent_headers(call.headers),
            body=call.body,
            call=call.number,
            asked=call.asked,
        )

    async def _status(self, call: _Call, request: httpx.Request, reached: pool.Attempt) -> httpx.Response:
        """Sends `request`, waits for the status line; the time for it begins when there is a connection."""
        loop, limits = asyncio.get_running_loop(), call.limits
        left = max(call.ends - self._clock(), 0.0)
        transport = self._transport
        if transport is None:
            transport = await pool.transport(
                self.endpoint.origin, allow_private=self._allow_private, ca_file=self._ca_file
            )
        else:
            reached.reached(at=None)
        first = limits.first_byte if reached.connected else limits.connect
        try:
            async with asyncio.timeout(min(first, left)) as deadline:

                def first_byte_from_here() -> None:
                    deadline.reschedule(loop.time() + min(limits.first_byte, left))

                reached.on_connected = first_byte_from_here
                with pool.told(reached):
                    return await transport.handle_async_request(request)
        except TimeoutError as error:
            if not deadline.expired():
                raise faults.before_answer(error, self.endpoint.host, connected=reached.connected) from error
            if reached.connected:
                raise errors.FirstByteTimedOut(seconds=min(limits.first_byte, left)) from error
            raise errors.ConnectTimedOut(address=self.endpoint.host, seconds=min(limits.connect, left)) from error
        except faults.LIBRARY as error:
            # A transport that was handed in counts as connected from the start, unless it says that it is not.
            connected = reached.connected and not (self._transport and isinstance(error, httpx.ConnectError))
            raise faults.before_answer(error, self.endpoint.host, connected=connected) from error

    def _stream(self, response: httpx.Response, call: _Call, exchange: Exchange) -> Stream:
        left = call.ends - self._clock()
        hider = Hider(call.secret) if call.secret else None
        transcript = exchange.answer
        return Stream(response, call.limits, ends=left, retries=call.retries, transcript=transcript, hider=hider)

    async def _content(self, response: httpx.Response, call: _Call, most: int, exchange: Exchange) -> bytes:
        """The body as a whole; raises `errors.TooLarge` as soon as it is known to be longer than `most`."""
        if int(_digits(response.headers.get("content-length"))) > most:
            raise errors.TooLarge(limit=readable(most))
        stream = self._stream(response, call, exchange)
        parts: list[bytes] = []
        async for chunk in stream.chunks():
            parts.append(chunk)
            if stream.received > most:
                raise errors.TooLarge(limit=readable(most))
        return b"".join(parts)

    async def _refused(self, response: httpx.Response, call: _Call, exchange: Exchange) -> errors.Refused:
        """The error an answer that is not 2xx stands for; what can be read of its body within reason is read."""
        content = bytearray()
        try:
            async with asyncio.timeout(REFUSAL_TIME):
                async for chunk in response.stream:  # type: ignore[union-attr]  # async transports give async streams
                    content += chunk
                    if len(content) > LONGEST_REFUSAL:
                        break
        except (TimeoutError, *faults.LIBRARY):
            pass  # the status says enough
        finally:
            await _close(response)
        exchange.answer_bytes = len(content)
        if exchange.answer:
            exchange.answer.feed(bytes(content[:LONGEST_REFUSAL]))
        model = call.model or (self.endpoint.deployment if call.operation.in_deployment else "")
        error = refusal.read(response.status_code, response.headers, bytes(content[:LONGEST_REFUSAL]), model=model)
        if retry.forbidden(response.headers):
            error.facts["final"] = True
        return error

    def _finish(self, exchange: Exchange, began: float) -> None:
        exchange.duration_ms = (self._clock() - began) * 1000
        if self._record:
            try:
                self._record(exchange)
            except Exception:  # an answer that was paid for is not lost because it could not be noted down
                logger.exception("An exchange was not recorded.")


def _without_key(headers: httpx.Headers, secret: Secret | None) -> httpx.Headers:
    """The headers of an answer: some servers repeat there what they were asked with."""
    if secret is None:
        return headers
    return httpx.Headers([(name, Hider(secret).whole(value)) for name, value in headers.raw])


def _failed(exchange: Exchange, error: BaseException) -> None:
    """Note what ended it; a caller that goes away, or is cancelled, stopped it."""
    if not isinstance(error, errors.ConnectorError):
        is_left = isinstance(error, asyncio.CancelledError | GeneratorExit)
        error = errors.Stopped() if is_left else errors.Internal()
    exchange.error, exchange.said = error.code, error.what


def _report(health: breaker.Health, error: errors.ConnectorError) -> None:
    """What `error` says about the provider's health (phase A and 5xx count, reliability.md 2)."""
    match error:
        case errors.ProviderTrouble() if error.status >= 500:
            health.failed()
        case errors.NameNotFound() | errors.ConnectionRefused() | errors.ConnectTimedOut() | errors.Unreachable():
            health.failed()
        case errors.TLSFailed():
            health.failed()
        case errors.Refused():
            health.succeeded()
        case _:
            health.abandoned()


async def _close(response: httpx.Response) -> None:
    """Gives the connection back, or closes it; what goes wrong with that is nobody's concern any more."""
    try:
        await response.stream.aclose()  # type: ignore[union-attr]  # async transports give async streams
    except faults.LIBRARY:
        logger.debug("A connection was not closed properly.")


def _page(content: bytes, url: str) -> errors.NotJSON:
    logger.warning("A web page came from %s: %s", url, refusal.clean(content[:8000].decode("utf-8", "replace"), 2000))
    return errors.NotJSON(title=refusal.title(content))


def _digits(text: str | None) -> str:
    return text if text and text.isascii() and text.isdigit() else "0"
