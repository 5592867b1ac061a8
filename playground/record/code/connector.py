"""Python in a project that has the connector: the key is the configuration's."""

import json
from typing import Any, get_args

from connector.client import errors, wire
from connector.client.masking import HIDDEN
from playground.record.code.asked import MODULES, Asked, Part
from playground.record.code.literals import call, named, python, variable

READ = 'def read(name):\n    with open(name, "rb") as file:\n        return File(name, file.read())\n'
TAKEN = {
    "chat_completions": "print(answer.choices[0].message.content)\n",
    "completions": "print(answer.choices[0].text)\n",
    "responses": "print(answer.output_text)\n",
    "embeddings": "for vector in answer.data:\n    print(vector.index, vector.embedding[:4])\n",
    "moderations": "print(answer.results[0].flagged)\n",
    "transcriptions": "print(answer.text)\n",
    "translations": "print(answer.text)\n",
}


def connector(asked: Asked) -> str:
    """An activity waits for the whole answer, so what was streamed is asked for as a whole."""
    if asked.operation == "models":
        return _listing(asked)
    if asked.operation not in MODULES or not asked.body:
        return _raw(asked)
    known, others = asked.parted()
    for name in ("stream", "stream_options"):
        known.pop(name, None)
        others.pop(name, None)
    if asked.parts is not None and asked.typed is None:
        known = {name: _typed(asked.operation, name, value) for name, value in known.items()}
    arguments = [*_opened(asked), *named(known)]
    if others:
        arguments.append(f"extra_body={python(others, 4)}")
    operation = asked.operation
    return (
        f"{_head(asked, f'from connector.operations import {operation}\n')}"
        f"request = {call(f'{operation}.Request', arguments)}\n"
        f"answer = activities.call_{operation}(configuration, request)\n{_taken(asked)}"
    )


def _head(asked: Asked, imports: str = "") -> str:
    notes = "".join(f"# {note}.\n" for note in asked.notes)
    file = "from connector.client.multipart import File\n" if asked.files else ""
    system = "import os\n\n" if any(HIDDEN in value for value in asked.headers.values()) else ""
    read = f"\n\n{READ}\n\n" if asked.files else "\n"
    return (
        f"{notes}{system}from connector import activities\n{file}from connector.models import Configuration\n{imports}"
        f"{read}configuration = Configuration.objects.get(display_name={asked.configuration!r})\n"
    )


def _listing(asked: Asked) -> str:
    if asked.segments[-1] == "models":
        return f"{_head(asked)}for model in activities.list_models(configuration):\n    print(model.id)\n"
    return f"{_head(asked)}print(activities.get_model(configuration, {asked.segments[-1]!r}))\n"


def _raw(asked: Asked) -> str:
    """Any request, as it stands."""
    arguments = ["configuration", repr(asked.path), f"method={asked.method!r}"]
    if asked.parts is not None:
        arguments.append(f"form={python(asked.body, 4)}")
        if asked.files:
            files = ", ".join(f"{part.name!r}: read({part.filename!r})" for part in asked.files)
            arguments.append(f"files={{{files}}}")
    elif asked.text is not None:
        arguments.append(f"data={_data(asked)}")
    if headers := _headers(asked):
        arguments.append(f"headers={headers}")
    arguments.append('response_type="text"')
    return f"{_head(asked)}answer = {call('activities.call_raw', arguments)}\nprint(answer.text)\n"


def _data(asked: Asked) -> str:
    """The body; laid out where the connector writes it to the byte as it stands here."""
    text = asked.text or ""
    try:
        is_same = asked.is_json and wire.encode(wire.parse(text)).decode() == text
    except errors.BadAnswer:
        is_same = False
    value = json.loads(text) if is_same else text
    return python(value, 4) if isinstance(value, dict | list) else repr(text)


def _headers(asked: Asked) -> str:
    lines = [
        f"{name!r}: " + (f'os.environ["{variable(name)}"]' if HIDDEN in value else repr(value))
        for name, value in asked.headers.items()
        if name != "content-type" or not asked.is_json
    ]
    return f"{{{', '.join(lines)}}}" if lines else ""


def _opened(asked: Asked) -> list[str]:
    names: dict[str, list[Part]] = {}
    for part in asked.files:
        names.setdefault(part.name.removesuffix("[]"), []).append(part)
    opened = []
    for name, parts in names.items():
        reads = [f"read({part.filename!r})" for part in parts]
        is_list = len(reads) > 1 or parts[0].name.endswith("[]")
        opened.append(f"{name}=[{', '.join(reads)}]" if is_list else f"{name}={reads[0]}")
    return opened


def _typed(operation: str, name: str, value: Any) -> Any:
    """A value of a form, all of which are texts, as the request has it."""
    annotation = MODULES[operation].Request.__annotations__.get(name, "")
    kinds = {kind.strip() for kind in str(annotation).split("|")} if isinstance(annotation, str) else set()
    kinds |= {getattr(kind, "__name__", "") for kind in (get_args(annotation) or (annotation,))}
    if isinstance(value, str) and "str" not in kinds and kinds & {"int", "float", "bool"}:
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _taken(asked: Asked) -> str:
    if asked.operation.startswith("image_"):
        return (
            "for number, picture in enumerate(answer.data):\n"
            f'    with open(f"picture-{{number}}{asked.suffix}", "wb") as file:\n        file.write(picture.content)\n'
        )
    if asked.operation == "speech":
        return f'with open("speech{asked.suffix}", "wb") as file:\n    file.write(bytes(answer))\n'
    return TAKEN.get(asked.operation, "print(answer)\n")
