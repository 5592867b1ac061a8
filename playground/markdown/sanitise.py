"""The last step for everything a model wrote: only what is named here comes through.

Block elements are ours and hold no text of a model before it came through here, so only what stands inside a line,
formulas and coloured code are named. No `img`, `style`, `id`, no event, no form: nothing that loads, acts or could be
taken for a part of the page (OWASP: allow lists, never deny lists).
"""

import nh3

_FORMULA = {
    *("math", "mrow", "mi", "mn", "mo", "ms", "mtext", "mspace", "mfrac", "msqrt", "mroot", "msub", "msup", "msubsup"),
    *("munder", "mover", "munderover", "mtable", "mtr", "mtd", "mphantom", "mpadded", "mstyle", "menclose", "mfenced"),
}
_STRETCH = {"stretchy", "fence", "form", "separator", "lspace", "rspace", "minsize", "maxsize", "movablelimits"}

_inline = nh3.Cleaner(
    tags={"a", "strong", "em", "s", "code", "br", "span", *_FORMULA},
    attributes={
        "a": {"href", "title"},
        "span": {"class"},
        "math": {"display", "xmlns"},
        "mi": {"mathvariant"},
        "mo": _STRETCH,
        "mspace": {"width"},
        "mfrac": {"linethickness"},
        "mstyle": {"displaystyle", "scriptlevel", "mathvariant"},
        "mtd": {"columnalign"},
        "mtable": {"columnalign", "rowspacing", "columnspacing"},
        "menclose": {"notation"},
    },
    allowed_classes=None,
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener noreferrer nofollow",
    set_tag_attribute_values={"a": {"target": "_blank"}},
    clean_content_tags={"script", "style"},
)
_code = nh3.Cleaner(tags={"span"}, attributes={"span": {"class"}}, clean_content_tags=set(), link_rel=None)


def inline(html: str) -> str:
    """What stands inside a paragraph, a heading or a cell."""
    return _inline.clean(html)


def code(html: str) -> str:
    """Coloured code: text and spans."""
    return _code.clean(html)
