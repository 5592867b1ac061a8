"""Vectors from code."""

from collections.abc import Sequence

from connector.activities import calling, twins
from connector.client.limits import Limits
from connector.models import Configuration
from connector.operations import embeddings


async def aembed(
    configuration: Configuration,
    inputs: str | Sequence[str],
    dimensions: int | None = None,
    model: str = "",
) -> list[list[float]]:
    """A vector for each text, in the order of the texts.

    `dimensions`: how many numbers each has, where the model can shorten them. Raises `errors.NoModel`,
    `errors.InvalidParameter`, and what the provider's side brings.
    """
    texts = [inputs] if isinstance(inputs, str) else list(inputs)
    request = embeddings.Request(model=model, input=texts, dimensions=dimensions)
    answer = await acall_embeddings(configuration, request)
    return [each.embedding for each in answer.data]


async def acall_embeddings(
    configuration: Configuration, request: embeddings.Request, limits: Limits | None = None
) -> embeddings.Response:
    """The whole answer to a whole request, fitted to its model. One without a model goes to the default model."""
    return await calling.answer(configuration, embeddings, request, limits)


embed = twins.sync(aembed)
call_embeddings = twins.sync(acall_embeddings)
