"""From the exchanges of calls to the rows that are kept of them.

recorder = Recorder(configuration, source=Call.Source.PAGE, user_id=…, run_id=…)
client = connections.connect(configuration, recorder)
…                                       # each attempt is told to the recorder
record.write(recorder.drafts())
"""

import datetime
import json
import logging
import re
from collections.abc import Iterator, Sequence
from typing import Any, Self

from connector import conf
from connector.client import cleaning, errors, wire
from connector.client.exchange import Exchange
from connector.client.masking import mask
from connector.client.secret import Secret
from connector.models.call import Call, CallContent, pack
from connector.models.configuration import Configuration
from connector.models.record import Draft
from connector.models.text import storable

STATES = {
    errors.Stopped.code: Call.State.STOPPED,
    **{kind.code: Call.State.INTERRUPTED for kind in errors.BrokenOff.__subclasses__() if kind is not errors.Stopped},
}
HEARD = {"transcriptions", "translations"}
TOGETHER = {"image_generation.completed", "image_edit.completed"}  # events that bring a usage each
LARGEST = 2**40  # what an answer may claim that was counted; NaN is not within it either, which no database takes
LONGEST_USAGE = 10_000  # characters
MOST_USAGES = 500  # of one answer: a stream of pictures has one for each
_USAGE = re.compile(r'"usage"\s*:\s*(?=\{)')
_MODEL = re.compile(r'"model"\s*:\s*"((?:[^"\\]|\\.){1,200})"')
_TIER = re.compile(r'"service_tier"\s*:\s*"([a-z_]{1,40})"')
_DURATION = re.compile(r'"duration"\s*:\s*"?([0-9]{1,9}(?:\.[0-9]{1,9})?)\b')
_DECODER = json.JSONDecoder()

logger = logging.getLogger(__name__)


class Recorder:
    """Takes the exchanges of one client. What is kept of them is its configuration's decision."""

    def __init__(
        self,
        configuration: Configuration | None = None,
        *,
        source: str = Call.Source.PYTHON,
        user_id: Any = None,
        run_id: int | None = None,
    ) -> None:
        self.source, self.user_id, self.run_id = source, user_id, run_id
        self.notices: list[dict[str, str]] = []
        self.secret: Secret | None = None  # alive until the last text was masked
        self._configuration_id = configuration.pk if configuration else None
        self._configuration_name = configuration.display_name if configuration else ""
        self._keeps = configuration.recorded() if configuration else conf.record_calls()
        self._endpoint = endpoint_facts(configuration)
        self._exchanges: list[Exchange] = []
        self._drafts: list[Draft] = []
        self._failure: errors.ConnectorError | None = None

    @classmethod
    def of_run(
        cls, run_id: int, configuration: Configuration, user_id: Any, notices: Sequence[dict[str, str]] = ()
    ) -> Self:
        """For the calls of a run, which a page asked for."""
        recorder = cls(configuration, source=Call.Source.PAGE, user_id=user_id, run_id=run_id)
        recorder.notices = list(notices)
        return recorder

    def __call__(self, exchange: Exchange) -> None:
        self._exchanges.append(exchange)

    @property
    def has_calls(self) -> bool:
        return bool(self._exchanges)

    def failed(self, error: errors.ConnectorError) -> None:
        """The last answer came, but is none that can be used."""
        self._failure = error

    def drafts(self) -> list[Draft]:
        """One for each call, in their order; asked again, the same.

        Takes a moment: where an event loop waits, ask for them in a thread.
        """
        calls: dict[int, list[Exchange]] = {}
        for exchange in self._exchanges:
            calls.setdefault(exchange.request.call, []).append(exchange)
        self._exchanges = []
        together = list(calls.values())
        if together and self._failure and not together[-1][-1].error:
            together[-1][-1].error, together[-1][-1].said = self._failure.code, self._failure.what
        for exchanges in together:
            try:
                self._drafts.append(self._draft(exchanges))
            except Exception:  # an answer that was paid for is not lost because it could not be noted down
                logger.exception("A call of %s was not recorded.", exchanges[0].request.operation)
        return self._drafts

    def _draft(self, exchanges: Sequence[Exchange]) -> Draft:
        request, last = exchanges[0].request, exchanges[-1]
        asked = cleaning.request(request)
        answers = [cleaning.answer(exchange) for exchange in exchanges]
        body, came = _body(asked), Came(answers[-1].get("text", ""))
        call = Call(
            user_id=self.user_id,
            configuration_id=self._configuration_id,
            configuration_name=self._configuration_name,
            run_id=self.run_id,
            source=self.source,
            operation=request.operation,
            method=request.method,
            path=storable(mask(request.path)),
            is_stream=last.is_stream,
            model=storable(str(request.model or body.get("model") or "")[:200]),
            model_answered=storable(came.model[:200]),
            state=STATES.get(last.error, Call.State.FAILED) if last.error else Call.State.DONE,
            status=last.status,
            error_code=last.error,
            error=storable(mask(last.said)[:500]),
            request_id=storable(last.request_id),
            notices=self.notices,
            started=_moment(request.asked),
            queued_ms=_ms(exchanges[0].started - request.asked),
            connected_ms=_whole(last.connected_ms),
            first_byte_ms=_whole(last.first_byte_ms),
            first_token_ms=_whole(last.first_token_ms) if last.is_stream else None,
            duration_ms=_ms(last.started - request.asked) + (_whole(last.duration_ms) or 0),
            retries=len(exchanges) - 1,
            attempts=[_attempt(number, exchange, request.asked) for number, exchange in enumerate(exchanges, 1)],
            usage=came.usage,
            input_tokens=_tokens(came.usage, "input_tokens", "prompt_tokens"),
            output_tokens=_tokens(came.usage, "output_tokens", "completion_tokens"),
        )
        content = None
        if self._keeps == Configuration.Record.ALL:
            asked["endpoint"] = self._endpoint
            content = CallContent(packed_request=pack(asked), packed_answers=pack(answers))
        is_kept = self._keeps != Configuration.Record.OFF
        seconds = came.seconds if request.operation in HEARD else None
        return Draft(call, content, is_kept, body, tier=came.tier, seconds=seconds)


class Came:
    """What an answer says of itself: which model it is of, and what it used. Whole answers and streams alike."""

    def __init__(self, text: str) -> None:
        self._text = text

    @property
    def model(self) -> str:
        found = _MODEL.search(self._text[:4000])
        try:
            return str(_DECODER.decode(f'"{found[1]}"')) if found else ""
        except ValueError:  # it looks like JSON and is none
            return ""

    @property
    def tier(self) -> str:
        """The service tier; the last one that is named."""
        found = _TIER.findall(self._text)
        return found[-1] if found else ""

    @property
    def seconds(self) -> float | None:
        """How long the sound is that was heard."""
        found = _DURATION.search(self._text[:4000])
        return float(found[1]) if found else None

    @property
    def usage(self) -> dict[str, Any]:
        """The last one; of pictures that came one by one, all of them together."""
        found = list(self._usages())
        if len(found) > 1 and any(f'"{kind}"' in self._text for kind in TOGETHER):
            return added(found)
        return found[-1] if found else {}

    def _usages(self) -> Iterator[dict[str, Any]]:
        """The last ones. What is no JSON costs as much as the text is long, so each is read from a piece of its own."""
        for found in list(_USAGE.finditer(self._text))[-MOST_USAGES:]:
            try:
                usage, _ = _DECODER.raw_decode(self._text[found.end() : found.end() + LONGEST_USAGE])
            except (ValueError, RecursionError):
                continue
            if isinstance(usage, dict):
                yield _numbers(usage)


def _numbers(usage: dict[str, Any], depth: int = 0) -> dict[str, Any]:
    """What was counted; a word among it (a service tier) as far as it is short."""
    found: dict[str, Any] = {}
    for name, value in list(usage.items())[:50]:
        if isinstance(value, dict) and depth < 3:
            found[storable(name)] = _numbers(value, depth + 1)
        elif isinstance(value, int | float):
            if -LARGEST <= value <= LARGEST:
                found[storable(name)] = value
        elif isinstance(value, str) and len(value) <= 100:
            found[storable(name)] = storable(value)
    return found


def added(usages: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Several usages as one, part by part."""
    total: dict[str, Any] = {}
    for usage in usages:
        for name, value in usage.items():
            if isinstance(value, dict):
                total[name] = added([total.get(name) or {}, value])
            elif isinstance(value, int):
                total[name] = (total.get(name) or 0) + value
    return total


def endpoint_facts(configuration: Configuration | None) -> dict[str, str]:
    """What code needs to know of where it was sent, without the address itself unless everybody knows it."""
    try:
        endpoint = configuration.parsed_endpoint() if configuration else None
    except errors.InvalidParameter:
        endpoint = None
    if endpoint is None:
        return {}
    told = {
        "kind": str(endpoint.kind),
        "style": endpoint.style,
        "auth": endpoint.auth,
        "api_version": endpoint.api_version,
    }
    if endpoint.is_public:
        told["base"] = endpoint.base
    return {name: value for name, value in told.items() if value}


def _body(asked: dict[str, Any]) -> dict[str, Any]:
    """The parameters that were sent."""
    if "form" in asked:
        return {part["name"]: part["value"] for part in asked["form"] if "value" in part}
    try:
        body = wire.parse(asked["text"]) if asked.get("text") else None
    except errors.BadAnswer:
        return {}
    return body if isinstance(body, dict) else {}


def _attempt(number: int, exchange: Exchange, asked: float) -> dict[str, Any]:
    """One attempt as the call's row has it; what is not known is left out."""
    told = {
        "number": number,
        "started_ms": _ms(exchange.started - asked),  # from the beginning of the call
        "status": exchange.status,
        "error": exchange.error,
        "request_id": storable(exchange.request_id),
        "reused": exchange.reused,
        "connected_ms": _whole(exchange.connected_ms),
        "first_byte_ms": _whole(exchange.first_byte_ms),
        "first_token_ms": _whole(exchange.first_token_ms),
        "duration_ms": _whole(exchange.duration_ms),
    }
    return {name: value for name, value in told.items() if value not in (None, "", False)}


def _moment(seconds: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC)


def _ms(seconds: float) -> int:
    return max(0, round(seconds * 1000))


def _whole(milliseconds: float | None) -> int | None:
    return None if milliseconds is None else max(0, round(milliseconds))


def _tokens(usage: dict[str, Any], *names: str) -> int | None:
    found = next((usage[name] for name in names if isinstance(usage.get(name), int)), None)
    return found if found is None or 0 <= found < 2**31 else None
