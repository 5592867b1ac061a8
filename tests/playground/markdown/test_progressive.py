"""A text that streams in: the same HTML as rendered at once, for linear work, without flicker."""

import re
import time
import unittest
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from playground.markdown import Progressive, render

EVERYTHING = (Path(__file__).parent / "texts" / "everything.md").read_text(encoding="utf-8")

NICE = [
    EVERYTHING,
    "Just a sentence.",
    "42",
    "# A\n\nb **c** `d`\n\n- e\n- f\n",
    "1. a\n   ```py\n   def f():\n       return 1\n   ```\n2. b\n\n   more\n",
    "| a | b |\n|---|--:|\n| 1 | 2 |\n| 3 | 4 |\n\nafter",
    "> a\n> > b\n\nc",
    "```\nnever closed\n  by anything",
    "a $x^2$ b\n\n$$\n\\frac{1}{2}\n$$\n\n\\[ y \\]\n",
    "- [ ] a\n- [x] b\n  - [x] c\n",
]
NASTY = [
    "",
    "\n\n\n",
    "```",
    "``",
    "`",
    "**",
    "a **b\n\nc** d",
    "- a\n\n  ```\n  x\n\n- b",
    "~~~~\n~~~\n~~~~",
    "a\n===\nb\n---\n***\n- - -",
    "|a|\n|-|\n\n|",
    "    code\n\n    more\n  \ntext",
    "\r\na\r\n\r\n- b\r\n",
    "<b>x</b><script>y</script>&amp;&#0;\\*\\$",
    "\0\ud800 \u202e x",
    "$$\nnot\n\na formula",
    "![x](https://evil.example/?q=1) [y](javascript:alert(1))",
    "1) a\n2. b\n10. c",
    "[[[[**__*_``$\\(\\[",
    "```py\n'''\n```\n'''",
]
CORPUS = NICE + NASTY
FRAGMENTS = st.lists(st.sampled_from([*CORPUS, "\n", "\n\n", "- ", "> ", "```\n", "| ", "**", "$", "\\["]), max_size=6)


def streamed(text: str, sizes: list[int]) -> Progressive:
    """`text` fed in pieces of these sizes, over and over."""
    progressive, done, turn = Progressive(), 0, 0
    while done < len(text):
        done += sizes[turn % len(sizes)]
        turn += 1
        progressive.feed(text[:done])
    progressive.finish()
    return progressive


class ProgressiveTests(unittest.TestCase):
    @settings(max_examples=150, deadline=None)
    @given(FRAGMENTS.map("".join), st.lists(st.integers(1, 60), min_size=1, max_size=8))
    @example(EVERYTHING, [1])
    def test_in_the_end_it_is_what_render_makes_of_the_whole(self, text, sizes):
        self.assertEqual(streamed(text, sizes).so_far(), render(text))

    def test_each_text_of_the_corpus_byte_by_byte(self):
        for text in CORPUS:
            self.assertEqual(streamed(text, [1]).so_far(), render(text))

    def test_pieces_come_once_and_make_up_the_whole(self):
        text = "# A\n\nb\n\n- c\n- d\n\n| e |\n|---|\n| f |\n\n> g\n\nh"
        progressive, html = Progressive(), ""
        for end in range(len(text) + 1):
            html += "".join(piece.html for piece in progressive.feed(text[:end]).pieces)
        html += "".join(piece.html for piece in progressive.finish().pieces)
        self.assertEqual(html, render(text))

    def test_open_code_is_shown_and_replaced_by_the_whole(self):
        progressive = Progressive("a")
        growth = progressive.feed("x\n\n```py\nx = 1\ny = ")
        self.assertIn('<code id="a-b1">', growth.pieces[-1].html)
        self.assertEqual(growth.tail.into, 1)
        self.assertEqual(re.sub("<[^>]+>", "", growth.tail.html), "x = 1\ny = ")
        growth = progressive.feed("x\n\n```py\nx = 1\ny = 2\n```\n")
        self.assertTrue(growth.pieces[-1].replaces)
        self.assertIn("</figure>", growth.pieces[-1].html)
        self.assertNotIn("id=", progressive.so_far())

    def test_containers_have_ids_for_what_comes_into_them(self):
        progressive = Progressive("answer-5")
        pieces = progressive.feed("- a\n- b\n").pieces
        self.assertEqual(pieces[0].html, '<ul id="answer-5-b1">')
        self.assertIn('id="answer-5-b2"', pieces[1].html)


class TailTests(unittest.TestCase):
    """What is unfinished looks finished, so that nothing flickers."""

    def tail(self, text: str) -> str:
        return str(Progressive().feed(text).tail.html)

    def test_open_marks_are_closed_for_the_moment(self):
        for text, html in {
            "a **b": "a <strong>b</strong>",
            "a **b ": "a <strong>b</strong>",
            "a **": "a ",
            "a *b c": "a <em>b c</em>",
            "a `b": "a <code>b</code>",
            "a `": "a ",
            "a ~~b": "a <s>b</s>",
            "a **b *c": "a <strong>b <em>c</em></strong>",
            "a [b](https://exa": "a b",
            "a ![b](https://exa": "a ",
            "a \\(x": "a ",
            "a $5": "a $5",
            "snake_case": "snake_case",
            "2 * 3": "2 * 3",
        }.items():
            self.assertEqual(
                self.tail(text).strip().replace(" </p>", "</p>"), f"<p>{html}</p>".replace(" </p>", "</p>")
            )

    def test_a_mark_that_may_become_anything_is_not_shown(self):
        for text in ("-", "1", "1.", "#", "##", "`", "```", "```pyth", ">", "|", "***", "$$"):
            self.assertEqual(self.tail(text), "", text)

    def test_a_table_is_one_from_its_first_row(self):
        for text in ("| a", "| a | b |", "| a | b |\n|", "| a | b |\n|---|", "| a | b |\n|---|--"):
            self.assertIn("<th>a</th>", self.tail(text), text)

    def test_the_row_that_is_coming_is_in_the_table(self):
        tail = Progressive().feed("| a | b |\n|---|---|\n| **c").tail
        self.assertEqual((tail.tag, tail.html), ("tr", "<td><strong>c</strong></td><td></td>"))

    def test_the_item_that_is_coming_is_in_the_list(self):
        tail = Progressive().feed("- a\n- b").tail
        self.assertEqual((tail.into, tail.tag, tail.html), (1, "li", "<p>b</p>"))

    def test_text_after_a_list_is_not_in_it(self):
        tail = Progressive().feed("- a\n\nb").tail
        self.assertEqual((tail.into, tail.tag, tail.html), (0, "div", "<p>b</p>"))

    def test_closing_fence_is_not_shown_as_code(self):
        for fence in ("`", "``", "```"):
            self.assertEqual(self.tail(f"```\nx\n{fence}").strip(), "x")

    @settings(max_examples=60, deadline=None)
    @given(st.sampled_from(NICE), st.data())
    def test_words_that_were_shown_stay(self, text, data):
        """From one character to the next, no word but the last one disappears."""
        end = data.draw(st.integers(0, len(text)))
        before, after = (_words(text[:at]) for at in (end, end + 1))
        kept = len([word for word, same in zip(before, after, strict=False) if word == same])
        self.assertGreaterEqual(kept + 1, min(len(before), len(after)))

    @settings(max_examples=100, deadline=None)
    @given(FRAGMENTS.map("".join), st.lists(st.integers(1, 40), min_size=1, max_size=5))
    def test_the_tail_does_not_depend_on_the_way_to_it(self, text, sizes):
        progressive, done = Progressive(), 0
        for size in sizes * 20:
            done = min(len(text), done + size)
            tail = progressive.feed(text[:done]).tail
        if "`" not in text:  # colours of open code follow its lines with some delay
            direct = Progressive().feed(text[:done]).tail
            self.assertEqual((tail.depth, tail.tag, tail.html), (direct.depth, direct.tag, direct.html))


class WorkTests(unittest.TestCase):
    """Twice the text takes about twice as long, whatever is being streamed."""

    def test_work_is_linear(self):
        for name, begin, line in (
            ("paragraphs", "", "Some **words** about `something` that go on.\n\n"),
            ("one paragraph", "", "Some **words** about `something` that go on. "),
            ("an open mark", "**", "some words that go on and on "),
            ("prices", "", "It costs $5 or more, a_b [1] and so on. "),
            ("code", "```python\n", "    return something(1, 'x')  # why\n"),
            ("code in an item", "1. a\n   ```js\n", "   const a = `x ${1}`;\n"),
            ("one line of code", "```\n", "x = 1; "),
            ("a list", "", "- an item with **words**\n"),
            ("one item", "- ", "words that go on\n  "),
            ("a deep list", "- a\n  - b\n", "    - an item\n"),
            ("a table", "|a|b|\n|-|-|\n", "| some | cell |\n"),
            ("a quote", "", "> some words\n"),
            ("indented code", "", "    x = 1\n"),
            ("a formula", "$$\n", "x + y\n"),
        ):
            few, many = (self.seconds(begin + line * (size // len(line))) for size in (4000, 16_000))
            self.assertLess(many, max(0.4, 8 * few), f"{name}: {few:.3f} s, then {many:.3f} s")

    def seconds(self, text: str) -> float:
        begun = time.process_time()
        streamed(text, [20])
        return time.process_time() - begun


def _words(text: str) -> list[str]:
    progressive = Progressive()
    tail = progressive.feed(text).tail
    html = re.sub("</?span[^>]*>", "", progressive.so_far() + tail.html)
    return re.sub("<[^>]+>", " ", html).split()
