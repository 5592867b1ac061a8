"""The data files, read once and resolved: every entry that names a `base` has the base's facts below its own."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

type Table = dict[str, Any]  # Any: what TOML holds

FOLDER = Path(__file__).parent / "data"
GROUPS = {
    "openai": ("openai", "responses", "completions", "images", "embeddings", "audio"),
    "sandbox": ("sandbox",),
}  # who serves them → their files
FAMILIES = tuple(name for files in GROUPS.values() for name in files)
PARAMETERS = (
    "parameters",
    "parameters-completions",
    "parameters-responses",
    "parameters-images",
    "parameters-embeddings",
    "parameters-audio",
)


@cache
def read(name: str) -> Table:
    """`data/<name>.toml` as it stands."""
    return tomllib.loads(FOLDER.joinpath(f"{name}.toml").read_text("utf-8"))


@cache
def parameters() -> Table:
    """Operation → parameter → its facts."""
    return {operation: facts for name in PARAMETERS for operation, facts in read(name).items()}


@cache
def resolved(*names: str) -> Table:
    """The entries of these files together, each merged over its `base`."""
    entries = {key: entry for name in names for key, entry in read(name).items()}
    done: Table = {}

    def resolve(key: str) -> Table:
        if key not in done:
            entry = entries[key]
            inherited = inherited_from(resolve(entry["base"])) if "base" in entry else {}
            done[key] = merged(inherited, entry)
        found: Table = done[key]
        return found

    return {key: resolve(key) for key in entries}


@cache
def prices() -> Table:
    """Family → what it costs, since when that is known and from where, what it reads and writes, and what follows it.

    The prices of a tier or of a long prompt have its words in front of their names: `flex input`.
    """
    data = read("prices")
    usual = {key: value for key, value in data.items() if key != "families"}
    return {name: usual | facts | {"price": _flat(facts["price"])} for name, facts in data["families"].items()}


def _flat(price: Table) -> Table:
    return {
        name if terms == "standard" else f"{terms} {name}": amount
        for terms, amounts in price.items()
        for name, amount in amounts.items()
    }


OWN = ("captions", "snapshots", "shutdown", "suggested", "abstract")


def inherited_from(base: Table) -> Table:
    """What an entry takes over from its base: how requests are fitted, not who the base is or when it ends."""
    return {key: value for key, value in base.items() if key not in OWN}


def merged(below: Table, above: Table) -> Table:
    """`above` over `below`, table by table. A `false` in `refuses` or `renames` takes an inherited entry back."""
    result = dict(below)
    for key, value in above.items():
        under = result.get(key)
        result[key] = merged(under, value) if isinstance(value, dict) and isinstance(under, dict) else value
    return result
