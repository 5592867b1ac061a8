"""Code, coloured by Pygments.

A lexer has to see a whole block to be right, and takes its time: a block is coloured in parts of at most `PART`
characters, cut where a blank line stands outside comments and long strings. While a block still streams in, `Growing`
colours it in smaller parts as its lines come, each about once.
"""

import functools
import html
import re
from collections.abc import Iterator

from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from playground.markdown import sanitise

PART = 8000  # characters
GROWING_PART = 800
MAX_LENGTH = 64_000  # longer blocks stay plain
MAX_LINE = 2000  # minified code: lexers are slow on it, and nobody reads it
KEPT = 4000

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
        "Julia": "julia jl",
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
        "Scala": "scala",
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
_SPELLING |= {"postgres": "postgresql", "sqlite": "sql", "tf": "terraform", "objc": "objective-c", "gql": "graphql"}
_SPELLING |= {"patch": "diff", "properties": "ini", "cxx": "cpp"}

_formatter: "HtmlFormatter[str]" = HtmlFormatter(nowrap=True)
_PAIRS = (("/*", "*/"), ("<!--", "-->"))
_QUOTES = ('"""', "'''", "`", "~~~")


def language(info: str) -> tuple[str, str]:
    """The language that the first word of an info string names: (our name of it or "", as a person reads it)."""
    word = re.split(r"[\s,{:]", info.strip(), maxsplit=1)[0].lower()[:30]
    return (word, LANGUAGES[word]) if word in LANGUAGES else ("", word or "Text")


def render(text: str, name: str) -> str:
    """HTML of `text` in the language `name` ("" for none), sanitised."""
    if len(text) <= KEPT:
        return _remembered(text, name)
    return _rendered(text, name)


def _rendered(text: str, name: str) -> str:
    if not name or len(text) > MAX_LENGTH or any(len(line) > MAX_LINE for line in text.split("\n")):
        return html.escape(text, quote=False)
    return "".join(_coloured(part, name) for part in _parts(text))


_remembered = functools.lru_cache(512)(_rendered)


class Growing:
    """The same for a block whose lines are still coming."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._part: list[str] = []
        self._size = 0
        self._coloured = 0  # so many lines of the part are in `_html`
        self._coloured_size = 0
        self._html = ""
        self._total = 0

    def add(self, lines: list[str]) -> str:
        """Takes whole lines; returns what is settled now."""
        settled = ""
        for line in lines:
            self._part.append(line)
            self._size += len(line) + 1
            if self._size >= GROWING_PART and (self._size >= PART or (not line.strip() and self._is_closed())):
                settled += self._finished("".join(each + "\n" for each in self._part))
                self._part, self._size, self._coloured, self._coloured_size, self._html = [], 0, 0, 0, ""
        return settled

    def tail(self) -> str:
        """What is not settled of the lines so far: coloured anew when it has grown by a quarter, else in plain."""
        fresh = self._size - self._coloured_size
        if fresh and self._is_plain():
            self._coloured = 0
        elif fresh >= 80 and fresh * 4 >= self._coloured_size:
            self._html = _coloured("".join(each + "\n" for each in self._part), self.name)
            self._coloured, self._coloured_size = len(self._part), self._size
        return self._html + "".join(html.escape(each, quote=False) + "\n" for each in self._part[self._coloured :])

    def _finished(self, part: str) -> str:
        self._total += len(part)
        return html.escape(part, quote=False) if self._is_plain() else _coloured(part, self.name)

    def _is_plain(self) -> bool:
        return not self.name or self._total > MAX_LENGTH or any(len(line) > MAX_LINE for line in self._part)

    def _is_closed(self) -> bool:
        return _is_closed("\n".join(self._part))


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


def _coloured(part: str, name: str) -> str:
    lexer = _lexer(name)
    if lexer is None:
        return html.escape(part, quote=False)
    return sanitise.code("".join(_formatter_lines(part, lexer)))


def _formatter_lines(part: str, lexer: Lexer) -> Iterator[str]:
    return (line for _, line in _formatter._format_lines(lexer.get_tokens(part)))


@functools.cache
def _lexer(name: str) -> Lexer | None:
    try:
        return get_lexer_by_name(_SPELLING.get(name, name), stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None
