"""Compare the stored pictures with their rows.

manage.py check_media          lists files that are missing, and files that belong to nothing any more
manage.py check_media --fix    removes the latter; they are a day old at least
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from connector.models import files, storing

MISSING = 2  # exit status


class Command(BaseCommand):
    help = "List files of pictures that are missing, and files that belong to no picture."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--fix", action="store_true", help="Remove files that belong to no picture.")

    def handle(self, *args: Any, fix: bool, **options: Any) -> None:
        for storage, name in (orphans := files.orphans()):
            self.stdout.write(f"belongs to nothing: {name}")
            if fix:
                storing.remove(storage, name)
        for name in (missing := files.missing()):
            self.stdout.write(f"missing: {name}")
        done = "removed" if fix else "left; --fix removes them"
        self.stdout.write(
            f"{len(missing)} files are missing; {len(orphans)} belong to nothing{f' ({done})' if orphans else ''}."
        )
        if missing:
            raise CommandError("Restore the missing files from a backup.", returncode=MISSING)
