"""JavaScript with fetch: Node 18 or later, as a module."""

import json

from connector.client.masking import HIDDEN
from playground.record.code.asked import Asked, Part
from playground.record.code.literals import is_the_same_in_javascript, javascript, variable


def fetch(asked: Asked) -> str:
    notes = "".join(f"// {note}.\n" for note in asked.notes)
    opened = ""
    if asked.operation == "speech" and not asked.is_stream:
        opened = 'import { writeFile } from "node:fs/promises";\n\n'
    elif asked.files:
        opened = 'import { readFile } from "node:fs/promises";\n\n'
    form = _form(asked) if asked.parts is not None else ""
    base = javascript(asked.base) if asked.base else "process.env.OPENAI_BASE_URL"
    options = [f"method: {javascript(asked.method)}", f"headers: {_headers(asked)}", *_body(asked)]
    inner = "".join(f"  {option},\n" for option in options)
    sent = f"const response = await fetch({base} + {javascript(asked.path)}, {{\n{inner}}});\n"
    return f"{notes}{opened}{form}{sent}{_taken(asked)}"


def _headers(asked: Asked) -> str:
    if asked.has_own_key_header:
        lines = ['"api-key": process.env.AZURE_OPENAI_API_KEY']
    else:
        lines = ["Authorization: `Bearer ${process.env.OPENAI_API_KEY}`"]
    for name, value in asked.headers.items():
        written = f"process.env.{variable(name)}" if HIDDEN in value else javascript(value)
        lines.append(f"{javascript(name)}: {written}")
    return "{\n" + "".join(f"    {line},\n" for line in lines) + "  }"


def _body(asked: Asked) -> list[str]:
    if asked.parts is not None:
        return ["body: form"]
    if asked.text is None:
        return []
    if asked.is_json and is_the_same_in_javascript(asked.text):
        laid_out = javascript(json.loads(asked.text)).replace("\n", "\n  ")
        return [f"body: JSON.stringify({laid_out})"]
    return [f"body: {javascript(asked.text)}"]


def _form(asked: Asked) -> str:
    return "const form = new FormData();\n" + "".join(_part(part) for part in asked.parts or ())


def _part(part: Part) -> str:
    name = javascript(part.name)
    if part.filename is None:
        return f"form.append({name}, {javascript(part.value)});\n"
    file = javascript(part.filename)
    kind = f", {{ type: {javascript(part.media_type)} }}" if part.media_type else ""
    return f"form.append({name}, new Blob([await readFile({file})]{kind}), {file});\n"


def _taken(asked: Asked) -> str:
    """What is done with the answer."""
    if asked.is_stream:
        return "for await (const piece of response.body) {\n  process.stdout.write(piece);\n}\n"
    if asked.operation == "speech":
        return f'await writeFile("speech{asked.suffix}", Buffer.from(await response.arrayBuffer()));\n'
    return "console.log(await response.text());\n"
