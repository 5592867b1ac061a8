"""Our line-by-line reader against markdown-it's block parser, which reads whole documents."""

import re
import time
import unittest

from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from playground.markdown import blocks

LIBRARY = MarkdownIt("js-default").disable("reference")
CONTAINERS = {
    "blockquote_open": "quote",
    "bullet_list_open": "ul",
    "list_item_open": "li",
    "blockquote_close": "/",
    "ordered_list_close": "/",
    "bullet_list_close": "/",
    "list_item_close": "/",
    "table_close": "/",
}
PIECES = [
    "- ",
    "* ",
    "1. ",
    "2) ",
    "10. ",
    "> ",
    "# ",
    "## ",
    "```",
    "~~~",
    "```py",
    "---",
    "***",
    "===",
    "+",
    "-",
    "#",
]
PIECES += ["\n| a | b |", "\n|---|---|", "\na | b", "\n--- | :-:", "text", "word", "x", " ", "  ", "    ", "`", "\\|"]
PIECES += ["\n", "\n", "\n", "\n\n"]

# where the two differ on purpose, or the library from CommonMark: a table head behind a list marker, an item that
# begins with two blank lines, a lazy line behind a deeper list
DIFFERENT = re.compile(r"(?:[-+*>#]|\d[.)]|```|~~~)[^\n]*\|[^\n]*\n|(?:[-+*]|\d[.)]) *\n[ >]*\n|\n {4,}(?:[-+*>#]|\d)")

type Outline = list[object]


def read(text: str) -> list[blocks.Event]:
    reader = blocks.Reader()
    events = [event for line in text.removesuffix("\n").split("\n") for event in reader.line(line)]
    return events + reader.end()


def ours(text: str) -> Outline:
    return [_of_event(event) for event in read(text)]


def _of_event(event: blocks.Event) -> object:
    match event:
        case blocks.Open(container=blocks.Quote()):
            return "quote"
        case blocks.Open(container=blocks.List(ordered=True, start=start)):
            return "ol", start
        case blocks.Open(container=blocks.List()):
            return "ul"
        case blocks.Open(container=blocks.Item()):
            return "li"
        case blocks.Open(container=blocks.Table(header=header)):
            return "table", *header
        case blocks.Close():
            return "/"
        case blocks.Paragraph(text=text):
            return "p", text
        case blocks.Heading(level=level, text=text):
            return f"h{level}", text
        case blocks.Code(text=text):
            return "code", text.strip("\n")
        case blocks.Row(cells=cells):
            return "row", *cells
    return "hr"


def theirs(text: str) -> Outline:
    tokens, made, row = LIBRARY.parse(text), [], []
    for before, token in zip([Token("", "", 0), *tokens], tokens, strict=False):
        if token.type in CONTAINERS:
            made.append(CONTAINERS[token.type])
        elif token.type == "ordered_list_open":
            made.append(("ol", token.attrs.get("start", 1)))
        elif token.type == "inline" and before.type in ("th_open", "td_open"):
            row.append(token.content)
        elif token.type == "inline":
            kind = "p" if before.type == "paragraph_open" else before.tag
            made.append((kind, "\n".join(line.lstrip(" ") for line in token.content.split("\n"))))
        elif token.type == "tr_open":
            row = ["table" if before.type == "thead_open" else "row"]
        elif token.type == "tr_close":
            made.append(tuple(row))
        elif token.type in ("fence", "code_block"):
            made.append(("code", token.content.strip("\n")))
        elif token.type == "hr":
            made.append("hr")
    return made


class ReaderTests(unittest.TestCase):
    @settings(max_examples=400, deadline=None)
    @given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
    def test_blocks_are_those_of_the_library(self, text):
        text += "\n"
        expected = theirs(text)
        is_deep = 2 * expected.count("li") + expected.count("quote") >= blocks.MAX_DEPTH
        if not is_deep and not DIFFERENT.search(text):
            self.assertEqual(ours(text), expected)

    def test_list_goes_on_after_a_blank_line(self):
        self.assertEqual(ours("- a\n\n- b\n"), ["ul", "li", ("p", "a"), "/", "li", ("p", "b"), "/", "/"])

    def test_code_inside_an_item_stays_inside(self):
        self.assertEqual(
            ours("1. a\n   ```py\n   x\n     y\n   ```\n2. b"),
            [("ol", 1), "li", ("p", "a"), ("code", "x\n  y"), "/", "li", ("p", "b"), "/", "/"],
        )

    def test_tabs_in_code_stay(self):
        self.assertEqual(ours("```make\nall:\n\techo\n```"), [("code", "all:\n\techo")])

    def test_tab_after_a_marker_is_indentation(self):
        self.assertEqual(ours("-\ta\n\n\tb"), ["ul", "li", ("p", "a"), ("p", "b"), "/", "/"])

    def test_formula_of_its_own(self):
        for text in ("$$\nx^2\n$$", "\\[\nx^2\n\\]", "$$x^2$$", "text\n$$\nx^2\n$$"):
            formulas = [event for event in read(text) if isinstance(event, blocks.Formula)]
            self.assertEqual([each.tex.strip() for each in formulas], ["x^2"], text)

    def test_formula_that_never_ends_is_a_paragraph(self):
        self.assertEqual(ours("$$\nx^2\n\nmore"), [("p", "$$\nx^2"), ("p", "more")])

    def test_reference_definitions_are_text(self):
        self.assertEqual(ours("[1]: https://example.org"), [("p", "[1]: https://example.org")])

    def test_containers_in_each_other_have_an_end(self):
        self.assertLessEqual(ours("> " * 200 + "x").count("quote"), blocks.MAX_DEPTH)

    def test_wide_table_is_text(self):
        row = "|a" * 1000 + "|"
        self.assertEqual([kind for kind, *_ in ours(f"{row}\n{'|-' * 1000}|")], ["p"])


class TimeTests(unittest.TestCase):
    """Ten times the text takes about ten times as long, whatever it is made of."""

    def test_reading_is_linear(self):
        for piece in (
            "- ",
            "> ",
            "#",
            "# ",
            "`",
            "|",
            "| ",
            "-",
            "- -",
            "* ",
            "1. ",
            "$$",
            " ",
            "\t",
            "=",
            ":-",
            "\\|",
        ):
            for end in ("", "x"):
                few, many = (_seconds(piece * count + end) for count in (10_000, 100_000))
                self.assertLess(many, max(0.2, 40 * few), piece + end)

    def test_many_lines_are_linear(self):
        for line in ("-", "> x", "- x", "  - x", "| a |", "$$", "```", "x", "1. x", "    x"):
            few, many = (_seconds("\n".join([line] * count)) for count in (1000, 10_000))
            self.assertLess(many, max(0.3, 40 * few), line)


def _seconds(text: str) -> float:
    """Of the processor; the best of three, because a busy machine makes every one of them longer."""
    return min(_once(text) for _ in range(3))


def _once(text: str) -> float:
    begun = time.process_time()
    read(text)
    return time.process_time() - begun
