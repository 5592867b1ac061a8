"""htmx swaps our frames: the page that grew is the page that was rendered at once."""

import random
from pathlib import Path

import pytest

from playground.frames.partials import GrowingText
from playground.markdown import render

VENDOR = Path(__file__).parents[3] / "static" / "vendor"
EVERYTHING = Path(__file__).parents[1] / "markdown" / "texts" / "everything.md"
TEXTS = [
    "Some **words**, `code` and\nmore.\n\nThe end",
    "- a\n- b\n  - c\n  - d\n\n    more of d\n- e\n\nafter",
    "1. a\n   ```py\n   x = 1\n\n   y = 2\n   ```\n2. b\n> c\n> - d\n",
    "| a | b |\n|---|--:|\n| 1 | 2 |\n| 3 | 4 |\n\n```\n" + "line of code\n" * 90 + "```\n| c |\n|---|\n| d |",
    "> - a\n>   > b\n>   > ```\n>   > c\n>\n> d",
    "```js\nconst a = `\n` /* b\n*/\n```",
    "# a\n***\n## b\n$$\nx\n$$\n- [ ] c\n- [x] d",
]
SWAP = """async (html) => {
  const place = document.getElementById("place");
  await htmx.swap({text: html, sourceElement: place, target: place, swap: "innerHTML swapEmpty:false"});
}"""
# without what only a growing text has: ids, and the element around its unfinished end
SETTLED = """() => {
  const copy = document.getElementById("place").cloneNode(true);
  const end = copy.querySelector("#answer-5-end");
  if (end) end.matches("li, tr") ? end.removeAttribute("class") : end.replaceWith(...end.childNodes);
  copy.querySelectorAll("[id]").forEach((element) => element.removeAttribute("id"));
  copy.normalize();
  return copy.innerHTML;
}"""
PARSED = "(html) => { const place = document.createElement('div'); place.innerHTML = html; return place.innerHTML; }"


@pytest.fixture
def swapping(chromium):
    page = chromium.new_page()
    page.set_content('<div id="place"></div>')
    page.add_script_tag(path=VENDOR / "htmx-4.0.1.min.js")
    yield page
    page.close()


@pytest.mark.browser
@pytest.mark.parametrize("text", [*TEXTS, EVERYTHING.read_text(encoding="utf-8")])
def test_page_that_grew_is_the_page_at_once(swapping, text):
    text += "\n\nlast"  # a paragraph is the same finished or not
    for seed, most in ((1, 7), (2, 60)):
        chance, done = random.Random(seed), 0  # noqa: S311  # sizes of pieces
        swapping.evaluate("() => document.getElementById('place').replaceChildren()")
        growing = GrowingText("place", "answer-5")
        while done < len(text):
            done = min(len(text), done + chance.randint(1, most))
            if html := growing.grow(text[:done]):
                swapping.evaluate(SWAP, html)
        assert swapping.evaluate(SETTLED) == swapping.evaluate(PARSED, render(text))


@pytest.mark.browser
def test_late_reader_goes_on_where_it_came_in(swapping):
    text = EVERYTHING.read_text(encoding="utf-8")
    for join in range(100, len(text), 190):
        growing = GrowingText("place", "answer-5")
        growing.grow(text[: join - 50])
        growing.grow(text[:join])
        swapping.evaluate("() => document.getElementById('place').replaceChildren()")
        swapping.evaluate(SWAP, growing.whole())
        swapping.evaluate(SWAP, growing.grow(text[: join + 60]) or "<!-- nothing -->")
        swapping.evaluate(SWAP, growing.grow(text + "\n\nlast") or "<!-- nothing -->")
        assert swapping.evaluate(SETTLED) == swapping.evaluate(PARSED, render(text + "\n\nlast")), join
