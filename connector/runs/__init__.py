"""What is happening now: work that outlives the browser.

A run belongs to the server; a browser only watches.

    engine.py        starts runs as tasks of the server process, stops them, ends them when the process ends
    lifespan.py      the engine's beginning and end, as part of a server's
    kinds.py         a kind of run → the coroutine that does its work
    chat.py          the work of a chat: a request is sent, chunks become text
    jobs.py          rows → the request of a chat
    calls.py         the work of a single request whose answer comes as a whole
    prompting.py     the work of a prompt: the same with other operations, files and tools
    dialects.py      each operation's answers, as the chunks of a chat
    images.py        the work of drawing: requests are sent, pictures are kept the moment they come
    speech.py        the work of speaking: part by part, voice by voice, into files
    transcription.py the work of listening: a recording becomes text, times and speakers
    unstored.py      pictures that could not be stored, kept in memory for a while
    turns.py         the columns of a person's comparisons, one after the other where they are many
    patience.py      why nothing comes: a wait before another try, a provider that has not begun
    live.py          a run in memory: its text grows, its readers are woken
    checkpointer.py  writes what changed to the rows, all runs in one transaction
    saving.py        what that transaction does
    following.py     a reader's view: from memory when the run lives here, else from the row
    pace.py          how often a reader is told
    lists.py         lists of models that are old are asked for again
    threads.py       where the database is talked to, so that the event loop never waits for it

    run = session.ask("Why is the sky blue?")       # rows, committed
    runs.start(run)                                 # from a view, sync or async
    async for snapshot in runs.follow(run.pk): ...  # any number of readers, at any time
    runs.stop(run)                                  # from any process
"""

import connector.runs.calls  # registers its kind
import connector.runs.chat
import connector.runs.images
import connector.runs.prompting
import connector.runs.speech
import connector.runs.transcription  # noqa: F401  # likewise
from connector.runs.engine import start, stop
from connector.runs.following import follow
from connector.runs.live import LiveRun, Snapshot, Text, Tile, Waiting

__all__ = ["LiveRun", "Snapshot", "Text", "Tile", "Waiting", "follow", "start", "stop"]
