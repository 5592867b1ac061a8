"""`embeddings`: texts in, vectors out. Numbers and base64 are decoded alike, to lists of floats.

answer = await embeddings.create(client, embeddings.Request(model=name, input=["one", "two"]))
answer.data[0].embedding
"""

import base64
import binascii
import math
import sys
from array import array
from typing import TYPE_CHECKING, Any

from connector.catalogue import Fitted
from connector.client import errors, wire
from connector.client.limits import MB, Limits
from connector.client.operation import Operation
from connector.operations import asking, sending
from connector.operations.sending import OnWait

if TYPE_CHECKING:
    from connector.client.endpoint import Endpoint
    from connector.client.transport import Client

# 2048 texts of 3072 numbers have some 80 MB as JSON.
OPERATION = Operation(name="embeddings", path="embeddings", limits=Limits(answer_bytes=150 * MB))
SOURCE = "OpenAI API reference, embeddings/create"

type Vector = list[float]


class Request(asking.Request, frozen=True, kw_only=True):
    """Every parameter; one left at None is not sent. `extra_body` holds what only some servers know."""

    input: str | list[str] | list[int] | list[list[int]] = ""  # texts, or tokens
    dimensions: int | None = None  # of text-embedding-3 and later
    encoding_format: str | None = None  # float | base64
    user: str | None = None


class Answer(wire.Struct, frozen=True, omit_defaults=False):
    """A part of an answer."""


class Usage(Answer, frozen=True):
    prompt_tokens: int = 0
    total_tokens: int = 0


class Embedding(Answer, frozen=True):
    """The vector of the text at `index`."""

    object: str = "embedding"
    index: int = 0
    embedding: Vector = []  # noqa: RUF012  # a Struct makes a new one each time


class Response(Answer, frozen=True):
    """The vectors, in the order of the texts."""

    object: str = "list"
    data: list[Embedding] = []  # noqa: RUF012  # as above
    model: str = ""
    usage: Usage | None = None


def fit(
    request: Request,
    endpoint: "Endpoint | str",
    family: str = "",
    overrides: dict[str, Any] | None = None,
) -> Fitted:
    """`request` as its model takes it at `endpoint` (or at an API of that kind), with a notice for each change.

    Raises `errors.InvalidParameter`, among others for `dimensions` where a model cannot shorten its vectors.
    """
    body = request.body()
    sending.required(body, "input", source=SOURCE)
    return sending.fit(OPERATION, body, request.model, endpoint, family, overrides)


async def create(
    client: "Client", request: Request | Fitted, *, limits: Limits | None = None, on_wait: OnWait | None = None
) -> Response:
    """All vectors. A plain `Request` is sent as it stands, a `Fitted` one as it was fitted.

    Raises `errors.BadAnswer` when a text has no vector, and what `client.send` raises.
    """
    model, body = asking.to_send(request)
    came = await client.send(OPERATION, model=model, body=wire.encode(body), limits=limits, on_wait=on_wait)
    response = read(came.content)
    if len(response.data) != (wanted := count(body.get("input"))):
        raise errors.BadAnswer(reason=f"{len(response.data)} vectors for {wanted} texts")
    return response


def read(content: bytes) -> Response:
    """An answer, however its vectors are written; raises `errors.BadAnswer`."""
    raw = wire.read(content, _Raw)
    if not raw.data:
        raise sending.not_an_answer(content, "vectors")
    vectors = [Embedding(index=each.index, embedding=_vector(each.embedding)) for each in raw.data]
    if len({each.index for each in vectors}) == len(vectors):  # else a server that does not count
        vectors.sort(key=lambda each: each.index)
    return Response(data=vectors, model=raw.model, usage=raw.usage)


def unpacked(text: str) -> Vector:
    """Base64 of float32, little-endian (what the API means by `base64`); raises `errors.BadAnswer`."""
    try:
        numbers = array("f", base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError) as error:
        raise errors.BadAnswer(reason="a vector is not base64 of 32-bit numbers") from error
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tolist()


def packed(vector: Vector) -> str:
    """The other way, for who plays the provider."""
    numbers = array("f", vector)
    if sys.byteorder == "big":
        numbers.byteswap()
    return base64.b64encode(numbers.tobytes()).decode()


class _RawEmbedding(Answer, frozen=True):
    index: int = 0
    embedding: list[float] | str = ""


class _Raw(Answer, frozen=True):
    data: list[_RawEmbedding] = []  # noqa: RUF012  # as above
    model: str = ""
    usage: Usage | None = None


def _vector(written: Vector | str) -> Vector:
    vector = unpacked(written) if isinstance(written, str) else written
    if not vector or not all(map(math.isfinite, vector)):
        raise errors.BadAnswer(reason="a vector is empty or has something in it that is no number")
    return vector


def count(given: Any) -> int:
    """How many vectors come for this input: one for a text or a list of tokens, else one for each."""
    if isinstance(given, str) or (given and isinstance(given[0], int)):
        return 1
    return len(given)
