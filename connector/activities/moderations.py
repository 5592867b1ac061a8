"""What is objectionable about a text, from code."""

from connector.activities import calling, twins
from connector.client.limits import Limits
from connector.models import Configuration
from connector.operations import moderations


async def amoderate(configuration: Configuration, text: str, model: str = "") -> moderations.Result:
    """What the provider finds in `text`: `flagged`, and its categories with their scores. It costs nothing.

    Raises `errors.InvalidParameter` for an empty text, and what the provider's side brings.
    """
    answer = await acall_moderations(configuration, moderations.Request(input=text, model=model))
    return answer.results[0]


async def acall_moderations(
    configuration: Configuration, request: moderations.Request, limits: Limits | None = None
) -> moderations.Response:
    """The whole answer to a whole request: several texts, or parts with pictures."""
    return await calling.answer(configuration, moderations, request, limits)


moderate = twins.sync(amoderate)
call_moderations = twins.sync(acall_moderations)
