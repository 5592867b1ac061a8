"""`{{names}}` in a text, and what is put in their place: text for text, once, and nothing else.

What is put in is not looked at again, so that it may hold braces itself. Braces around anything that is no name stay.
"""

import re
from collections.abc import Mapping

MOST = 50  # in one prompt
SHOWN = 40  # characters of braces that are sent as they are

_VARIABLE = re.compile(r"\{\{[ \t]{0,9}([^\W\d]\w{0,63})[ \t]{0,9}\}\}")
_BRACES = re.compile(r"\{\{[^\n]{0,40}")


def names(*texts: str) -> list[str]:
    """The variables in `texts`, each once, in their order."""
    found = dict.fromkeys(match[1] for text in texts for match in _VARIABLE.finditer(text))
    return list(found)[: MOST + 1]


def filled(text: str, values: Mapping[str, str]) -> str:
    """`text` with values in the place of variables; one without a value stays."""
    return _VARIABLE.sub(lambda match: values.get(match[1]) or match[0], text)


def left(*texts: str) -> list[str]:
    """What begins like a variable and is none: it is sent as it stands."""
    found = [match[0] for text in texts for match in _BRACES.finditer(_VARIABLE.sub("", text))]
    return [f"{one[:SHOWN]}…" if len(one) > SHOWN else one for one in dict.fromkeys(found)][:3]
