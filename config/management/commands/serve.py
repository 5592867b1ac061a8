"""`manage.py serve`: everything between a clone and a server that answers, in one process."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config import server, start


class Command(BaseCommand):
    help = "Prepares the installation (database, static files) and serves it."
    requires_system_checks = ()  # run below, when there is a database to look into

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            start.check_var()
            listener = start.listen()
            start.migrate()
            start.collect_static()
            warnings = start.check()
        except start.CannotStart as error:
            raise CommandError(str(error)) from error
        for warning in warnings:
            self.stderr.write(warning)
        server.run(listener, greeting=start.greeting(listener))
