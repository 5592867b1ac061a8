"""The examples of a document: found, and run as a notebook would. Alone in a file, so that any project can have it."""

import ast
import inspect
import re
from collections.abc import Iterator
from typing import Any

from asgiref.sync import async_to_sync

# A fence says `python`, and what else it is where it stands in a file of its own: `settings`, `models` …
FENCE = re.compile(r"^```python(?: (\w+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def examples(text: str, kind: str | None = None) -> Iterator[tuple[int, str]]:
    """(line, code) of the examples of a kind; without one, of those that stand in no file."""
    for found in FENCE.finditer(text):
        if found[1] == kind:
            yield text.count("\n", 0, found.start(2)) + 1, found[2]


def section(text: str, heading: str) -> str:
    """What stands under `## heading`."""
    return text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def run(code: str, line: int, names: dict[str, Any], file: str = "example") -> None:
    """`await` is allowed at the top, `names` are kept; tracebacks say the line of the document."""
    tree = compile("\n" * (line - 1) + code, file, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    if not tree.co_flags & inspect.CO_COROUTINE:
        exec(tree, names)  # noqa: S102  # our own text
        return

    async def awaited() -> None:
        await eval(tree, names)  # noqa: S307  # as above

    async_to_sync(awaited)()
