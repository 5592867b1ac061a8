"""Writers take turns and connections are used again: nothing is lost, nobody waits for ever."""

import gc
import threading
import time

import pytest
from django.db import IntegrityError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from config import settings
from config.sqlite3 import spare, turns
from config.sqlite3.base import DatabaseWrapper


@pytest.fixture
def database(tmp_path, django_db_blocker):
    """Opens a connection of the caller's thread to one file."""
    name = str(tmp_path / "test.sqlite3")
    described = connections["default"].settings_dict | {"NAME": name, "OPTIONS": dict(settings.SQLITE)}
    described["ENGINE"] = "config.sqlite3"
    opened = []

    def open_one() -> BaseDatabaseWrapper:
        wrapper = DatabaseWrapper(described, alias="default")
        wrapper.inc_thread_sharing()
        opened.append(wrapper)
        return wrapper

    with django_db_blocker.unblock():  # it is not the database of the tests that is used here
        run(open_one(), "CREATE TABLE counter (id INTEGER PRIMARY KEY, value INTEGER CHECK (value >= 0))")
        run(open_one(), "INSERT INTO counter VALUES (1, 0)")
        yield open_one
        for wrapper in opened:
            wrapper.close()


def run(wrapper, query):
    with wrapper.cursor() as cursor:
        return cursor.execute(query).fetchall()


def transact(wrapper, *queries):
    """What `atomic` does, for a connection that is not Django's own."""
    wrapper.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
    wrapper.in_atomic_block = True
    try:
        for query in queries:
            run(wrapper, query)
        wrapper.in_atomic_block = False
        wrapper.commit()
    except BaseException:
        wrapper.in_atomic_block = False
        wrapper.rollback()
        raise
    finally:
        wrapper.set_autocommit(True)


ADD = "UPDATE counter SET value = value + 1 WHERE id = 1"


class TestTurns:
    def test_a_hundred_writers_at_once_do_not_wait_in_vain(self, database):
        def add():
            wrapper = database()
            transact(wrapper, "SELECT value FROM counter", ADD)
            run(wrapper, ADD)
            wrapper.close()

        threads = [threading.Thread(target=add) for _ in range(100)]
        began = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert run(database(), "SELECT value FROM counter") == [(200,)]
        assert time.monotonic() - began < 8  # with SQLite's own way of waiting it is 10 and more

    def test_a_failed_transaction_gives_its_turn_back(self, database):
        wrapper = database()
        with pytest.raises(IntegrityError):
            transact(wrapper, ADD, "UPDATE counter SET value = -1")
        transact(database(), ADD)
        assert run(wrapper, "SELECT value FROM counter") == [(1,)]

    def test_a_statement_that_fails_gives_its_turn_back(self, database):
        with pytest.raises(IntegrityError):
            run(database(), "UPDATE counter SET value = -1")
        run(database(), ADD)

    def test_a_connection_closed_in_mid_transaction_gives_its_turn_back(self, database):
        wrapper = database()
        wrapper.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
        run(wrapper, ADD)
        wrapper.close()
        transact(database(), ADD)
        assert run(database(), "SELECT value FROM counter") == [(1,)]

    def test_a_connection_that_got_lost_gives_its_turn_back(self, database, tmp_path):
        lost = turns.Connection(str(tmp_path / "test.sqlite3"), isolation_level=None)
        lost.cursor(factory=turns.Cursor).execute("BEGIN IMMEDIATE")
        del lost
        gc.collect()
        transact(database(), ADD)

    def test_readers_do_not_wait(self, database):
        writing = database()
        writing.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
        run(writing, ADD)
        assert run(database(), "SELECT value FROM counter") == [(0,)]
        writing.rollback()

    def test_waiting_ends(self, database, monkeypatch):
        monkeypatch.setattr(turns, "PATIENCE", 0.1)
        writing = database()
        writing.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
        with pytest.raises(Exception, match="database is locked"):
            transact(database(), ADD)
        writing.rollback()
        transact(database(), ADD)


class TestSpareConnections:
    def test_a_closed_one_is_used_again(self, database):
        first = database()
        run(first, ADD)
        raw = first.connection
        first.close()
        second = database()
        assert run(second, "SELECT value FROM counter") == [(1,)]
        assert second.connection is raw

    def test_they_are_few(self, database, tmp_path):
        wrappers = [database() for _ in range(spare.KEPT + 5)]
        for wrapper in wrappers:
            run(wrapper, "SELECT 1")
        for wrapper in wrappers:
            wrapper.close()
        assert len(spare._spare[str(tmp_path / "test.sqlite3")]) == spare.KEPT

    def test_foreign_keys_are_checked_again(self, database):
        first = database()
        first.disable_constraint_checking()
        first.close()
        assert run(database(), "PRAGMA foreign_keys") == [(1,)]

    def test_a_file_that_was_replaced_is_opened_anew(self, database, tmp_path):
        run(database(), ADD)
        for wrapper in (database(), database()):
            run(wrapper, "SELECT 1")
            wrapper.close()
        (tmp_path / "test.sqlite3").rename(tmp_path / "old.sqlite3")
        with pytest.raises(Exception, match="no such table"):
            run(database(), "SELECT value FROM counter")

    def test_one_that_is_closed_after_its_file_was_replaced_is_not_taken_for_the_new(self, database, tmp_path):
        late = database()
        run(late, "SELECT 1")
        (tmp_path / "test.sqlite3").rename(tmp_path / "old.sqlite3")
        (tmp_path / "test.sqlite3").touch()
        late.close()
        with pytest.raises(Exception, match="no such table"):
            run(database(), "SELECT value FROM counter")


def test_django_works_with_it(db):
    from django.contrib.auth.models import User

    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(username="a")
        User.objects.create(username="a")
    assert User.objects.count() == 0
