"""Python with OpenAI's library."""

import json

from connector.client.masking import HIDDEN
from playground.record.code import plain
from playground.record.code.asked import Asked
from playground.record.code.literals import call, is_the_same_in_python, named, python, variable

VERBS = {
    "chat_completions": "chat.completions.create",
    "responses": "responses.create",
    "completions": "completions.create",
    "embeddings": "embeddings.create",
    "moderations": "moderations.create",
    "speech": "audio.speech.create",
    "transcriptions": "audio.transcriptions.create",
    "translations": "audio.translations.create",
    "image_generations": "images.generate",
    "image_edits": "images.edit",
    "image_variations": "images.create_variation",
}
# What the operation's own request has and the library does not, beside what only servers of one's own know.
UNKNOWN = {"chat_completions": {"suffix"}, "image_generations": {"messages"}}
STREAMED = {
    "chat_completions": (
        "for chunk in answer:\n    for choice in chunk.choices:\n"
        '        print(choice.delta.content or "", end="", flush=True)\n'
    ),
    "completions": (
        'for chunk in answer:\n    for choice in chunk.choices:\n        print(choice.text, end="", flush=True)\n'
    ),
    "responses": (
        'for event in answer:\n    if event.type == "response.output_text.delta":\n'
        '        print(event.delta, end="", flush=True)\n'
    ),
}
TAKEN = {
    "chat_completions": "print(answer.choices[0].message.content)\n",
    "completions": "print(answer.choices[0].text)\n",
    "responses": "print(answer.output_text)\n",
    "embeddings": "for vector in answer.data:\n    print(vector.index, vector.embedding[:4])\n",
    "moderations": "print(answer.results[0].flagged)\n",
}
COMPLETED = {"image_generations": "image_generation.completed", "image_edits": "image_edit.completed"}


def openai(asked: Asked) -> str:
    if asked.method in ("HEAD", "OPTIONS"):
        return f"# OpenAI's library sends no {asked.method} requests; httpx does.\n{plain.httpx(asked)}"
    client = "OpenAI()  # reads OPENAI_API_KEY and OPENAI_BASE_URL"
    if asked.is_azure:
        version = asked.endpoint.get("api_version", "")
        client = f"AzureOpenAI(api_version={version!r})  # reads AZURE_OPENAI_API_KEY and AZURE_OPENAI_ENDPOINT"
    written = _listing(asked) or (_typed(asked) if _is_typed(asked) else _generic(asked))
    imports = [name for name in ("base64", "os") if f"{name}." in written]
    head = "".join(f"import {name}\n" for name in imports) + ("\n" if imports else "")
    head += "import httpx\n" if "httpx." in written else ""
    notes = "".join(f"# {note}.\n" for note in asked.notes)
    return f"{notes}{head}from openai import {client.partition('(')[0]}\n\nclient = {client}\n{written}"


def _listing(asked: Asked) -> str:
    """Of models: all, or one."""
    if asked.operation != "models":
        return ""
    if asked.segments[-1] == "models":
        return "for model in client.models.list():\n    print(model.id)\n"
    return f"print(client.models.retrieve({asked.segments[-1]!r}))\n"


def _is_typed(asked: Asked) -> bool:
    """Whether the library has a call that sends the same: it asks for vectors in base64 unless told otherwise."""
    if asked.operation == "embeddings" and "encoding_format" not in asked.body:
        return False
    return asked.operation in VERBS and bool(asked.body)


def _typed(asked: Asked) -> str:
    known, others = asked.parted(UNKNOWN.get(asked.operation, ()))
    arguments = [*_opened(asked), *named(known)]
    if asked.is_azure and "model" not in known and "deployments" in asked.segments:
        arguments.insert(0, f"model={asked.segments[asked.segments.index('deployments') + 1]!r}")
    if others:
        arguments.append(f"extra_body={python(others, 4)}")
    if headers := _headers(asked):
        arguments.append(f"extra_headers={headers}")
    return f"answer = {call(f'client.{VERBS[asked.operation]}', arguments)}\n{_taken(asked)}"


def _generic(asked: Asked) -> str:
    """Any other request; the library adds key and base."""
    arguments = [repr(asked.path), "cast_to=httpx.Response"]
    headers = _headers(asked)
    if asked.parts is not None:
        arguments += [f"body={python(asked.body, 4)}", f"files={_files(asked)}"]
        headers = _headers(asked, "multipart/form-data")
    elif asked.text is not None and asked.is_json and is_the_same_in_python(asked.text):
        arguments.append(f"body={python(json.loads(asked.text), 4)}")
    elif asked.text is not None:
        arguments.append(f"content={asked.text!r}.encode()")
        headers = _headers(asked, asked.headers.get("content-type", ""))
    if headers:
        arguments.append(f"options={{'headers': {headers}}}")
    return f"answer = {call(f'client.{asked.method.lower()}', arguments)}\nprint(answer.text)\n"


def _headers(asked: Asked, content_type: str = "") -> str:
    """What was added by hand, and a type that the library would not say by itself; empty when there is neither."""
    lines = [f"'content-type': {content_type!r}"] if content_type else []
    lines += [
        f"{name!r}: " + (f'os.environ["{variable(name)}"]' if HIDDEN in value else repr(value))
        for name, value in asked.headers.items()
        if name != "content-type"
    ]
    return f"{{{', '.join(lines)}}}" if lines else ""


def _files(asked: Asked) -> str:
    listed = [f"({part.name!r}, open({part.filename!r}, 'rb'))" for part in asked.files]
    return f"[{', '.join(listed)}]"


def _opened(asked: Asked) -> list[str]:
    """The files as arguments."""
    names: dict[str, list[str]] = {}
    for part in asked.files:
        names.setdefault(part.name.removesuffix("[]"), []).append(f'open({part.filename!r}, "rb")')
    return [
        f"{name}={files[0]}" if len(files) == 1 else f"{name}=[{', '.join(files)}]" for name, files in names.items()
    ]


def _taken(asked: Asked) -> str:
    """What is done with the answer."""
    if asked.operation.startswith("image_"):
        return _drawn(asked)
    if asked.is_stream and asked.operation != "speech":
        return STREAMED.get(asked.operation, "for event in answer:\n    print(event)\n")
    if asked.operation == "speech":
        return f'answer.write_to_file("speech{asked.suffix}")\n'
    return TAKEN.get(asked.operation, "print(answer)\n")


def _drawn(asked: Asked) -> str:
    """Each picture in a file."""
    name = f"picture-{{number}}{asked.suffix}"
    write = f'    with open(f"{name}", "wb") as file:\n        file.write(base64.b64decode(picture.b64_json))\n'
    if not asked.is_stream:
        return f"for number, picture in enumerate(answer.data):\n{write}"
    done = COMPLETED[asked.operation]
    return (
        f'pictures = (event for event in answer if event.type == "{done}")\n'
        f"for number, picture in enumerate(pictures):\n{write}"
    )
