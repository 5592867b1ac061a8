"""CSV that a spreadsheet opens: a text that looks like a formula stays a text.

Excel, LibreOffice and Google Sheets take a cell for a formula by its first character, whatever the file says
(OWASP, CSV injection); an apostrophe before it makes a text of it.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")  # what one begins with
BEGINS = "\N{ZERO WIDTH NO-BREAK SPACE}"  # says UTF-8 to Excel


def cell(value: Any) -> Any:  # Any: numbers stay what they are
    """`value` as a cell; a text never becomes a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULAS) else value


def lines(rows: Iterable[Iterable[Any]]) -> Iterator[bytes]:
    """The file, a row at a time."""
    yield BEGINS.encode()
    sink = io.StringIO()
    writer = csv.writer(sink)
    for row in rows:
        writer.writerow([cell(value) for value in row])
        yield sink.getvalue().encode()
        sink.seek(0)
        sink.truncate()
