"""Encrypt every stored key with the first encryption key of the settings.

    FIELD_ENCRYPTION_KEY=new,old manage.py rotate_keys

One row, one transaction: it may be stopped and run again, and people may go on working meanwhile.
"""

from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, transaction

from connector import encryption
from connector.models import ApiKey, Canary
from connector.models.api_key import Sealed, rotated
from connector.models.fields import Envelope

SEALED: tuple[type[Sealed], ...] = (Canary, ApiKey)
UNREADABLE_ROWS = 2  # exit status


class Command(BaseCommand):
    help = "Encrypt every stored key with the first of the keys in FIELD_ENCRYPTION_KEY."
    requires_system_checks = []  # noqa: RUF012  # the canary's check would refuse the command that heals it

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Count and read, write nothing.")
        parser.add_argument(
            "--forget-unreadable",
            action="store_true",
            help="Remove keys that no present encryption key can read, when the one they were stored with is lost.",
        )

    def handle(self, *args: Any, dry_run: bool, forget_unreadable: bool, **options: Any) -> None:
        if problem := encryption.settings_problem():
            raise CommandError(f"{problem} {encryption.HOW_TO_MAKE_ONE}")
        self.dry_run, self.forget = dry_run, forget_unreadable
        current = encryption.current_key_id()
        self._count(current)
        unreadable = [row for row in self._old_rows(current) if not self._rotate(row)]
        if not dry_run:
            rotated.send(type(self), using=DEFAULT_DB_ALIAS)
            self._count(current)
        left = sum(1 for _ in self._old_rows(current)) if dry_run or unreadable else 0
        if unreadable:
            self.stderr.write(f"{len(unreadable)} rows cannot be read with any of the present keys and were skipped.")
        ending = " - you may remove it" if left == 0 else ""
        self.stdout.write(f"{left} rows use the old key{ending}")
        if unreadable:
            raise CommandError("Some rows were not rotated.", returncode=UNREADABLE_ROWS)

    def _count(self, current: str) -> None:
        kids = [
            kid for model in SEALED for kid in model.objects.filter(value__isnull=False).values_list("kid", flat=True)
        ]
        for kid, rows in sorted(Counter(kids).items()):
            self.stdout.write(f"key id {kid}: {rows} rows{' (current)' if kid == current else ''}")

    def _old_rows(self, current: str) -> list[Sealed]:
        """Those stored with another key; a row without a value came from a dump and has nothing to encrypt."""
        rows = [model.objects.filter(value__isnull=False).exclude(kid=current).order_by("pk") for model in SEALED]
        return [row for of_model in rows for row in of_model]

    def _rotate(self, old: Sealed) -> bool:
        """Encrypt one row anew; False when it cannot be read."""
        with transaction.atomic():
            rows = type(old).objects.defer(None).select_for_update()
            row = rows.filter(pk=old.pk).first()
            if row is None or row.value is None:
                return True  # removed meanwhile, or restored from a dump without its key
            if not isinstance(row.value, Envelope):
                return self._give_up(row)
            if not self.dry_run:
                row.seal(row.value)
                row.save(update_fields=["value", "kid"])
            return True

    def _give_up(self, row: Sealed) -> bool:
        if not self.forget or self.dry_run:
            self.stderr.write(f"{row}: stored with key id {row.kid}, which is not present.")
            return False
        if isinstance(row, Canary):
            Canary.sung().save()
        else:
            row.delete()
            self.stdout.write(f"{row}: forgotten; enter the key again.")
        return True
