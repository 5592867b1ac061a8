"""Every regular expression of ours against texts made to let it try again and again (T92): ten times the text may cost
twelve times the time, not a hundred times."""

import ast
import importlib
import re
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("config", "connector", "playground")
USES = ("match", "fullmatch", "search", "sub", "split", "finditer")
SHORT, LONG = 4_000, 40_000  # characters
MOST = 12  # times
NOISE = 0.01  # seconds; what takes less for the long text is not worth measuring
PIECES = (
    "a",
    " ",
    "0",
    "\n",
    "-",
    "[",
    "(",
    "*",
    "`",
    "|",
    "\\",
    "$",
    "<",
    "&",
    "/",
    "\t",
    "_",
    "~",
    ".",
    "=",
    '"',
    "%",
)
PIECES += (
    "a ",
    "a\n",
    "| ",
    "> ",
    "![",
    "](",
    "**a",
    "\\(",
    "a@",
    "a.",
    "a:",
    "1.",
    "%41",
    "http://",
    "https://a.",
    "sk-",
)


class Module:
    def __init__(self, file: Path) -> None:
        self.text = file.read_text(encoding="utf-8")
        self.name = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")

    def held(self) -> Iterator[tuple[str, re.Pattern]]:
        """The patterns bound to a name in it, alone or in a table; imported only where there are any."""
        if "re.compile" in self.text and self.name != "config.asgi":
            for name, value in vars(importlib.import_module(self.name)).items():
                for pattern in _patterns_in(value):
                    yield name, pattern

    def written(self) -> Iterator[tuple[str, re.Pattern]]:
        """The constant ones in calls: `re.sub("…", …)`; flags stand in the pattern or count for nothing here."""
        for node in ast.walk(ast.parse(self.text)):
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("re."):
                use = ast.unparse(node.func).removeprefix("re.")
                if node.args and isinstance(node.args[0], ast.Constant):
                    yield use, re.compile(node.args[0].value)


def _patterns_in(value) -> Iterator[re.Pattern]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        yield from _patterns_in([*value.items()])
    elif isinstance(value, list | tuple | set | frozenset):
        for each in value:
            yield from _patterns_in(each)


def collected() -> dict[re.Pattern, set[str]]:
    """Every pattern, and what is done with it."""
    modules = [Module(file) for folder in FOLDERS for file in sorted((ROOT / folder).rglob("*.py"))]
    whole = "\n".join(module.text for module in modules)
    found = defaultdict(set)
    for module in modules:
        for name, pattern in module.held():
            uses = set(re.findall(rf"\b{name}\.(\w+)\(", whole)) & set(USES)
            found[pattern] |= uses or {"match", "search"}  # in a table: under another name
        for use, pattern in module.written():
            found[pattern] |= {use} & set(USES)
    return found


PATTERNS = collected()


def attacks(pattern, length) -> Iterator[str | bytes]:
    """Texts of one piece again and again, with and without something at the end that cannot match."""
    own = re.sub(r"\\.|\(\?\w?[:=!<]*|[\[\](){}?*+^$|]", "", _text(pattern))[:8]
    for piece in (*PIECES, own or "x"):
        for end in ("", "\0"):
            text = (piece * (length // len(piece)))[:length] + end
            yield text.encode("latin-1", "replace") if isinstance(pattern.pattern, bytes) else text


def _text(pattern) -> str:
    return pattern.pattern.decode("latin-1") if isinstance(pattern.pattern, bytes) else pattern.pattern


def seconds(pattern, uses, text) -> float:
    began = time.process_time()
    for use in uses:
        if use == "sub":
            pattern.sub(b"" if isinstance(text, bytes) else "", text)
        elif use == "finditer":
            sum(1 for _ in pattern.finditer(text))
        else:
            getattr(pattern, use)(text)
    return time.process_time() - began


def test_they_are_found():
    assert len(PATTERNS) > 60


@pytest.mark.parametrize("pattern", PATTERNS, ids=[f"pattern-{number}" for number in range(len(PATTERNS))])
def test_time_grows_with_the_text_and_not_with_its_square(pattern):
    uses = PATTERNS[pattern]
    for short, long in zip(attacks(pattern, SHORT), attacks(pattern, LONG), strict=True):
        if seconds(pattern, uses, long) > NOISE:
            quick = min(seconds(pattern, uses, short) for _ in range(3))
            slow = min(seconds(pattern, uses, long) for _ in range(2))
            assert slow < max(MOST * quick, NOISE), (pattern.pattern, uses, long[:20], slow, slow / quick)
