"""`responses`: a text or a list of items in, items out; whole, or as a stream of typed events.

fitted = responses.fit(responses.Request(model="…", input="Why is the sky blue?"), client.endpoint)
answer = await responses.create(client, fitted)

async with responses.stream(client, fitted) as events:
    async for event in events: ...      # event.type, event.delta, and at the end event.response

An answer is stored at the provider only when `store=True` asks for it; to go on from one with `previous_response_id`,
it has to be.
"""

from connector.operations.responses.answer import Event, Response, Usage
from connector.operations.responses.calls import OPERATION, create, fit, stream
from connector.operations.responses.request import Request
from connector.operations.responses.streaming import ResponseEvents

__all__ = ["OPERATION", "Event", "Request", "Response", "ResponseEvents", "Usage", "create", "fit", "stream"]
