"""The record: its list with 1,000,000 calls, without and with filters.

`python -m bench.record` fills an installation from inside and prints JSON.
"""

import datetime
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import django

from bench.figures import Figure, percentile
from bench.pages import seconds
from bench.processes import ROOT
from tests.server import Server, a_server

CALLS, DIFFERENT = 1_000_000, 2_000
OPERATIONS = ("chat_completions", "responses", "embeddings", "image_generations", "speech", "raw")


def figures() -> Iterator[Figure]:
    with a_server() as server:
        filled = _fill(server)
        day, configuration = filled["day"], filled["configuration"]
        yield from _pages(
            server,
            filled["cookie"],
            {
                "of everyone": "whose=everyone",
                "their own": "",
                "of two filters": f"whose=everyone&configuration={configuration}&operation=raw",
                "that failed": "whose=everyone&state=failed",
                "of one day": f"whose=everyone&since={day}&until={day}",
                "of a model that was never asked": "whose=everyone&model=never",
                "with a text that is in none": "whose=everyone&q=nowhere",
                "by a request id": f"q={filled['request_id']}",
                "half way down": f"whose=everyone&after={filled['after']}",
            },
        )


def _fill(server: Server) -> dict[str, Any]:  # Any: what the job prints
    command = [sys.executable, "-m", "bench.record"]
    done = subprocess.run(command, cwd=ROOT, env=server.env, capture_output=True, text=True, check=False)  # noqa: S603  # our own module
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _pages(server: Server, cookie: str, pages: dict[str, str], rounds: int = 40) -> Iterator[Figure]:
    for name, query in pages.items():
        address = f"{server.url}/requests/?{query}"
        first = seconds(address, cookie)
        times = [seconds(address, cookie) for _ in range(rounds)]
        note = f"first {first * 1000:.0f} ms, p50 {percentile(times, 50) * 1000:.0f} ms"
        yield Figure(f"1,000,000 calls, {name}: p95", percentile(times, 95) * 1000, "ms", 200, note)


def fill() -> dict[str, object]:
    """An administrator with half of all calls; every line is copied again and again, each copy further back in time."""
    from urllib.parse import quote

    from django.contrib.auth.models import User
    from django.db import connection
    from django.utils import timezone

    from bench.prepare import cookie
    from connector.models import Call, Configuration
    from playground.record.listing import Key

    pick = random.Random(7)  # noqa: S311  # a spread of values
    administrator = User.objects.create(username="administrator", is_staff=True, is_superuser=True)
    others = [User.objects.create(username=f"user-{number}") for number in range(19)]
    configurations = [
        Configuration.objects.create(display_name=f"Configuration {number}", api_type="sandbox") for number in range(5)
    ]
    now = timezone.now()
    Call.objects.bulk_create(
        Call(
            user=administrator if number % 2 else others[number % 19],
            configuration=configurations[number % 5],
            operation=pick.choice(OPERATIONS),
            path="/chat/completions",
            model=f"model-{pick.randrange(12)}",
            state="failed" if number % 50 == 0 else "done",
            status=429 if number % 50 == 0 else 200,
            request_id=f"req_{number:032x}",
            started=now - datetime.timedelta(seconds=20 * number),
            attempts=[{"number": 1, "status": 200, "started_ms": 2, "first_byte_ms": 300, "duration_ms": 900}],
            usage={"prompt_tokens": 1200, "completion_tokens": 300, "total_tokens": 1500},
            input_tokens=1200,
            output_tokens=300,
            duration_ms=900,
        )
        for number in range(DIFFERENT)
    )
    names = [field.column for field in Call._meta.concrete_fields if field.column != "id"]
    copied = {name: name for name in names} | {"request_id": "request_id || 'x'"}
    count = DIFFERENT
    with connection.cursor() as cursor:
        while count < CALLS:
            more = min(count, CALLS - count)
            copied["started"] = f"datetime(started, '-{20 * count} seconds')"
            columns, values = ", ".join(copied), ", ".join(copied.values())
            cursor.execute(f"INSERT INTO connector_call ({columns}) SELECT {values} FROM connector_call LIMIT {more}")  # noqa: S608  # our own names and numbers
            count += more
    half_way = Call.objects.order_by("-started", "-pk")[CALLS // 2]
    return {
        "cookie": cookie(administrator),
        "configuration": configurations[2].pk,
        "day": half_way.started.date().isoformat(),
        "request_id": f"req_{1001:032x}",
        "after": quote(str(Key(half_way.started, half_way.pk))),
    }


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    print(json.dumps(fill()))
