"""`moderations`: texts or pictures in, what is objectionable about them out. It costs nothing.

answer = await moderations.create(client, moderations.Request(input="I want to kill them."))
answer.results[0].flagged
"""

from typing import TYPE_CHECKING, Any

from connector.catalogue import Fitted
from connector.client import wire
from connector.client.limits import Limits
from connector.client.operation import Operation
from connector.operations import asking, sending
from connector.operations.sending import OnWait

if TYPE_CHECKING:
    from connector.client.endpoint import Endpoint
    from connector.client.transport import Client

OPERATION = Operation(name="moderations", path="moderations", in_deployment=False, costly=False)
SOURCE = "OpenAI API reference, moderations/create"


class Request(asking.Request, frozen=True, kw_only=True):
    """Every parameter. Without a model the provider takes its latest."""

    input: str | list[str] | list[dict[str, Any]] = ""

    def fields(self) -> dict[str, Any]:
        """The input comes first, as the API's reference has it."""
        return {"input": self.input} | super().fields()


class Answer(wire.Struct, frozen=True, omit_defaults=False):
    """A part of an answer."""


class Result(Answer, frozen=True):
    """About one input. Categories are named as the API names them (`hate/threatening`); servers may have others."""

    flagged: bool = False
    categories: dict[str, bool | None] = {}  # noqa: RUF012  # a Struct makes a new one each time
    category_scores: dict[str, float | None] = {}  # noqa: RUF012  # 0 to 1
    category_applied_input_types: dict[str, list[str] | None] = {}  # noqa: RUF012  # text, image

    @property
    def found(self) -> list[str]:
        """The categories that were flagged."""
        return [name for name, flagged in self.categories.items() if flagged]


class Response(Answer, frozen=True):
    id: str = ""
    model: str = ""
    results: list[Result] = []  # noqa: RUF012  # as above


def fit(
    request: Request,
    endpoint: "Endpoint | str",
    family: str = "",
    overrides: dict[str, Any] | None = None,
) -> Fitted:
    """`request` as `endpoint` takes it; raises `errors.InvalidParameter`."""
    body = request.body()
    sending.required(body, "input", source=SOURCE)
    return sending.fit(OPERATION, body, request.model, endpoint, family, overrides)


async def create(
    client: "Client", request: Request | Fitted, *, limits: Limits | None = None, on_wait: OnWait | None = None
) -> Response:
    """What was found; raises `errors.BadAnswer` when it is no answer, and what `client.send` raises."""
    model, body = asking.to_send(request)
    came = await client.send(OPERATION, model=model, body=wire.encode(body), limits=limits, on_wait=on_wait)
    response = wire.read(came.content, Response)
    if not response.results:
        raise sending.not_an_answer(came.content, "results")
    return response
