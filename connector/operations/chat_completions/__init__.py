"""`chat/completions`: a conversation in, the next message out; whole, or piece by piece.

fitted = chat_completions.fit(request, client.endpoint)
answer = await chat_completions.create(client, fitted)

async with chat_completions.stream(client, fitted) as chunks:
    async for chunk in chunks: ...
"""

from connector.operations.chat_completions.answer import (
    Choice,
    ChoiceMessage,
    Chunk,
    ChunkChoice,
    CompletionTokensDetails,
    Delta,
    FunctionCall,
    PromptTokensDetails,
    Response,
    ToolCall,
    Usage,
    written,
)
from connector.operations.chat_completions.calls import OPERATION, create, fit, stream
from connector.operations.chat_completions.request import Message, Request
from connector.operations.chat_completions.streaming import Chunks

__all__ = [
    "OPERATION",
    "Choice",
    "ChoiceMessage",
    "Chunk",
    "ChunkChoice",
    "Chunks",
    "CompletionTokensDetails",
    "Delta",
    "FunctionCall",
    "Message",
    "PromptTokensDetails",
    "Request",
    "Response",
    "ToolCall",
    "Usage",
    "create",
    "fit",
    "stream",
    "written",
]
