"""Writers of one process take turns. The turn is held by the connection, from BEGIN to its COMMIT or ROLLBACK."""

import os
import re
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Iterable
from contextlib import nullcontext
from typing import Any

from django.db.backends.sqlite3 import base
from django.db.utils import OperationalError

PATIENCE = 20.0  # seconds, as long as SQLite itself waits for another process
BEGINS = re.compile(r"\s*BEGIN\s+(?:IMMEDIATE|EXCLUSIVE)", re.I)
WRITES = re.compile(r"\s*(?:INSERT|UPDATE|DELETE|REPLACE)\b", re.I)

turns: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)  # by the name of the database


class Connection(sqlite3.Connection):
    """Gives its turn back whenever its transaction ends, in whatever way."""

    def __init__(self, database: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(database, *args, **kwargs)
        self.file = identity(str(database))  # the one that was opened, whatever stands there later
        self.turn = turns[str(database)]
        self.has_turn = False

    def take_turn(self) -> None:
        if not self.turn.acquire(timeout=PATIENCE):
            raise OperationalError("database is locked by another thread of this process")
        self.has_turn = True

    def give_turn(self) -> None:
        if self.has_turn:
            self.has_turn = False
            self.turn.release()

    def commit(self) -> None:
        super().commit()  # if this fails the transaction is still there, and a rollback follows
        self.give_turn()

    def rollback(self) -> None:
        try:
            super().rollback()
        finally:
            self.give_turn()

    def close(self) -> None:
        try:
            super().close()
        finally:
            self.give_turn()

    def __del__(self) -> None:
        # of a thread that died in mid-transaction: SQLite's lock has to go, and the others must not wait for ever
        if hasattr(self, "has_turn"):
            self.close()


class Turn:
    """For one statement outside of a transaction."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def __enter__(self) -> None:
        self.connection.take_turn()

    def __exit__(self, *error: object) -> None:
        self.connection.give_turn()


class Cursor(base.SQLiteCursorWrapper):
    connection: Connection

    def execute(self, query: str, params: Any = None) -> Any:
        if BEGINS.match(query):
            return self._begin(query)
        with self._turn(query):
            return super().execute(query, params)

    def executemany(self, query: str, param_list: Iterable[Any]) -> Any:
        with self._turn(query):
            return super().executemany(query, param_list)

    def _begin(self, query: str) -> Any:
        self.connection.take_turn()
        try:
            return super().execute(query)
        except BaseException:
            self.connection.give_turn()
            raise

    def _turn(self, query: str) -> "Turn | nullcontext[None]":
        alone = not self.connection.in_transaction and WRITES.match(query)
        return Turn(self.connection) if alone else nullcontext()


def identity(database: str) -> tuple[int, int] | None:
    """Which file stands at that path now; None if there is none, as for a database in memory."""
    try:
        status = os.stat(database)
    except OSError:
        return None
    return status.st_dev, status.st_ino
