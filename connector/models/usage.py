"""What was used, added up: a row for each day, person, configuration, operation and model, and one for everybody.

Calls are counted in the transaction that writes them down, so the sums hold also when the calls themselves are pruned
or were never kept, and a page reads hundreds of rows instead of a million. Days are those of UTC. Money is counted in
billionths of a dollar, whole ones, so that sums are exact on every database.
"""

import dataclasses
import datetime
import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connections, models, router, transaction

from connector.catalogue import prices
from connector.models.call import Call
from connector.models.configuration import Configuration
from connector.models.prepared import Prepared, given

type Histogram = dict[str, int]  # bucket → how many; JSON has no other keys

STEPS = 4  # buckets for each doubling: a percentile is right within a tenth
LAST = 96  # 2 ** 24 ms: four and a half hours
TOKENS = {
    "input_tokens": ("input", "text_input"),
    "cached_tokens": ("cached_input", "cached_text_input", "cached_image_input", "cached_audio_input"),
    "cache_write_tokens": ("cache_write",),
    "output_tokens": ("output", "text_output"),
    "reasoning_tokens": ("reasoning",),
    "image_tokens": ("image_input", "image_output"),
    "audio_tokens": ("audio_input", "audio_output"),
}  # column → the kinds of the catalogue in it: each token is in one column
NUMBERS = (
    *("calls", "errors", "unpriced", "nanodollars"),
    *TOKENS,
    *("characters", "sound_ms", "pictures"),
)
LATENCIES = ("took", "first_token")


class UsageDayQuerySet(models.QuerySet["UsageDay"]):
    def for_user(self, user: Any) -> "UsageDayQuerySet":
        """What `user` used; nobody else reads it but administrators."""
        return self.filter(is_total=False, user=user) if user.is_authenticated else self.none()

    def of_everybody(self) -> "UsageDayQuerySet":
        """All together, also of people who are gone and of programs."""
        return self.filter(is_total=True)

    def by_person(self) -> "UsageDayQuerySet":
        """Of everybody one by one; None is a program."""
        return self.filter(is_total=False)

    def between(self, first: datetime.date, last: datetime.date) -> "UsageDayQuerySet":
        return self.filter(day__gte=first, day__lte=last)


class UsageDay(models.Model):
    key = models.CharField(max_length=32, unique=True)  # of the six below; some of them may be NULL
    day = models.DateField()
    is_total = models.BooleanField(default=False)  # of everybody together
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="usage"
    )
    configuration = models.ForeignKey(
        Configuration, on_delete=models.SET_NULL, null=True, blank=True, related_name="usage"
    )
    operation = models.CharField(max_length=40)
    model = models.CharField(max_length=200, blank=True)
    configuration_name = models.CharField(max_length=100, blank=True)  # stays when the configuration goes

    calls = models.PositiveBigIntegerField(default=0)
    errors = models.PositiveBigIntegerField(default=0)
    unpriced = models.PositiveBigIntegerField(default=0)  # calls of which the cost is not known
    nanodollars = models.PositiveBigIntegerField(default=0)  # of all the others
    input_tokens = models.PositiveBigIntegerField(default=0)  # neither cached nor written to the cache
    cached_tokens = models.PositiveBigIntegerField(default=0)
    cache_write_tokens = models.PositiveBigIntegerField(default=0)
    output_tokens = models.PositiveBigIntegerField(default=0)  # without what was reasoned
    reasoning_tokens = models.PositiveBigIntegerField(default=0)
    image_tokens = models.PositiveBigIntegerField(default=0)  # read and written
    audio_tokens = models.PositiveBigIntegerField(default=0)
    characters = models.PositiveBigIntegerField(default=0)  # that were spoken
    sound_ms = models.PositiveBigIntegerField(default=0)  # that were listened to
    pictures = models.PositiveBigIntegerField(default=0)
    took = models.JSONField(default=dict)  # Histogram of whole calls
    first_token = models.JSONField(default=dict)  # and until the first token, of streams

    objects = UsageDayQuerySet.as_manager()

    class Meta:
        ordering = ["-day", "pk"]
        indexes = [
            models.Index(fields=["is_total", "day"], name="usage_of_all"),
            models.Index(fields=["user", "day"], name="usage_of_user"),
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.operation} {self.model}"

    def add(self, more: "UsageDay") -> None:
        for name in NUMBERS:
            setattr(self, name, getattr(self, name) + getattr(more, name))
        for name in LATENCIES:
            merge(getattr(self, name), getattr(more, name))


@dataclasses.dataclass(frozen=True, slots=True)
class Used:
    """A call that is over, with what its row does not say."""

    call: Call
    body: Mapping[str, Any] = dataclasses.field(default_factory=dict)  # as sent, without files
    tier: str = ""  # the `service_tier` that answered
    seconds: float | None = None  # of sound, where the usage does not say it


def count(used: Sequence[Used]) -> None:
    """Add these calls to the sums of their days. Safe beside others who do the same; call it in their transaction."""
    sums: dict[str, UsageDay] = {}
    for each in used:
        for row in (_row(each, is_total=False), _row(each, is_total=True)):
            if row.key in sums:
                sums[row.key].add(row)
            else:
                sums[row.key] = row
    if sums:
        with transaction.atomic(using=router.db_for_write(UsageDay), savepoint=False):
            _add([sums[key] for key in sorted(sums)])  # in one order everywhere, so that no two wait for each other


def _add(sums: Sequence[UsageDay]) -> None:
    """The numbers first: whoever changes a row keeps others from it until the end of the transaction."""
    with connections[router.db_for_write(UsageDay)].cursor() as cursor:
        if _add_numbers(cursor, sums) < len(sums):
            known = UsageDay.objects.filter(key__in=[row.key for row in sums]).values_list("key", flat=True)
            new = [row for row in sums if row.key not in set(known)]
            blank = [UsageDay(**{name: getattr(row, name) for name in WHOSE}) for row in new]
            UsageDay.objects.bulk_create(blank, ignore_conflicts=True)  # somebody else may be quicker
            _add_numbers(cursor, new)
        if timed := [row for row in sums if row.took or row.first_token]:
            _add_latencies(cursor, timed)


def _add_numbers(cursor: Any, sums: Sequence[UsageDay]) -> int:
    """How many rows there were to add to. Plain SQL: the ORM's own work on it would show with each call."""
    table, key, name, *numbers = _quoted(cursor, UsageDay._meta.db_table, "key", "configuration_name", *NUMBERS)
    changes = ", ".join(f"{number} = {number} + %s" for number in numbers)
    cursor.executemany(
        f"UPDATE {table} SET {name} = %s, {changes} WHERE {key} = %s",  # noqa: S608  # names of our own
        [(row.configuration_name, *(getattr(row, number) for number in NUMBERS), row.key) for row in sums],
    )
    return int(cursor.rowcount)


def _add_latencies(cursor: Any, sums: Sequence[UsageDay]) -> None:
    table, key, *columns = _quoted(cursor, UsageDay._meta.db_table, "key", *LATENCIES)
    json: Any = UsageDay._meta.get_field("took")
    changed = []
    for row in sums:
        if known := _latencies_of.first(cursor.db.alias, key=row.key):
            for histogram, more in zip(known, (row.took, row.first_token), strict=True):
                merge(histogram, more)
            changed.append([*(json.get_db_prep_save(histogram, cursor.db) for histogram in known), row.key])
    cursor.executemany(
        f"UPDATE {table} SET {', '.join(f'{column} = %s' for column in columns)} WHERE {key} = %s",  # noqa: S608
        changed,
    )


def _quoted(cursor: Any, *names: str) -> list[str]:
    return [cursor.db.ops.quote_name(name) for name in names]


_latencies_of = Prepared(
    lambda: UsageDay.objects.filter(key=given("key", UsageDay, "key")).order_by().values_list(*LATENCIES)
)
WHOSE = ("key", "day", "is_total", "user_id", "configuration_id", "operation", "model", "configuration_name")


def _row(used: Used, is_total: bool) -> UsageDay:
    """What one call adds."""
    call = used.call
    day = call.started.astimezone(datetime.UTC).date()
    user_id = None if is_total else call.user_id
    identity = (day, is_total, user_id, call.configuration_id, call.operation, call.model)
    took = call.duration_ms if call.is_ok else None  # how quickly somebody was refused says nothing
    return UsageDay(
        key=hashlib.blake2b(repr(identity).encode(), digest_size=16).hexdigest(),
        day=day,
        is_total=is_total,
        user_id=user_id,
        configuration_id=call.configuration_id,
        configuration_name=call.configuration_name,
        operation=call.operation,
        model=call.model,
        calls=1,
        errors=int(call.state in (Call.State.FAILED, Call.State.INTERRUPTED)),
        unpriced=int(call.cost is None),
        nanodollars=0 if call.cost is None else int(call.cost * 10**9),
        **_quantities(used),
        took=histogram(took),
        first_token=histogram(call.first_token_ms),
    )


def _quantities(used: Used) -> dict[str, int]:
    call = used.call
    usage = call.usage if call.asks_a_model else {}
    counted = prices.tokens(usage)
    found = {column: sum(counted.get(kind, 0) for kind in kinds) for column, kinds in TOKENS.items()}
    if call.operation == "speech" and call.is_ok:
        found["characters"] = prices.characters(usage, used.body)
    if call.operation in ("transcriptions", "translations") and call.is_ok:
        found["sound_ms"] = int(1000 * prices.length(usage, used.seconds))
    if call.operation.startswith("image_") and call.is_ok:
        found["pictures"] = pictures(used.body)
    return found


def pictures(body: Mapping[str, Any]) -> int:
    """How many were asked for."""
    number = str(body.get("n") or 1)
    return int(number) if number.isdecimal() and len(number) < 3 else 1


# Latencies.


def histogram(milliseconds: float | None) -> Histogram:
    """Of one latency, or of none."""
    if milliseconds is None:
        return {}
    return {str(min(LAST, max(0, math.ceil(STEPS * math.log2(max(milliseconds, 1)))))): 1}


def merged(*histograms: Mapping[str, int]) -> Histogram:
    together: Histogram = {}
    for each in histograms:
        merge(together, each)
    return together


def merge(into: Histogram, more: Mapping[str, int]) -> None:
    for bucket, number in more.items():
        into[bucket] = into.get(bucket, 0) + number


def percentile(latencies: Mapping[str, int], share: float) -> float | None:
    """The time in milliseconds that `share` of them did not exceed, within a tenth; None when there are none."""
    total = sum(latencies.values())
    left = share * total
    for bucket, number in sorted((int(bucket), number) for bucket, number in latencies.items()):
        if left <= number:
            return float(2 ** ((bucket - 1 + left / number) / STEPS)) if bucket else 1.0
        left -= number
    return None


def dollars(nanodollars: int) -> Decimal:
    return Decimal(nanodollars) / 10**9


def added(rows: Iterable[UsageDay]) -> UsageDay:
    """The sum of `rows`, a row of no day."""
    total = UsageDay()
    for row in rows:
        total.add(row)
    return total
