"""Whether this process lives, and whether it can work: for machines that ask every few seconds.

Anybody can ask, so the answer names the part that is missing and no more (`security.md` T76).
"""

import time

from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse

from connector import checks

KEPT = 1.0  # seconds that an answer holds: strangers cannot make the database work by asking


async def live(request: HttpRequest) -> HttpResponse:
    return HttpResponse("alive\n", content_type="text/plain; charset=utf-8")


class Ready:
    """200 "ready", or 503 with what is missing: database, migrations, encryption key."""

    # The view is a class for its memory: the last answer, and that the migrations were once found complete.
    def __init__(self) -> None:
        self.migrated = False
        self.missing = ""
        self.asked = -KEPT

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if time.monotonic() - self.asked >= KEPT:
            self.missing = self.look()
            self.asked = time.monotonic()
        text, status = (f"not ready: {self.missing}\n", 503) if self.missing else ("ready\n", 200)
        return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")

    def look(self) -> str:
        """The first thing that is missing, or nothing."""
        try:
            with transaction.atomic():  # on SQLite it takes the write lock: a read-only database fails here
                connection.cursor().execute("SELECT 1")
            self.migrated = self.migrated or not pending_migrations()
        except (DatabaseError, OSError):
            return "database"
        if not self.migrated:
            return "migrations"
        return "encryption key" if checks.encryption_key_problem() else ""


ready = Ready()


def pending_migrations() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
