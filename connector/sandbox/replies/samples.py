"""Pieces of Markdown that show what a page can render, each called by a word in the question."""

import random
import re
from collections.abc import Callable

from connector.sandbox.replies import prose
from connector.sandbox.replies.models import ANSWERING, MISBEHAVING

TABLE = """\
## A table

| Lighthouse | Height | Range | Lit by night |
|:-----------|-------:|------:|:------------:|
| North Point | 41 m | 22 nm | yes |
| Gull Rock | 18 m | 9 nm | yes |
| Old Harbour | 27 m | 12 nm | no |
"""

PYTHON = '''\
```python
from dataclasses import dataclass


@dataclass(frozen=True)
class Flash:
    """One flash of a lighthouse; times in seconds."""

    length: float
    pause: float = 4.5


def per_minute(flash: Flash) -> int:
    return int(60 // (flash.length + flash.pause))


print(per_minute(Flash(0.5)))  # 12
```
'''

JAVASCRIPT = """\
```js
const perMinute = ({ length, pause = 4.5 }) => Math.floor(60 / (length + pause));

for await (const flash of lighthouse.flashes()) {
  console.log(`${flash.at}: ${perMinute(flash)} a minute`);
}
```
"""

SQL = """\
```sql
SELECT name, count(*) AS flashes
FROM lighthouse JOIN flash ON flash.lighthouse_id = lighthouse.id
WHERE seen_at >= date('now', '-1 day')
GROUP BY name
ORDER BY flashes DESC;
```
"""

FORMULA = r"""## Formulas

How far away the horizon is, seen from the height $h$ on a sphere of radius $R$, is $d \approx \sqrt{2Rh}$. In full:

$$
d = \sqrt{(R + h)^2 - R^2} = \sqrt{2Rh + h^2}
$$

And a sum that everyone knows:

$$
\sum_{k=1}^{n} k = \frac{n(n+1)}{2}
$$
"""

LIST = """\
## Lists

1. First look around,
2. then choose:
   - a list inside a list,
   - with **bold**, *italic*, ~~struck~~ and `code`;
3. and go on.

- [x] a task that is done
- [ ] a task that is not
"""

HEADINGS = """\
# A heading of the first level

Text below it.

## Of the second

More text.

### Of the third

#### Of the fourth

And the last text.
"""

QUOTE = """\
> A quotation, with *emphasis*,
> over two lines.
>
> > And one inside it.

---
"""

LINK = """\
A [link with a title](https://example.com/ "An example"), an address by itself: <https://example.com/>, and a picture
from elsewhere, which a careful page does not load: ![a lighthouse](https://example.com/lighthouse.png)
"""

JSON = """\
```json
{
  "name": "North Point",
  "height": 41,
  "lit": true,
  "keepers": ["Ada", "Grace"],
  "closed": null
}
```
"""

ESCAPES = """\
Raw HTML stays text: <b>bold</b> <script>alert("no")</script> <img src=x onerror=alert(1)>, and so do
\\*escaped stars\\*, &amp;, a\u00a0hard space, العربية, 日本語, and 👩‍🚀.
"""

_LANGUAGES = {r"python|py": PYTHON, r"javascript|js": JAVASCRIPT, r"sql": SQL}


def code(text: str, chance: random.Random) -> str:
    """The languages that were named; all when none was."""
    named = [sample for word, sample in _LANGUAGES.items() if _has(word, text)]
    return "## Code\n\n" + "\n".join(named or _LANGUAGES.values())


def models(text: str, chance: random.Random) -> str:
    rows = "".join(f"| `{name}` | {description} |\n" for name, description in (ANSWERING | MISBEHAVING).items())
    return f"## The models of the sandbox\n\n| Model | What it does |\n|---|---|\n{rows}"


def _fixed(sample: str) -> Callable[[str, random.Random], str]:
    return lambda text, chance: sample


WORDS: dict[str, tuple[str, Callable[[str, random.Random], str]]] = {
    # the word to tell people: what to look for, and what it shows
    "table": (r"tables?", _fixed(TABLE)),
    "code": (r"code|python|py|javascript|js|sql", code),
    "formula": (r"formulas?|formulae|math|maths|equations?|latex", _fixed(FORMULA)),
    "list": (r"lists?", _fixed(LIST)),
    "headings": (r"headings?|headlines?", _fixed(HEADINGS)),
    "quote": (r"quotes?|quotations?", _fixed(QUOTE)),
    "link": (r"links?|pictures?|images?", _fixed(LINK)),
    "json": (r"json", _fixed("## JSON\n\n" + JSON)),
    "html": (r"html|escapes?|unicode", _fixed(ESCAPES)),
    "models": (r"models?|errors?|help", models),
    "long": (r"long|essay|story", lambda text, chance: prose.write(chance)),
}
EVERYTHING = r"everything|markdown|kitchen sink"


def asked_for(text: str, chance: random.Random) -> list[str]:
    """The samples for the words in `text`, in the order of `WORDS`."""
    everything = _has(EVERYTHING, text)
    return [
        make(text, chance)
        for name, (words, make) in WORDS.items()
        if _has(words, text) or (everything and name != "long")
    ]


def _has(words: str, text: str) -> bool:
    return re.search(rf"\b(?:{words})\b", text, re.IGNORECASE) is not None
