"""Server-sent events → typed events. The end is an event of its own; `[DONE]` is not sent by this endpoint."""

from connector.client import errors, refusal, wire
from connector.client.sse import Event as SSE
from connector.operations.events import Events, raise_error
from connector.operations.responses.answer import Event, Response

ENDS = {"response.completed", "response.incomplete"}


class ResponseEvents(Events[Event]):
    """The events of one answer. Iterate once; `response` is the whole answer once its end came.

    Raises as `Events` does; also `errors.FailedMidway` for `response.failed`.
    """

    response: Response | None = None

    @property
    def is_complete(self) -> bool:
        return self.response is not None

    def read(self, event: SSE) -> Event:
        if event.whole:
            return self._whole(event)
        found = wire.read(event.data, Event)
        kind = found.type or event.event
        if kind in ENDS:
            self.response = found.response or Response(status=kind.removeprefix("response."))
            self.finished()
        elif kind == "response.failed":
            raise refusal.midway({"error": (found.response.error if found.response else None) or {}})
        elif found.error or not kind.startswith("response."):
            raise_error(event)
        return found

    def _whole(self, event: SSE) -> Event:
        """A whole answer to a request for a stream, as the event that it amounts to."""
        response = wire.read(event.data, Response)
        if not response.id and not response.output:
            raise_error(event)
            raise errors.BadAnswer(reason="no response")
        if response.error:
            raise refusal.midway({"error": response.error})
        self.response = response
        return Event(type=f"response.{response.status or 'completed'}", response=response)
