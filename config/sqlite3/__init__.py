"""Django's SQLite backend for one process with many threads: writers take turns, connections are used again.

Two things that SQLite leaves to its users cost most of a busy server's time (`docs/decisions/0006-sqlite.md`):

* A writer that finds the database locked sleeps and tries again, each time longer, however soon the lock is free. Here
  the threads of a process wait for each other at a lock that wakes the next one (`turns.py`); SQLite's own waiting
  remains for other processes.
* Under ASGI each request has a thread of its own, so Django opens and closes a connection for each, and the last one to
  close writes the log back into the database. Here a few stay open (`spare.py`).

And what was deleted stays in the log for a while; a key must not (`traces.py`).
"""
