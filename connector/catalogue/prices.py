"""What an answer costs: what was used, taken apart, times the prices that are known. Unknown is None, never zero.

Prices are US dollars, by the names of `UNITS`: `input`, `cached_input`, `cache_write`, `output` and those of them that
differ by what was read or written (`text_input`, `audio_output` …) per million tokens, `characters` per million,
`minute` of sound, `request`, `tools` (an answer that could use tools of the provider, which bills them apart and does
not say how often it used them), and `image`, more exactly `image hd`, `image 1024x1792`, `image hd 1024x1792` (quality,
size) per picture. In front of a token's name stands under what conditions it holds: `flex input`, `long input`,
`long flex input` (a `service_tier`; a prompt of more than `LONG` tokens).

Each token is in one part only: what was cached is taken off the input, what was reasoned off the output.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Any

from connector.catalogue.families import Family

MILLION = 1_000_000
UNITS = {
    "input": MILLION,
    "text_input": MILLION,
    "image_input": MILLION,
    "audio_input": MILLION,
    "cached_input": MILLION,
    "cached_text_input": MILLION,
    "cached_image_input": MILLION,
    "cached_audio_input": MILLION,
    "cache_write": MILLION,
    "output": MILLION,
    "text_output": MILLION,
    "image_output": MILLION,
    "audio_output": MILLION,
    "reasoning": MILLION,
    "characters": MILLION,
    "minute": 60,  # seconds
    "image": 1,
    "request": 1,
    "tools": 1,
}  # what a price is called → how many tokens, characters, seconds or pieces it is for
STANDS_IN = {
    "text_input": ("input",),
    "image_input": ("input",),  # OpenAI's guide to vision: pictures are read at the price of text
    "cached_text_input": ("cached_input",),
    "cached_image_input": ("cached_input",),
    "text_output": ("output",),
    "reasoning": ("output", "text_output"),  # OpenAI's guide to reasoning: billed as output
}  # whose price holds where a kind has none; sound and what was cached never cost what text costs
OURS = {"function", "custom", "mcp", "local_shell", "shell", "apply_patch"}  # tools that no provider bills
UNSAID = ("input", "cached_input", "output")  # kinds of tokens of which the usage does not say what they stand for
MODALITIES = ("audio", "image", "text")
EASY_FIRST = ("", "text", "image", "audio")  # what is likeliest to have been cached, where the usage does not say it
USUAL_TIERS = {"", "auto", "default", "standard"}
LONG = 272_000  # tokens; a prompt of more makes the whole request dearer (OpenAI's pricing page)
MOST = 10**12  # of anything in one answer; more is nonsense of a server
WIDE = Context(prec=60)  # digits
PLACES = Decimal("1e-12")  # of a dollar: a price with six places, by the token


@dataclass(frozen=True, slots=True)
class Part:
    """So much of one kind, and what it costs."""

    kind: str  # a name of UNITS
    quantity: Decimal  # tokens, characters, seconds or pieces
    price: Decimal | None  # US dollars for one unit of its kind; None: not known

    @property
    def unit(self) -> int:
        return UNITS[self.kind]

    @property
    def amount(self) -> Decimal | None:
        """US dollars."""
        return None if self.price is None else (self.quantity * self.price / self.unit).quantize(PLACES, context=WIDE)


@dataclass(frozen=True, slots=True)
class Bill:
    """What one answer used, part by part."""

    parts: tuple[Part, ...] = ()

    @property
    def total(self) -> Decimal | None:
        """US dollars: the parts' sum; None when there is none, or the price of one is not known."""
        amounts = [part.amount for part in self.parts]
        known = [amount for amount in amounts if amount is not None]
        return sum(known, Decimal(0)) if known and len(known) == len(amounts) else None

    @property
    def unknown(self) -> list[str]:
        """The kinds without a price."""
        return [part.kind for part in self.parts if part.price is None]


def price_of(
    family: Family | None,
    usage: Mapping[str, Any],
    body: Mapping[str, Any] | None = None,
    pictures: int = 0,
    *,
    tier: str = "",
    seconds: float | None = None,
) -> Decimal | None:
    """The total of `bill`, in US dollars; None where a price is not known."""
    return bill(family, usage, body, pictures, tier=tier, seconds=seconds).total


def bill(
    family: Family | None,
    usage: Mapping[str, Any],
    body: Mapping[str, Any] | None = None,
    pictures: int = 0,
    *,
    tier: str = "",
    seconds: float | None = None,
) -> Bill:
    """What `usage` of a request with `body` costs.

    `pictures`: how many came. `tier`: the `service_tier` that answered, where it is known. `seconds`: how long the
    sound was, where the usage does not say it.
    """
    body, prices = body or {}, family.price if family else {}
    parts = list(_parts(prices, usage, body, pictures, tier, seconds))
    if "request" in prices:
        parts.append(_part("request", 1, prices["request"]))
    if _has_tools_of_the_provider(body):
        parts.append(_part("tools", 1, prices.get("tools")))
    return Bill(tuple(parts))


def estimate(family: Family | None, body: Mapping[str, Any]) -> Decimal | None:
    """What a request with `body` will cost as far as that is known before: where pictures have a price each."""
    if family is None or (each := _each(family.price, body)) is None:
        return None
    return _decimal(each) * int(body.get("n") or 1)


def tokens(usage: Mapping[str, Any]) -> dict[str, int]:
    """The tokens of a usage of any operation by kind, each counted once; together as many as there were."""
    read, written = _total(usage, "input", "prompt"), _total(usage, "output", "completion")
    together = _number(usage.get("total_tokens"))
    reasoned = _number(_details(usage, "output", "completion").get("reasoning_tokens"))
    if not read and not written:
        read = together  # embeddings of some servers
    elif reasoned and together == read + written + reasoned:
        written += reasoned  # servers that count it beside the answer
    counted = _read(read, _details(usage, "input", "prompt"))
    counted |= _written(written, _details(usage, "output", "completion"))
    return {kind: count for kind, count in counted.items() if count}


def characters(usage: Mapping[str, Any], body: Mapping[str, Any]) -> int:
    """How many were to be spoken: as counted over several requests, else those of this one."""
    return _number(usage.get("characters")) or len(str(body.get("input") or ""))


def length(usage: Mapping[str, Any], seconds: float | None = None) -> Decimal:
    """Seconds of sound: as the usage says, else `seconds`."""
    said = usage.get("seconds") if usage.get("type") == "duration" else seconds
    if isinstance(said, bool) or not isinstance(said, int | float | Decimal) or not math.isfinite(said):
        return Decimal(0)
    return min(max(_decimal(said), Decimal(0)), Decimal(MOST))


def is_kind(name: str) -> bool:
    """Whether a price can have this name."""
    *terms, kind = name.split(" ")
    is_of_token = UNITS.get(kind) == MILLION and kind != "characters"
    return name in UNITS or name.startswith("image ") or (is_of_token and len(terms) <= 2 and all(terms))


def _parts(
    prices: Mapping[str, float],
    usage: Mapping[str, Any],
    body: Mapping[str, Any],
    pictures: int,
    tier: str,
    seconds: float | None,
) -> Iterator[Part]:
    """In the unit in which the model is paid: by pictures, characters, time or, mostly, tokens."""
    sound = length(usage, seconds)
    if (each := _each(prices, body)) is not None:
        yield _part("image", pictures, each)
    elif "characters" in prices:
        yield _part("characters", characters(usage, body), prices["characters"])
    elif sound and ("minute" in prices or usage.get("type") == "duration"):
        yield _part("minute", sound, prices.get("minute"))
    else:
        counted = tokens(usage)
        terms = _terms(prices, counted, tier or str(body.get("service_tier") or ""))
        for kind, count in counted.items():
            yield _part(kind, count, _price(prices, terms, kind))


def _has_tools_of_the_provider(body: Mapping[str, Any]) -> bool:
    """Search, files, code: each use has a price, and no usage says how many there were."""
    tools = body.get("tools")
    kinds = {str(tool.get("type")) for tool in tools if isinstance(tool, Mapping)} if isinstance(tools, list) else set()
    return bool(kinds - OURS) or bool(body.get("web_search_options"))


def _part(kind: str, quantity: Decimal | int, price: float | Decimal | None) -> Part:
    return Part(kind, Decimal(quantity), None if price is None else _decimal(price))


def _each(prices: Mapping[str, float], body: Mapping[str, Any]) -> float | None:
    """The price of one picture, the most exact one."""
    quality, size = str(body.get("quality", "")), str(body.get("size", ""))
    names = (f"image {quality} {size}", f"image {quality}", f"image {size}", "image")
    return next((prices[name] for name in names if name in prices), None)


def _terms(prices: Mapping[str, float], counted: Mapping[str, int], tier: str) -> str:
    """What stands in front of the names of the prices that hold for these tokens."""
    words = [] if tier in USUAL_TIERS else [tier]
    read = sum(count for kind, count in counted.items() if kind.endswith("input") or kind == "cache_write")
    if read > LONG and any(name.startswith("long ") for name in prices):
        words.insert(0, "long")
    return "".join(f"{word} " for word in words)


def _price(prices: Mapping[str, float], terms: str, kind: str) -> float | None:
    """The price of a token of this kind.

    Where the usage does not say what was read or written, and prices differ by that, it holds only if they are equal.
    """
    for name in (kind, *STANDS_IN.get(kind, ())):
        if (found := prices.get(terms + name)) is not None:
            return found
    if kind not in UNSAID:
        return None
    before, _, side = kind.rpartition("_")
    exact = [terms + _kind(before, modality, side) for modality in MODALITIES]
    possible = {prices[name] for name in exact if name in prices}
    return possible.pop() if len(possible) == 1 else None


def _read(total: int, details: Mapping[str, Any]) -> dict[str, int]:
    """The tokens of a prompt by kind."""
    left = _by_modality(total, details)
    there = [modality for modality, count in left.items() if count]
    only = there[0] if len(there) == 1 else ""
    cached = _number(details.get("cached_tokens"))
    said = _mapping(details.get("cached_tokens_details"))
    counted = {
        f"cached_{modality}_input": _take(left, _number(said.get(f"{modality}_tokens")), modality, "")
        for modality in MODALITIES
    }
    more = _take(left, max(cached - sum(counted.values()), 0), *EASY_FIRST)
    counted[_kind("cached", only, "input")] = counted.get(_kind("cached", only, "input"), 0) + more
    counted["cache_write"] = _take(left, _number(details.get("cache_write_tokens")), *EASY_FIRST)
    return counted | {_kind(modality, "input"): count for modality, count in left.items()}


def _written(total: int, details: Mapping[str, Any]) -> dict[str, int]:
    """The tokens of an answer by kind. Predictions that were accepted or rejected are output like the rest."""
    left = _by_modality(total, details)
    reasoned = _take(left, _number(details.get("reasoning_tokens")), "", "text")
    return {"reasoning": reasoned} | {_kind(modality, "output"): count for modality, count in left.items()}


def _by_modality(total: int, details: Mapping[str, Any]) -> dict[str, int]:
    """`total` tokens by what they stand for; "": the usage does not say. More than the total they never are."""
    left = {"": total}
    for modality in MODALITIES:
        left[modality] = _take(left, _number(details.get(f"{modality}_tokens")), "")
    if any(left[modality] for modality in MODALITIES):
        left["text"] += left.pop("")
    return left


def _take(left: dict[str, int], count: int, *sources: str) -> int:
    """Take up to `count` tokens out of these; how many there were."""
    wanted = count
    for source in sources:
        taken = min(wanted, left.get(source, 0))
        if taken:
            left[source] -= taken
            wanted -= taken
    return count - wanted


def _kind(*words: str) -> str:
    return "_".join(word for word in words if word)


def _total(usage: Mapping[str, Any], name: str, older: str) -> int:
    return _number(usage.get(f"{name}_tokens")) or _number(usage.get(f"{older}_tokens"))


def _details(usage: Mapping[str, Any], name: str, older: str) -> Mapping[str, Any]:
    """Of transcriptions they have a name of their own."""
    for key in (f"{name}_tokens_details", f"{name}_token_details", f"{older}_tokens_details"):
        if found := _mapping(usage.get(key)):
            return found
    return {}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _number(value: Any) -> int:
    """A count, whatever a server put there."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return 0
    return min(max(int(value), 0), MOST)


def _decimal(value: float | Decimal) -> Decimal:
    """The number that was written down, not the binary one next to it."""
    return Decimal(str(value))
