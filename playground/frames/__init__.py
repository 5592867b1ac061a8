"""What a browser that watches a run is sent: server-sent events that htmx swaps into the page.

    stream.py   one reader: frames, heartbeats, whether it may still watch, the end
    drawing.py  a run as it is drawn: one for all who watch it
    partials.py what one answer's next frame changes on the page
    words.py    what is said while nothing comes, and when nobody may watch any more

The elements are those of `playground/chat/session.html#run`. The first frame of a connection draws everything, later
ones only what is new; the last one replaces the run by how it ended.
"""

from playground.frames.stream import events

__all__ = ["events"]
