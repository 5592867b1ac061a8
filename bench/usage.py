"""The page Usage over a million calls, and what counting a call adds to writing it down.

`python -m bench.usage` runs inside an installation and prints JSON.
"""

import datetime
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import django

from bench.figures import Figure, percentile
from bench.pages import seconds
from bench.processes import ROOT
from tests.server import a_server

CALLS, DAYS, PEOPLE = 1_000_000, 90, 100
KINDS = (
    ("chat_completions", "gpt-6-luna"),
    ("chat_completions", "gpt-6-sol"),
    ("responses", "gpt-6.1-sol"),
    ("embeddings", "text-embedding-3-small"),
    ("image_generations", "gpt-image-2"),
    ("speech", "tts-1"),
    ("transcriptions", "gpt-transcribe"),
    ("chat_completions", "our-own"),
)
A_DAY = 4  # kinds of calls that one person makes on one day
ROUNDS = 200  # calls that are counted


def figures(rounds: int = 30) -> Iterator[Figure]:
    with a_server() as server:
        command = [sys.executable, "-m", "bench.usage"]
        done = subprocess.run(command, cwd=ROOT, env=server.env, capture_output=True, text=True, check=False)  # noqa: S603  # our own module
        if done.returncode:
            raise RuntimeError(done.stderr[-3000:])
        made = json.loads(done.stdout)
        for name, cookie, query in (
            ("everybody's usage of 90 days", made["administrator"], "?range=90"),
            ("everybody's usage of 30 days", made["administrator"], ""),
            ("one's own usage of 90 days", made["person"], "?range=90"),
        ):
            page = f"{server.url}/usage/{query}"
            first = seconds(page, cookie)
            times = [seconds(page, cookie) for _ in range(rounds)]
            note = f"first {first * 1000:.0f} ms, p50 {percentile(times, 50) * 1000:.0f} ms; {made['calls']:,} calls"
            yield Figure(f"{name}: server time, p95", percentile(times, 95) * 1000, "ms", 300, note)
    yield Figure("pricing and counting a call, p95", made["counting_ms"], "ms", 2, f"p50 {made['usual_ms']:.2f} ms")


def fill() -> dict[str, Any]:
    """An administrator and a person among a hundred, and the rows of a million calls."""
    from django.contrib.auth.models import User

    from bench.prepare import cookie
    from connector.models import Configuration, UsageDay

    User.objects.bulk_create(User(username=f"bench{number}") for number in range(PEOPLE))
    people = list(User.objects.filter(username__startswith="bench"))
    boss = User.objects.create(username="boss", is_staff=True, is_superuser=True)
    openai = Configuration.objects.create(display_name="OpenAI", api_type="openai")
    rows = list(_rows(people, openai))
    UsageDay.objects.bulk_create(rows, batch_size=500)
    times = _counting(people[0], openai)
    return {
        "administrator": cookie(boss),
        "person": cookie(people[0]),
        "calls": sum(row.calls for row in rows if row.is_total),
        "counting_ms": percentile(times, 95) * 1000,
        "usual_ms": percentile(times, 50) * 1000,
    }


def _rows(people: list[Any], configuration: Any) -> Iterator[Any]:
    """Of each person on each day, and of all of them together."""
    from connector.models import UsageDay

    pick = random.Random(7)  # noqa: S311  # figures for a bench
    each = CALLS // (DAYS * PEOPLE * A_DAY)
    today = datetime.datetime.now(datetime.UTC).date()
    for ago in range(DAYS):
        total: dict[tuple[str, str], UsageDay] = {}
        for person in people:
            for kind in pick.sample(KINDS, A_DAY):
                calls = pick.randint(each, each + 1)
                row = UsageDay(
                    key=f"{ago}-{person.pk}-{kind[1]}",
                    day=today - datetime.timedelta(days=ago),
                    user=person,
                    configuration=configuration,
                    configuration_name="OpenAI",
                    operation=kind[0],
                    model=kind[1],
                    calls=calls,
                    errors=pick.randint(0, 2),
                    unpriced=calls if kind[1] == "our-own" else 0,
                    nanodollars=pick.randint(0, 10**9),
                    input_tokens=pick.randint(0, 10**6),
                    output_tokens=pick.randint(0, 10**5),
                    reasoning_tokens=pick.randint(0, 10**5),
                    took={str(bucket): pick.randint(1, 9) for bucket in range(38, 48)},
                    first_token={str(bucket): pick.randint(1, 9) for bucket in range(30, 36)},
                )
                yield row
                if kind not in total:
                    day = row.day
                    total[kind] = UsageDay(
                        key=f"{ago}-all-{kind[1]}",
                        day=day,
                        is_total=True,
                        configuration=configuration,
                        configuration_name="OpenAI",
                        operation=kind[0],
                        model=kind[1],
                    )
                total[kind].add(row)
        yield from total.values()


def _counting(person: Any, configuration: Any) -> list[float]:
    """Seconds that each of some calls takes, one after the other."""
    from django.db import transaction
    from django.utils import timezone

    from connector.models import Call
    from connector.models.costing import price_calls
    from connector.models.usage import Used, count

    times = []
    for _ in range(ROUNDS):
        call = Call(user=person, configuration=configuration, configuration_name="OpenAI", started=timezone.now())
        call.operation, call.model, call.duration_ms, call.first_token_ms = "chat_completions", "gpt-6-luna", 900, 200
        call.usage = {"prompt_tokens": 900, "completion_tokens": 200, "total_tokens": 1100}
        start = time.perf_counter()
        with transaction.atomic():
            price_calls([Used(call)])
            count([Used(call)])
        times.append(time.perf_counter() - start)
    return times


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    print(json.dumps(fill()))
