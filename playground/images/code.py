"""A picture's request as code: for the shell, for Python with OpenAI's library, for Python with the connector.

The body is what was sent. A key is never in it, and neither is the address of a configuration, which only
administrators see (`docs/decisions/0010`): both are read from the environment.
"""

import json
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User

from connector.client import errors, media
from connector.client.endpoint import DEFAULTS, Endpoint, Kind
from connector.models import GeneratedImage, StoredFile, drawing

VERBS = {"image_generations": "generate", "image_edits": "edit", "image_variations": "create_variation"}
COMPLETED = {"image_generations": "image_generation.completed", "image_edits": "image_edit.completed"}
BASE = "$OPENAI_BASE_URL"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, as code needs it."""

    operation: str
    body: dict[str, Any]  # as sent, without files
    images: list[str]  # the names of the files that went along
    mask: str
    endpoint: Endpoint | None  # None: its configuration is gone, or its address is wrong
    configuration: str
    suffix: str  # of the file that came

    @property
    def is_stream(self) -> bool:
        return bool(self.body.get("stream"))

    @property
    def files(self) -> list[tuple[str, str]]:
        """Field and name of each, as the form is sent."""
        field = "image" if len(self.images) == 1 else "image[]"
        return [(field, name) for name in self.images] + ([("mask", self.mask)] if self.mask else [])

    @property
    def is_azure(self) -> bool:
        """With deployments in the path."""
        return self.endpoint is not None and self.endpoint.style == "azure_classic"

    def parted(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The body's parameters that the libraries know by name, and the others."""
        names = set(drawing.MODULES[self.operation].Request.__struct_fields__) | {"stream"}
        known = {name: value for name, value in self.body.items() if name in names}
        return known, {name: value for name, value in self.body.items() if name not in names}


def of(image: GeneratedImage, user: User) -> Asked:
    """What was asked to get `image`, for `user`. Files that are gone, or somebody else's, are named by their id."""
    images, masks = _names(image, "image", user), _names(image, "mask", user)
    return Asked(
        operation=image.operation,
        body=drawing.body_of(image),
        images=images,
        mask=next(iter(masks), ""),
        endpoint=_endpoint(image),
        configuration=str(image.configuration or ""),
        suffix=media.suffix(image.media_type) or ".png",
    )


def curl(asked: Asked) -> str:
    """For a POSIX shell, with jq."""
    words = ["curl", "--fail-with-body", *(["--no-buffer"] if asked.is_stream else []), _quoted(_address(asked))]
    lines = [" ".join(words), f"-H {_header(asked)}"]
    if asked.operation == "image_generations":
        body = json.dumps(asked.body, indent=2, ensure_ascii=False)
        lines += ["-H 'Content-Type: application/json'", f"-d {shlex.quote(body)}"]
    else:
        lines += [f"-F {shlex.quote(f'{field}=@"{name}"')}" for field, name in asked.files]
        lines += [f"--form-string {shlex.quote(f'{name}={value}')}" for name, value in _flat(asked.body)]
    call = " \\\n  ".join(lines)
    return f"{call} \\\n{_unpacked(asked)}\n"


def openai(asked: Asked) -> str:
    """For OpenAI's Python library."""
    client = "OpenAI()  # reads OPENAI_API_KEY and OPENAI_BASE_URL"
    if asked.is_azure and asked.endpoint:
        version = asked.endpoint.api_version
        client = f"AzureOpenAI(api_version={version!r})  # reads AZURE_OPENAI_API_KEY and AZURE_OPENAI_ENDPOINT"
    known, others = asked.parted()
    arguments = [*_opened(asked), *(f"{name}={value!r}" for name, value in known.items())]
    if others:
        arguments.append(f"extra_body={others!r}")
    call = _call(f"client.images.{VERBS[asked.operation]}", arguments)
    head = f"import base64\n\nfrom openai import {client.partition('(')[0]}\n\nclient = {client}\n"
    name = f"picture-{{number}}{asked.suffix}"
    write = f'    with open(f"{name}", "wb") as file:\n        file.write(base64.b64decode(%s.b64_json))\n'
    if asked.is_stream:
        done = COMPLETED[asked.operation]
        return (
            f"{head}events = {call}\n"
            f'pictures = (event for event in events if event.type == "{done}")\n'
            f"for number, picture in enumerate(pictures):\n{write % 'picture'}"
        )
    return f"{head}answer = {call}\nfor number, picture in enumerate(answer.data):\n{write % 'picture'}"


def connector(asked: Asked) -> str:
    """For Python in a project that has the connector: its key is the configuration's."""
    module, activity = asked.operation, f"call_{asked.operation}"
    known, others = asked.parted()
    known.pop("stream", None)  # an activity waits for the whole answer
    arguments = [f"{name}={value!r}" for name, value in known.items()]
    imports, files = "", ""
    if asked.images:
        imports = "from connector.client.multipart import File\n"
        files = '\n\ndef read(name):\n    with open(name, "rb") as file:\n        return File(name, file.read())\n\n'
        arguments[:0] = [_listed("image", [f"read({name!r})" for name in asked.images])]
        arguments += [f"mask=read({asked.mask!r})"] if asked.mask else []
    if others:
        arguments.append(f"extra_body={others!r}")
    return (
        "from connector import activities\n"
        f"{imports}from connector.models import Configuration\nfrom connector.operations import {module}\n{files}\n"
        f"configuration = Configuration.objects.get(display_name={asked.configuration!r})\n"
        f"request = {_call(f'{module}.Request', arguments)}\n"
        f"answer = activities.{activity}(configuration, request)\n"
        "for number, picture in enumerate(answer.data):\n"
        f'    with open(f"picture-{{number}}{asked.suffix}", "wb") as file:\n        file.write(picture.content)\n'
    )


KINDS: dict[str, tuple[str, Callable[[Asked], str]]] = {  # name in addresses: what it is called, and how it is written
    "curl": ("curl", curl),
    "openai": ("Python, openai", openai),
    "connector": ("Python, connector", connector),
}


def _endpoint(image: GeneratedImage) -> Endpoint | None:
    try:
        return image.configuration.parsed_endpoint() if image.configuration else None
    except errors.InvalidParameter:
        return None


def _names(image: GeneratedImage, param: str, user: User) -> list[str]:
    """What the files that went along as `param` are called, in their order."""
    inputs = [entry for entry in (image.run.inputs if image.run else []) if entry["param"] == param]
    ids = [entry["id"] for entry in inputs]
    uploads = dict(StoredFile.objects.for_user(user).filter(public_id__in=ids).values_list("public_id", "name"))
    types = dict(GeneratedImage.objects.filter(public_id__in=ids).values_list("public_id", "media_type"))
    names = {str(public_id): name for public_id, name in uploads.items()}
    names |= {str(public_id): f"{public_id}{media.suffix(media_type)}" for public_id, media_type in types.items()}
    return [names.get(entry_id, f"{entry_id}.png") for entry_id in ids]


def _address(asked: Asked) -> str:
    path = drawing.MODULES[asked.operation].OPERATION.path
    if asked.endpoint is None:
        return f"{BASE}/{path}"
    address = asked.endpoint.url(drawing.MODULES[asked.operation].OPERATION, str(asked.body.get("model", "")))
    is_known = asked.endpoint.kind is Kind.OPENAI and asked.endpoint.base == DEFAULTS["openai"]
    return address if is_known else f"{BASE}{address.removeprefix(asked.endpoint.base)}"


def _quoted(address: str) -> str:
    """In double quotes, so that the shell puts the base in. What follows it is percent-encoded."""
    return f'"{address}"'


def _header(asked: Asked) -> str:
    if asked.endpoint and asked.endpoint.auth == "api-key":
        return '"api-key: $AZURE_OPENAI_API_KEY"'
    return '"Authorization: Bearer $OPENAI_API_KEY"'


def _unpacked(asked: Asked) -> str:
    """What makes a file of curl's answer."""
    decode = f"base64 --decode > picture{asked.suffix}"
    if asked.is_stream:
        done = f'select(.type == "{COMPLETED[asked.operation]}").b64_json'
        return f"  | sed -n 's/^data: {{/{{/p' | jq -r {shlex.quote(done)} | head -n 1 | {decode}"
    return f"  | jq -r '.data[0].b64_json' | {decode}"


def _flat(body: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Values of a form, as the official client writes them."""
    for name, value in body.items():
        match value:
            case bool():
                yield name, str(value).lower()
            case dict():
                yield from _flat({f"{name}[{key}]": part for key, part in value.items()})
            case list():
                for part in value:
                    yield from _flat({f"{name}[]": part})
            case _:
                yield name, str(value)


def _opened(asked: Asked) -> Iterator[str]:
    """The files as arguments of OpenAI's library."""
    if asked.images:
        yield _listed("image", [f'open({name!r}, "rb")' for name in asked.images])
    if asked.mask:
        yield f'mask=open({asked.mask!r}, "rb")'


def _listed(name: str, values: list[str]) -> str:
    return f"{name}={values[0]}" if len(values) == 1 else f"{name}=[{', '.join(values)}]"


def _call(function: str, arguments: list[str]) -> str:
    return f"{function}(\n" + "".join(f"    {argument},\n" for argument in arguments) + ")"
