"""Pictures as they come back. Every field may be missing; the same types build the sandbox's answers."""

import base64
import binascii
from typing import Any

from connector.client import errors, wire

PIECE = 1 << 18  # characters, divisible by 4; decoding holds all threads up, of a large picture for 10 ms


class Answer(wire.Struct, frozen=True, omit_defaults=False):
    """A part of an answer."""


class TokensDetails(Answer, frozen=True):
    image_tokens: int = 0
    text_tokens: int = 0


class Usage(Answer, frozen=True):
    """Tokens; input + output = total. The retired models are paid by the picture and have none."""

    input_tokens: int = 0
    output_tokens: int = 0
    total_tokens: int = 0
    input_tokens_details: TokensDetails | None = None
    output_tokens_details: TokensDetails | None = None


class Image(Answer, frozen=True):
    """One picture: its bytes in base64, or an address that expires."""

    b64_json: str | None = None
    url: str | None = None
    revised_prompt: str | None = None  # of dall-e-3
    content_filter_results: Any = None  # Azure
    prompt_filter_results: Any = None  # Azure

    @property
    def content(self) -> bytes | None:
        """The file, when it came along; raises `errors.BadAnswer` when that is no base64."""
        return decoded(self.b64_json) if self.b64_json else None


class Response(Answer, frozen=True):
    created: int = 0  # Unix seconds
    data: list[Image] = []  # noqa: RUF012  # a Struct makes a new one each time
    background: str | None = None
    output_format: str | None = None
    quality: str | None = None
    size: str | None = None
    safety_identifier: str | None = None
    usage: Usage | None = None
    svg_usage: dict[str, Any] | None = None
    error: Any = None  # of a server that reports errors with status 200
    request_id: str | None = None  # the provider's own number for the exchange, from the headers


class Event(Answer, frozen=True):
    """One picture of a stream: on the way there (`is_partial`), or finished."""

    type: str = ""  # image_generation.partial_image | image_generation.completed | image_edit.…
    b64_json: str | None = None
    url: str | None = None
    revised_prompt: str | None = None
    partial_image_index: int | None = None  # from 0
    created_at: int = 0  # Unix seconds
    background: str | None = None
    output_format: str | None = None
    quality: str | None = None
    size: str | None = None
    safety_identifier: str | None = None
    usage: Usage | None = None
    error: Any = None

    @property
    def is_partial(self) -> bool:
        return self.type.endswith(".partial_image")

    @property
    def is_completed(self) -> bool:
        return self.type.endswith(".completed")

    @property
    def content(self) -> bytes | None:
        """As of `Image`."""
        return decoded(self.b64_json) if self.b64_json else None


def decoded(text: str) -> bytes:
    """Base64, with the `data:…;base64,` in front that some servers write; raises `errors.BadAnswer`."""
    if text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        if "=" in text[:-2]:
            raise binascii.Error("data after its end")
        pieces = (text[start : start + PIECE] for start in range(0, len(text), PIECE))
        return b"".join(base64.b64decode(piece, validate=True) for piece in pieces)
    except (binascii.Error, ValueError) as error:
        raise errors.BadAnswer(reason="a picture is not in base64") from error


def written(answer: Answer) -> dict[str, Any]:
    """`answer` as the API writes it, for who plays the provider."""
    plain: dict[str, Any] = _without_nulls(wire.to_dict(answer))
    return plain


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value
