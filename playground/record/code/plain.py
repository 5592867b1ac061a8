"""Python with httpx."""

import json

from connector.client.masking import HIDDEN
from playground.record.code.asked import Asked, Part
from playground.record.code.literals import call, is_the_same_in_python, python, variable


def httpx(asked: Asked) -> str:
    base = repr(asked.base) if asked.base else 'os.environ["OPENAI_BASE_URL"]'
    arguments = [repr(asked.method), f"{base} + {asked.path!r}", f"headers={_headers(asked)}", *_body(asked)]
    arguments.append("timeout=600")
    notes = "".join(f"# {note}.\n" for note in asked.notes)
    head = f"{notes}import os\n\nimport httpx\n\n"
    if asked.is_stream:
        opened = call("httpx.stream", arguments)
        return (
            f"{head}with {opened} as answer:\n"
            "    answer.raise_for_status()\n"
            "    for line in answer.iter_lines():\n"
            "        print(line)\n"
        )
    return f"{head}answer = {call('httpx.request', arguments)}\nanswer.raise_for_status()\n{_taken(asked)}"


def _headers(asked: Asked) -> str:
    if asked.has_own_key_header:
        lines = ['"api-key": os.environ["AZURE_OPENAI_API_KEY"]']
    else:
        lines = ['"Authorization": "Bearer " + os.environ["OPENAI_API_KEY"]']
    for name, value in asked.headers.items():
        if name == "content-type" and _is_value(asked) and value == "application/json":
            continue  # httpx says it by itself
        written = f'os.environ["{variable(name)}"]' if HIDDEN in value else repr(value)
        lines.append(f"{name!r}: {written}")
    return "{\n" + "".join(f"        {line},\n" for line in lines) + "    }"


def _is_value(asked: Asked) -> bool:
    return asked.is_json and is_the_same_in_python(asked.text or "")


def _body(asked: Asked) -> list[str]:
    if asked.parts is not None:
        values: dict[str, str | list[str]] = {}
        for part in asked.parts:
            if part.filename is None:
                there = values.get(part.name)
                values[part.name] = part.value if there is None else [*_listed(there), part.value]
        files = [_file(part) for part in asked.files] or [
            f"({part.name!r}, (None, {part.value!r}))"
            for part in asked.parts  # without files, it is a form all the same
        ]
        data = [f"data={python(values, 4)}"] if values and asked.files else []
        return [*data, "files=[\n" + "".join(f"        {file},\n" for file in files) + "    ]"]
    if asked.text is None:
        return []
    if _is_value(asked):
        return [f"json={python(json.loads(asked.text), 4)}"]
    return [f"content={asked.text!r}.encode()"]


def _listed(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]


def _file(part: Part) -> str:
    kind = f", {part.media_type!r}" if part.media_type else ""
    return f'({part.name!r}, ({part.filename!r}, open({part.filename!r}, "rb"){kind}))'


def _taken(asked: Asked) -> str:
    """What is done with the answer."""
    if asked.operation == "speech":
        return f'with open("speech{asked.suffix}", "wb") as file:\n    file.write(answer.content)\n'
    return "print(answer.text)\n"
