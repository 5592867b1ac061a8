"""What stands inside a paragraph, a heading or a cell: emphasis, code, links, formulas.

markdown-it (`js-default`, raw HTML off) with formulas before its escapes. Pictures and links lead outside, so a picture
is never loaded but becomes a link that names its host, and a link whose text names another host than it leads to says
so. A text that would take long (nested brackets cost their square) is shown as it was written.
"""

import functools
import html
import re
from collections.abc import MutableMapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from playground.markdown import formulas, sanitise

MAX_LENGTH = 16_000  # characters of one paragraph
MAX_BRACKETS = 64
MAX_MARKS = 500
KEPT = 2000  # longer texts are not remembered

SPECIAL = re.compile(r"[\\`*_~\[\]<>&$!]|://| {2}$| {2}\n|\n")
_FORMULA_END = {"$$": "$$", "$": "$", "\\(": "\\)", "\\[": "\\]"}  # the longer one first
_LEFT_OVER = re.compile(r"[\\`~\[$]|<(?![\s\d=])|\*(?!\s)|(?<!\s)\*|(?<![^\W_])_|_(?![^\W_])")
_URL = re.compile(r"https?://[^\s<>\"'`]+")
_HOST = re.compile(r"\b(?:[\w-]+\.)+[a-z]{2,}\b", re.IGNORECASE)


def render(text: str) -> str:
    """HTML of `text`, sanitised."""
    return _remembered(text) if len(text) <= KEPT else _rendered(text)


def render_once(text: str) -> str:
    """The same for a text that will not be asked for again."""
    return _rendered(text)


def plain(text: str) -> str:
    """HTML of `text` as it was written."""
    return html.escape(text, quote=False).replace("\n", "<br>\n")


def is_simple(text: str) -> bool:
    """Whether `text` has no mark at all, so that it only needs to be escaped."""
    return not SPECIAL.search(text)


def is_too_much(text: str) -> bool:
    """Whether `text` is shown as it was written, because it would take too long."""
    return len(text) > MAX_LENGTH or _brackets(text) > MAX_BRACKETS or len(SPECIAL.findall(text)) > MAX_MARKS


def cost(text: str) -> float:
    """About how many microseconds `render` takes (measured on one slow core)."""
    if is_simple(text) or is_too_much(text):
        return 5 + len(text) / 20
    formulas_too = 6 * len(text) if "$" in text or "\\(" in text or "\\[" in text else 0
    return 30 + 8 * len(SPECIAL.findall(text)) + 2 * _brackets(text) ** 2 + formulas_too


def is_complete(text: str) -> bool:
    """Whether no mark in `text` is left over that a later text could still give a meaning."""
    return is_simple(text) or not any(each.type == "text" and _LEFT_OVER.search(each.content) for each in _tokens(text))


def _brackets(text: str) -> int:
    return text.count("[") + text.count("<")


def _rendered(text: str) -> str:
    if is_simple(text) or is_too_much(text):
        return plain(text)
    return sanitise.inline(_parser.renderer.render(_with_bare_links(_tokens(text)), _parser.options, {}))


def _tokens(text: str) -> list[Token]:
    made: list[Token] = []
    _parser.inline.parse(text, _parser, {}, made)
    for token in made:
        if token.type == "text_special":  # an escaped or named character, which must not be read as a mark again
            token.type = "text"
    return made


_remembered = functools.lru_cache(2048)(_rendered)


def _formula(state: StateInline, silent: bool) -> bool:
    """`$…$`, `$$…$$`, `\\(…\\)` and `\\[…\\]`."""
    source, position = state.src, state.pos
    opener = next((each for each in _FORMULA_END if source.startswith(each, position)), "")
    if not opener:
        return False
    closer = _FORMULA_END[opener]
    begin = position + len(opener)
    end = source.find(closer, begin, begin + formulas.MAX_LENGTH)
    if end < 0:
        return False
    tex, after = source[begin:end], source[end + len(closer) : end + len(closer) + 1]
    if opener == "$" and ("\n" in tex or not formulas.is_formula(tex, after)):
        return False
    if not tex.strip():
        return False
    if not silent:
        token = state.push("formula", "math", 0)
        token.content = tex
        token.meta["display"] = opener in ("$$", "\\[")
    state.pos = end + len(closer)
    return True


def _with_bare_links(made: list[Token]) -> list[Token]:
    """The same tokens, with addresses that stand in the text as links."""
    if not any("://" in token.content for token in made):
        return made
    result: list[Token] = []
    inside = 0
    for token in made:
        inside += token.nesting if token.type.startswith("link_") else 0
        if token.type == "text" and not inside and "://" in token.content:
            result += _linked(token.content)
        else:
            result.append(token)
    return result


def _linked(text: str) -> list[Token]:
    result: list[Token] = []
    done = 0
    for found in _URL.finditer(text):
        address = found[0].rstrip(".,;:!?*_~'\"")
        while address.endswith((")", "]")) and address.count("(") + address.count("[") < address.count(
            ")"
        ) + address.count("]"):
            address = address[:-1].rstrip(".,;:!?")
        result += [_text(text[done : found.start()]), *_link(address, address)]
        done = found.start() + len(address)
    return [*result, _text(text[done:])]


def _text(text: str) -> Token:
    return Token("text", "", 0, content=text)


def _link(address: str, text: str) -> list[Token]:
    return [
        Token("link_open", "a", 1, attrs={"href": _parser.normalizeLink(address)}),
        _text(text),
        Token("link_close", "a", -1),
    ]


def host(address: str) -> str:
    """The host an address leads to; for mail the address itself; empty when it leads nowhere outside."""
    try:
        parts = urlsplit(address)
        if parts.scheme == "mailto":
            return parts.path[:100]
        return (parts.hostname or "") if parts.scheme in ("http", "https") else ""
    except ValueError:
        return ""


class _Renderer(RendererHTML):
    """markdown-it's, with our links, pictures and formulas."""

    def link_open(self, made: Sequence[Token], index: int, options: OptionsDict, env: MutableMapping[str, Any]) -> str:
        address = str(made[index].attrGet("href") or "")
        to = host(address)
        if not to:  # an address inside this site, or none at all: nothing a model should lead to
            return "<span>"
        return f'<a href="{html.escape(address)}" title="{html.escape(to)}">'

    def link_close(self, made: Sequence[Token], index: int, options: OptionsDict, env: MutableMapping[str, Any]) -> str:
        text, address = "", ""
        for token in reversed(made[:index]):
            if token.type == "link_open":
                address = str(token.attrGet("href") or "")
                break
            text = token.content + text
        to = host(address)
        if not to:
            return "</span>"
        named = {name.lower().removeprefix("www.") for name in _HOST.findall(text)}
        honest = not named or to.removeprefix("www.") in named or "@" in to
        return "</a>" if honest else f" ({html.escape(to)})</a>"

    def image(self, made: Sequence[Token], index: int, options: OptionsDict, env: MutableMapping[str, Any]) -> str:
        token = made[index]
        address = str(token.attrGet("src") or "")
        name = html.escape(self.renderInlineAsText(token.children, options, env) or "picture")
        to = host(address)
        if not to:
            return f"[{name}]"
        inside = any(each.type == "link_open" for each in made[:index]) and not any(
            each.type == "link_close" for each in made[:index]
        )
        shown = f"[picture: {name} · {html.escape(to)}]"
        return shown if inside else f'<a href="{html.escape(address)}" title="{html.escape(to)}">{shown}</a>'

    def formula(self, made: Sequence[Token], index: int, options: OptionsDict, env: MutableMapping[str, Any]) -> str:
        return formulas.render(made[index].content, display=made[index].meta["display"])


_parser = MarkdownIt("js-default", {"breaks": True}, renderer_cls=_Renderer)
_parser.disable(["linkify", "html_inline"])
_parser.inline.ruler.before("escape", "formula", _formula)
