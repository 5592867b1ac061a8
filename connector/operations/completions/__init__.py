"""`completions`: a text in, its continuation out; whole, or piece by piece. The endpoint from before chat.

fitted = completions.fit(completions.Request(model="my-base-model", prompt="Once upon a time"), client.endpoint)
answer = await completions.create(client, fitted)
"""

from connector.operations.completions.answer import Choice, Logprobs, Response
from connector.operations.completions.calls import OPERATION, Chunks, create, fit, stream
from connector.operations.completions.request import Request

__all__ = ["OPERATION", "Choice", "Chunks", "Logprobs", "Request", "Response", "create", "fit", "stream"]
