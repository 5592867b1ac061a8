"""A request as code: for the shell, for Python with OpenAI's library, httpx or the connector, for JavaScript.

What is sent is what the record says was sent: method, path, headers, and a JSON body to the byte, except by OpenAI's
library, which orders parameters in its own way. A key is never in it, and neither is the address of a configuration,
which only administrators see (`docs/decisions/0010`): both are read from the environment.

    asked.py        a request, as code needs it
    shell.py        curl
    libraries.py    Python with OpenAI's library
    plain.py        Python with httpx
    connector.py    Python with the connector
    javascript.py   JavaScript with fetch
    literals.py     values as those languages write them
"""

from collections.abc import Callable

from playground.record.code import connector, javascript, libraries, plain, shell
from playground.record.code.asked import Asked, Part, of, why_not

type Writer = Callable[[Asked], str]

KINDS: dict[str, tuple[str, Writer]] = {  # name in addresses: what it is called, and how it is written
    "curl": ("curl", shell.curl),
    "openai": ("Python, openai", libraries.openai),
    "httpx": ("Python, httpx", plain.httpx),
    "connector": ("Python, connector", connector.connector),
    "fetch": ("JavaScript, fetch", javascript.fetch),
}

__all__ = ["KINDS", "Asked", "Part", "of", "why_not"]
