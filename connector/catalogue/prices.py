"""What an answer costs: its usage times the prices that are known. Unknown is None, never zero.

Prices are US dollars. Per million tokens: `input`, `output`, and where a kind has a price of its own `text_input`,
`image_input`, `text_output`, `image_output`, `cached_input`. Per picture: `image`, more exactly `image hd`,
`image 1024x1792`, `image hd 1024x1792` (quality, size).
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from connector.catalogue.families import Family

MILLION = 1_000_000
PLACES = Decimal("0.000001")


def price_of(
    family: Family | None, usage: Mapping[str, Any], body: Mapping[str, Any] | None = None, pictures: int = 0
) -> Decimal | None:
    """What `usage` and `pictures` of a request with `body` cost in US dollars; None where a price is not known."""
    if family is None or not family.price:
        return None
    if (each := _each(family, body or {})) is not None:
        return (each * pictures).quantize(PLACES)
    parts = [*_parts(usage, "input", "prompt"), *_parts(usage, "output", "completion")]
    if not parts:
        return None
    total = Decimal(0)
    for kinds, tokens in parts:
        price = next((family.price[kind] for kind in kinds if kind in family.price), None)
        if price is None:
            return None
        total += Decimal(str(price)) * tokens / MILLION
    return total.quantize(PLACES)


def estimate(family: Family | None, body: Mapping[str, Any]) -> Decimal | None:
    """What a request with `body` will cost as far as that is known before: where pictures have a price each."""
    if family is None or (each := _each(family, body)) is None:
        return None
    return (each * int(body.get("n") or 1)).quantize(PLACES)


def _each(family: Family, body: Mapping[str, Any]) -> Decimal | None:
    """The price of one picture, the most exact one."""
    quality, size = str(body.get("quality", "")), str(body.get("size", ""))
    names = (f"image {quality} {size}", f"image {quality}", f"image {size}", "image")
    found = next((family.price[name] for name in names if name in family.price), None)
    return None if found is None else Decimal(str(found))


def _parts(usage: Mapping[str, Any], name: str, older: str) -> list[tuple[tuple[str, ...], int]]:
    """Tokens by the names that their price may have, the exact one first."""
    total = int(usage.get(f"{name}_tokens") or usage.get(f"{older}_tokens") or 0)
    details = usage.get(f"{name}_tokens_details") or usage.get(f"{older}_tokens_details") or {}
    parts: list[tuple[tuple[str, ...], int]] = []
    for kind in ("text", "image", "cached"):
        if tokens := int(details.get(f"{kind}_tokens") or 0):
            parts.append(((f"{kind}_{name}", name), tokens))
            total -= tokens
    return [*parts, ((name,), total)] if total > 0 else parts
