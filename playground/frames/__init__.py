"""What a browser that watches a run is sent: server-sent events that htmx swaps into the page.

    tickets.py  who has just asked may watch without being looked up again
    stream.py   one reader of a run: frames, heartbeats, whether it may still watch, the end
    together.py one reader of several runs, all in one stream
    reading.py  a run as one reader sees it, frame by frame
    watching.py who may go on watching
    drawing.py  answers as they are drawn: one drawing for all who watch
    pictures.py pictures as they are drawn: tile by tile
    sounds.py   sounds as they are made, part by part, and transcripts as they are written
    partials.py what one answer's next frame changes on the page
    words.py    what is said while nothing comes, and when nobody may watch any more
    threads.py  where the database is talked to

The elements are those of `playground/chat/session.html#run`, of pictures those of `playground/images/studio.html#run`
and `playground/images/tile.html#tile`. The first frame of a connection draws everything, later
ones only what is new; the last one replaces the run by how it ended.
"""

from playground.frames.stream import events

__all__ = ["events"]
