"""Code, coloured by Pygments.

A lexer has to see a whole block to be right, and takes its time: a block is coloured in parts of at most `PART`
characters, cut where a blank line stands outside comments and long strings. While a block still streams in, `Growing`
colours it in smaller parts as its lines come, each about once.
"""

import functools
import html
import re
import time
from collections.abc import Iterator
from typing import Any

from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from playground.markdown import sanitise

PART = 4000  # characters
PART_TIME = 0.06  # seconds of processor time; lexers need 4 to 20 ms for a part of their language
GROWING_PART = 160  # of a block that is still coming, if it ends at a blank line; twice as much if not
GROWING_STEP = 160  # new characters that are worth colouring
MAX_LINE = 1000  # minified code: lexers are slow on it, and nobody reads it
MAX_BLANK = 8  # empty lines in a row: those of C and Java take the square of their number
KEPT = 4000  # characters; longer blocks are not remembered

# Of one text: lexers need about 1 µs a character, and 7 µs of one that only looks like their language
COLOURED = 20_000  # characters
COLOURED_LANGUAGES = 5  # a lexer that is used for the first time takes up to 0.2 s to load

# What is coloured: each lexer is a module to load, so a text must not be able to load all 500 of them.
LANGUAGES = {
    name: label
    for label, names in {
        "Bash": "bash sh shell zsh",
        "C": "c h",
        "C++": "cpp c++ cxx cc hpp",
        "C#": "csharp c# cs",
        "CSS": "css",
        "Dart": "dart",
        "Diff": "diff patch udiff",
        "Dockerfile": "docker dockerfile",
        "Elixir": "elixir ex exs",
        "Go": "go golang",
        "GraphQL": "graphql gql",
        "Haskell": "haskell hs",
        "HCL": "hcl",
        "HTML": "html htm",
        "HTTP": "http",
        "INI": "ini cfg properties",
        "Java": "java",
        "JavaScript": "javascript js mjs cjs jsx",
        "JSON": "json jsonc json5",
        "Kotlin": "kotlin",
        "LaTeX": "latex tex",
        "Lua": "lua",
        "Makefile": "make makefile",
        "Markdown": "markdown md",
        "nginx": "nginx",
        "Objective-C": "objective-c objc",
        "Perl": "perl pl",
        "PHP": "php",
        "PowerShell": "powershell ps1 pwsh",
        "Protocol Buffers": "protobuf proto",
        "Python": "python py python3",
        "Python console": "pycon",
        "R": "r",
        "Ruby": "ruby rb",
        "Rust": "rust rs",
        "SCSS": "scss",
        "Shell session": "console shell-session",
        "SQL": "sql mysql postgresql postgres sqlite",
        "SVG": "svg",
        "Swift": "swift",
        "Terraform": "terraform tf",
        "TOML": "toml",
        "TypeScript": "typescript ts tsx",
        "Vim script": "vim",
        "XML": "xml xhtml",
        "YAML": "yaml yml",
    }.items()
    for name in names.split()
}
_SPELLING = {"h": "c", "mjs": "js", "cjs": "js", "jsx": "js", "json5": "json", "jsonc": "json", "tsx": "ts"}
_SPELLING |= {"svg": "xml", "xhtml": "xml", "cc": "cpp", "hpp": "cpp", "htm": "html", "pwsh": "powershell"}
_SPELLING |= {
    "mysql": "sql",
    "postgresql": "sql",
    "postgres": "sql",
    "sqlite": "sql",
    "tf": "terraform",
    "objc": "objective-c",
    "gql": "graphql",
}
_SPELLING |= {"patch": "diff", "properties": "ini", "cxx": "cpp"}

_formatter: "HtmlFormatter[str]" = HtmlFormatter(nowrap=True)
_PAIRS = (("/*", "*/"), ("<!--", "-->"))
_QUOTES = ('"""', "'''", "`", "~~~")


def language(info: str) -> tuple[str, str]:
    """The language that the first word of an info string names: (our name of it or "", as a person reads it)."""
    word = re.split(r"[\s,{:]", info.strip(), maxsplit=1)[0].lower()[:30]
    return (word, LANGUAGES[word]) if word in LANGUAGES else ("", word or "Text")


class Allowance:
    """What may still be coloured in one text."""

    def __init__(self) -> None:
        self._characters = COLOURED
        self._languages: set[str] = set()

    def of(self, name: str) -> int:
        """How many characters in the language `name` may still be coloured."""
        is_known = name in self._languages or len(self._languages) < COLOURED_LANGUAGES
        return self._characters if name and is_known else 0

    def take(self, name: str, characters: int) -> int:
        """Takes up to `characters` of it; returns how many there were."""
        taken = min(self.of(name), characters)
        if taken:
            self._languages.add(name)
            self._characters -= taken
        return taken

    def end(self) -> None:
        self._characters = 0


def render(text: str, name: str, allowance: Allowance) -> str:
    """HTML of `text` in the language `name` ("" for none), sanitised; coloured as far as is allowed."""
    coloured = allowance.take(name, len(text))
    if not coloured:
        return html.escape(text, quote=False)
    made, in_time = _remembered(text, name, coloured) if len(text) <= KEPT else _rendered(text, name, coloured)
    if not in_time:
        allowance.end()
    return made


def _rendered(text: str, name: str, limit: int) -> tuple[str, bool]:
    made: list[str] = []
    done = 0
    for part in _parts(text):
        if done + len(part) > limit:
            break
        coloured = _coloured(part, name)
        if coloured is None:
            return "".join(made) + html.escape(text[done:], quote=False), False
        made.append(coloured)
        done += len(part)
    return "".join(made) + html.escape(text[done:], quote=False), True


_remembered = functools.lru_cache(512)(_rendered)


class Growing:
    """The same for a block whose lines are still coming; `limit`: so many characters are coloured."""

    def __init__(self, name: str, limit: int) -> None:
        self.name = name
        self._limit = limit
        self._part: list[str] = []
        self._size = 0
        self._coloured = 0  # so many lines of the part are in `_html`
        self._coloured_size = 0
        self._html = ""

    def add(self, lines: list[str]) -> str:
        """Takes whole lines; returns what is settled now."""
        settled = ""
        for line in lines:
            self._part.append(line)
            self._size += len(line) + 1
            is_place = not line.strip() or self._size >= 2 * GROWING_PART
            if self._size >= PART or (self._size >= GROWING_PART and is_place and _is_closed(self._text())):
                settled += self._finished()
        return settled

    def tail(self) -> str:
        """What is not settled of the lines so far: coloured anew when it has grown, else in plain."""
        fresh = self._size - self._coloured_size
        if fresh >= max(GROWING_STEP, self._coloured_size // 4) and self._size <= self._limit:
            self._html = self._colours(self._text())
            self._coloured, self._coloured_size = len(self._part), self._size
        return self._html + "".join(html.escape(each, quote=False) + "\n" for each in self._part[self._coloured :])

    def _finished(self) -> str:
        text = self._text()
        self._limit -= self._size
        self._part, self._size, self._coloured, self._coloured_size, self._html = [], 0, 0, 0, ""
        return self._colours(text) if self._limit >= 0 else html.escape(text, quote=False)

    def _colours(self, text: str) -> str:
        coloured = _coloured(text, self.name)
        if coloured is None:
            self._limit = 0
        return html.escape(text, quote=False) if coloured is None else coloured

    def _text(self) -> str:
        return "".join(line + "\n" for line in self._part)


def _parts(text: str) -> Iterator[str]:
    """`text` in parts that a lexer can take one by one."""
    if len(text) <= PART:
        yield text
        return
    part: list[str] = []
    size = 0
    for line in text.splitlines(keepends=True):
        if size + len(line) > PART and part:
            yield "".join(part)
            part, size = [], 0
        part.append(line)
        size += len(line)
        if size >= PART // 2 and not line.strip() and _is_closed("".join(part)):
            yield "".join(part)
            part, size = [], 0
    if part:
        yield "".join(part)


def _is_closed(part: str) -> bool:
    """Whether no comment or long string seems to be open at its end."""
    return all(part.count(begin) == part.count(end) for begin, end in _PAIRS) and all(
        part.count(quote) % 2 == 0 for quote in _QUOTES
    )


def _coloured(part: str, name: str) -> str | None:
    """HTML of `part`; None when that takes too long."""
    lexer = _lexer(name)
    if lexer is None or _is_odd(part):
        return html.escape(part, quote=False)
    try:
        return sanitise.code("".join(line for _, line in _formatter._format_lines(_tokens(part, lexer))))
    except TimeoutError:
        return None


def _is_odd(part: str) -> bool:
    """Whether a lexer may take long over a single token of it."""
    blank = 0
    for line in part.split("\n"):
        blank = 0 if line.strip() else blank + 1
        if blank > MAX_BLANK or len(line) > MAX_LINE:
            return True
    return False


def _tokens(part: str, lexer: Lexer) -> Iterator[tuple[Any, str]]:  # Any: Pygments has no types
    """Raises TimeoutError when it takes too long: what only looks like a language can cost the square of its length."""
    until = time.thread_time() + PART_TIME
    for token in lexer.get_tokens(part):
        if time.thread_time() > until:
            raise TimeoutError
        yield token


@functools.cache
def _lexer(name: str) -> Lexer | None:
    try:
        return get_lexer_by_name(_SPELLING.get(name, name), stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None
