"""Delete the record of calls that is past its time.

manage.py prune_records            as each configuration says; a server does this by itself once an hour
manage.py prune_records --days 7   all that is older than a week, whatever they say
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from connector.models import retention


class Command(BaseCommand):
    help = "Delete the record of calls that is past its time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, help="Keep so many days, whatever the configurations say.")

    def handle(self, *args: Any, days: int | None, **options: Any) -> None:
        if days is not None and days < 1:
            raise CommandError("--days has to be 1 or more.")
        gone = retention.prune(days=days)
        self.stdout.write(f"{gone} record{'' if gone == 1 else 's'} deleted.")
