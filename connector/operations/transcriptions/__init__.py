"""`audio/transcriptions`: a recording in, what was said out; whole, or as it is understood.

recording = multipart.File("talk.wav", content)
answer = await transcriptions.create(client, transcriptions.Request(model="…", file=recording))
"""

from connector.operations.transcriptions.answer import Event, Response, Segment, Usage, Word
from connector.operations.transcriptions.calls import OPERATION, Events, create, fit, read, stream
from connector.operations.transcriptions.request import Request

__all__ = [
    "OPERATION",
    "Event",
    "Events",
    "Request",
    "Response",
    "Segment",
    "Usage",
    "Word",
    "create",
    "fit",
    "read",
    "stream",
]
