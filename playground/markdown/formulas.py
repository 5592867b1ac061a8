"""Formulas: TeX to MathML, which browsers set themselves. One that is broken is shown as it was written."""

import functools
import html
import re

from latex2mathml.converter import convert

MAX_LENGTH = 1500  # characters; the converter takes about 0.1 ms for ten of them
MAX_DEPTH = 20  # braces in braces; the converter calls itself for each
_WORD = re.compile(r"[^\W\d_]{2,}")
_TEX = re.compile(r"[\\^_={}<>+*/|]")


def is_formula(tex: str, after: str) -> bool:
    """Whether what stands between two single dollars is a formula; `after` is the character behind the second one.

    Pandoc's rule (no space inside the dollars, no digit behind them), and prices in a sentence are not a formula.
    """
    if not tex or tex[0].isspace() or tex[-1].isspace() or after.isdigit():
        return False
    is_sentence = tex[0].isdigit() and _WORD.search(tex) is not None
    return bool(_TEX.search(tex)) or (len(tex) <= 40 and not is_sentence)


@functools.lru_cache(512)
def render(tex: str, *, display: bool) -> str:
    """MathML, not sanitised yet; code when the formula is broken, too long or too deep."""
    tex = tex.strip()
    if len(tex) <= MAX_LENGTH and _depth(tex) <= MAX_DEPTH:
        try:
            made: str = convert(tex, display="block" if display else "inline")
        except (Exception, RecursionError):  # the converter raises whatever its parser stumbles over
            made = ""
        if made and "<mi>\\" not in made:  # a command that it does not know
            return made
    return f"<code>{html.escape(tex)}</code>"


def _depth(tex: str) -> int:
    """How deep braces stand in each other; beyond any limit when they do not match."""
    depth = deepest = 0
    for brace in re.findall(r"(?<!\\)[{}]", tex):
        depth += 1 if brace == "{" else -1
        deepest = max(deepest, depth)
        if depth < 0:
            return MAX_DEPTH + 1
    return deepest if depth == 0 else MAX_DEPTH + 1
