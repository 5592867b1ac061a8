"""A request, as code needs it: from the record of a call, or put together anew."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from connector.client import media
from connector.client.masking import HIDDEN
from connector.models import Call, CallContent
from connector.operations import (
    chat_completions,
    completions,
    embeddings,
    image_edits,
    image_generations,
    image_variations,
    moderations,
    responses,
    speech,
    transcriptions,
    translations,
)

MODULES: dict[str, Any] = {  # they are alike, but their requests differ
    module.OPERATION.name: module
    for module in (
        chat_completions,
        responses,
        completions,
        embeddings,
        moderations,
        speech,
        transcriptions,
        translations,
        image_generations,
        image_edits,
        image_variations,
    )
}

USUAL = {  # headers that each client sets in its own way, and what ours sends
    "accept": ("*/*", "text/event-stream, application/json"),
    "accept-encoding": ("identity",),
    "user-agent": ("Promptyard",),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a form: a value, or a file that is to be read under its name."""

    name: str
    value: str = ""
    filename: str | None = None
    media_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    operation: str  # connector.operations' name of it
    method: str = "POST"
    path: str  # below the base, with its query
    headers: Mapping[str, str] = field(default_factory=dict)  # without what every client has of its own
    text: str | None = None  # the body, when it is none of a form
    parts: Sequence[Part] | None = None  # of a form
    typed: Mapping[str, Any] | None = None  # its values as they were before they became texts, where they are known
    endpoint: Mapping[str, str] = field(default_factory=dict)  # kind, style, auth, api_version; base if it is public
    configuration: str = ""
    is_stream: bool = False
    suffix: str = ""  # of the file that came
    notes: Sequence[str] = ()  # what is not as it was

    @property
    def body(self) -> dict[str, Any]:
        """The parameters; a form's without its files, with lists and objects put together again."""
        if self.typed is not None:
            return dict(self.typed)
        if self.parts is not None:
            return gathered(self.parts)
        try:
            body = json.loads(self.text or "")
        except (ValueError, RecursionError):
            return {}
        return body if isinstance(body, dict) else {}

    @property
    def files(self) -> list[Part]:
        return [part for part in self.parts or () if part.filename is not None]

    @property
    def is_json(self) -> bool:
        return self.headers.get("content-type", "").startswith("application/json")

    @property
    def base(self) -> str:
        """The address that everybody knows; empty where it is read from the environment."""
        return self.endpoint.get("base", "")

    @property
    def has_own_key_header(self) -> bool:
        """Azure's, instead of a bearer token."""
        return self.endpoint.get("auth") == "api-key"

    @property
    def is_azure(self) -> bool:
        """With deployments in the path."""
        return self.endpoint.get("style") == "azure_classic"

    @property
    def segments(self) -> list[str]:
        """Of its path, without percent signs."""
        return [unquote(segment) for segment in urlsplit(self.path).path.strip("/").split("/")]

    def parted(self, unknown: Collection[str] = ()) -> tuple[dict[str, Any], dict[str, Any]]:
        """The body's parameters that the operation's request has by name, and the others; `unknown` are of these."""
        names = {*MODULES[self.operation].Request.__struct_fields__, "stream"} - {*unknown, "extra_body"}
        body = self.body
        known = {name: value for name, value in body.items() if name in names}
        return known, {name: value for name, value in body.items() if name not in names}


def of(call: Call, content: CallContent) -> Asked:
    """What was asked in `call`. Ask `why_not` first."""
    request, answer = content.request, content.answer
    form = request.get("form")
    return Asked(
        operation=call.operation,
        method=call.method,
        path=call.path,
        headers=_own(request.get("headers") or {}, is_form=form is not None),
        text=request.get("text"),
        parts=None if form is None else [_part(part) for part in form],
        endpoint=request.get("endpoint") or {},
        configuration=call.configuration_name,
        is_stream=call.is_stream,
        suffix=_suffix(call.operation, answer),
        notes=_notes(request),
    )


def why_not(content: CallContent | None) -> str:
    """Why there is no code for a request; empty when there is."""
    if content is None:
        return "What was sent is not kept."
    if content.request.get("cut"):
        return "The request was too long to be kept whole."
    if content.request.get("sha256"):
        return "The request was no text, and of such only the SHA-256 is kept."
    return ""


def gathered(parts: Sequence[Part]) -> dict[str, Any]:
    """The values of a form by their names: `name[]` is one of a list, `name[key]` one of an object."""
    found: dict[str, Any] = {}
    for part in parts:
        if part.filename is not None:
            continue
        name, bracket, key = part.name.partition("[")
        key = key.removesuffix("]")
        if not bracket:
            found[name] = part.value
        elif not key:
            found[name] = [*_as(found.get(name), list), part.value]
        else:
            found[name] = _as(found.get(name), dict) | {key: part.value}
    return found


def _as[T: (list[Any], dict[str, Any])](value: Any, kind: type[T]) -> T:
    return value if isinstance(value, kind) else kind()


def _own(headers: Mapping[str, str], *, is_form: bool) -> dict[str, str]:
    return {
        name: value
        for name, value in headers.items()
        if value not in USUAL.get(name, ()) and not (is_form and name == "content-type")
    }


def _part(kept: Mapping[str, Any]) -> Part:
    return Part(
        name=kept["name"],
        value=kept.get("value", ""),
        filename=kept.get("filename"),
        media_type=kept.get("media_type", ""),
    )


def _suffix(operation: str, answer: Mapping[str, Any]) -> str:
    """Of the file that an answer is or holds."""
    if operation.startswith("image_"):
        kind = str(answer.get("text") or "").partition("…[")[2].partition(",")[0]
        return media.suffix(kind) or ".png"
    if operation == "speech":
        return media.suffix(answer.get("media_type") or "") or ".mp3"
    return ""


def _notes(request: Mapping[str, Any]) -> list[str]:
    told = []
    if request.get("masked"):
        told.append(f"What looked like a key stands here as {HIDDEN}")
    if files := request.get("files"):
        told.append(f"{files} file{'s' if files > 1 else ''} in base64 stood where type, size and SHA-256 stand here")
    return told
