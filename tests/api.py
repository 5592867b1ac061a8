"""The official documents of the API, as judges: of what the client sends, and of what the sandbox answers.

They are not part of this repository; `API_DOCUMENTS` names their folder (by default `../shared/api`). Tests that need
them carry `@api.documents_needed`.

The documents' `oneOf` are unions that overlap, so they are read as `anyOf`.
"""

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jsonschema_rs
import pytest

from connector.client import multipart

FOLDER = Path(os.environ.get("API_DOCUMENTS") or Path(__file__).parents[2] / "shared" / "api")
FILES = {
    "openai": "openai.2026-11.json",
    "azure-2024-10-21": "azure-2024-10-21.min.json",
    "azure-2025-04-01-preview": "azure-2025-04-01-preview.min.json",
    "azure-v1": "azure-v1.min.json",
}
documents_needed = pytest.mark.skipif(
    not FOLDER.joinpath(FILES["openai"]).exists(),
    reason=f"the official documents are not in {FOLDER}; set API_DOCUMENTS to their folder",
)


def path_of(document: str, operation: str) -> str:
    """How the document writes the path of `operation`: Azure's dated ones put the deployment in front."""
    in_deployment = document.startswith("azure-20") and operation not in {"responses", "models"}
    return f"/deployments/{{deployment-id}}/{operation}" if in_deployment else f"/{operation}"


def request_errors(document: str, operation: str, body: Any) -> list[str]:
    """What is wrong with a request's JSON body, unknown parameters included; empty when nothing is."""
    pointer = f"{_post(document, operation)}/requestBody/content/application~1json/schema"
    return _errors(document, pointer, body, closed=True)


def form_errors(document: str, operation: str, form: multipart.Form) -> list[str]:
    """As `request_errors`, of a multipart body; numbers and booleans count as such, files as empty texts."""
    pointer = f"{_post(document, operation)}/requestBody/content/multipart~1form-data/schema"
    return _errors(document, pointer, read_form(form), closed=True)


def read_form(form: multipart.Form) -> dict[str, Any]:
    """A form's fields as the JSON they stand for."""
    found: dict[str, Any] = {}
    for part in multipart.decode(form.content, form.content_type):
        name = part.name.removesuffix("[]")
        value = "" if part.filename is not None else _json_of(part.content.decode())
        if inner := re.fullmatch(r"(\w+)\[(\w+)\]", name):
            found.setdefault(inner[1], {})[inner[2]] = value
        elif part.name.endswith("[]"):
            found.setdefault(name, []).append(value)
        else:
            found[name] = value
    return found


def _json_of(text: str) -> Any:
    return json.loads(text) if re.fullmatch(r"true|false|-?\d+(\.\d+)?", text) else text


def answer_errors(document: str, operation: str, body: Any, *, method: str = "post") -> list[str]:
    """What is wrong with the JSON of a good answer."""
    pointer = f"{_post(document, operation, method)}/responses/200/content/application~1json/schema"
    return _errors(document, pointer, body)


def chunk_errors(document: str, operation: str, body: Any) -> list[str]:
    """What is wrong with the JSON of one event of a stream."""
    kind = "application~1json" if document.startswith("azure-20") else "text~1event-stream"
    return _errors(document, f"{_post(document, operation)}/responses/200/content/{kind}/schema", body)


def error_errors(body: Any) -> list[str]:
    """What is wrong with the JSON of an error, as OpenAI writes it."""
    return _errors("openai", "/components/schemas/ErrorResponse", body)


def examples(operation: str) -> list[dict[str, Any]]:
    """The document's own examples of `POST /chat/completions` and the like: title, request_json, response (text)."""
    if not (file := FOLDER / "official-examples.json").exists():
        return []
    return [example for example in json.loads(file.read_text("utf-8")) if example["op"] == operation]


def wire_lines(kind: str, name: str) -> list[dict[str, Any]]:
    """The JSON bodies that the official client sends to `kind` (`OpenAI`, `AzureOpenAI` …) for `name`, from wire.md."""
    if not (file := FOLDER / "wire.md").exists():
        return []
    section = file.read_text("utf-8").split(f"### {kind}\n")[1].split("\n### ")[0]
    lines = [line for line in section.splitlines() if line.startswith(f"- {name}: ")]
    return [json.loads(line.split("`application/json` ")[1].split(" [conforms]")[0]) for line in lines]


def _post(document: str, operation: str, method: str = "post") -> str:
    return f"/paths/{path_of(document, operation).replace('/', '~1')}/{method}"


def _errors(document: str, pointer: str, body: Any, *, closed: bool = False) -> list[str]:
    found = list(_validator(document, pointer, closed).iter_errors(body))
    # A parameter of the wrong type is "unevaluated" too; that is noise beside what is really wrong.
    others = [error for error in found if error.kind.name != "unevaluatedProperties"] or found
    return [f"{'.'.join(map(str, error.instance_path))}: {error.message}" for error in others]


@cache
def _validator(document: str, pointer: str, closed: bool) -> jsonschema_rs.Validator:
    text = FOLDER.joinpath(FILES[document]).read_text("utf-8").replace('"oneOf":', '"anyOf":')
    registry = jsonschema_rs.Registry([("urn:doc:api", json.loads(text, object_hook=_repaired))])
    schema: dict[str, Any] = {"$ref": f"urn:doc:api#{quote(pointer, safe='/~')}"}
    return jsonschema_rs.validator_for(schema | ({"unevaluatedProperties": False} if closed else {}), registry=registry)


def _repaired(schema: dict[str, Any]) -> dict[str, Any]:
    """Azure's v1 document calls its list of modalities an object, which no value could be."""
    if schema.get("allOf") == [{"$ref": "#/components/schemas/ResponseModalities"}]:
        schema.pop("type", None)
    return schema
