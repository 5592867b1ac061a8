"""Takes the browser's word that a page broke its policy (`security.md` 3), and keeps it for seven days.

Reports come from anybody, so little of them is believed and kept: one line each, one small file a day.
"""

import json
import logging
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

logger = logging.getLogger(__name__)

LARGEST = 64_000  # bytes of a report
PER_MINUTE = 60  # reports that this process writes down
PER_DAY = 1_000_000  # bytes of a day's file
DAYS = 7
KEPT = ("document-uri", "effective-directive", "violated-directive", "blocked-uri", "source-file", "line-number")


class Allowance:
    """So many a minute, for everybody together: each further one is dropped."""

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self.minute, self.taken = 0, 0

    def take(self) -> bool:
        minute = int(time.monotonic() // 60)
        self.taken = self.taken + 1 if minute == self.minute else 1
        self.minute = minute
        return self.taken <= self.per_minute


allowance = Allowance(PER_MINUTE)


@csrf_exempt  # the browser itself posts these, without a token
@require_POST
async def csp_report(request: HttpRequest) -> HttpResponse:
    if len(request.body) > LARGEST:
        return HttpResponse(status=413)
    report = understood(request.body)
    if report and allowance.take():
        logger.warning("A page broke its content security policy: %s", report)
        await sync_to_async(keep, thread_sensitive=False)(settings.VAR_DIR / "csp-reports", report)
    return HttpResponse(status=204)


def understood(body: bytes) -> dict[str, str]:
    """The facts worth keeping, cut to 300 characters each; none if this is not a report."""
    try:
        report: Any = json.loads(body).get("csp-report")
        return {name: str(report[name])[:300] for name in KEPT if name in report}
    except (ValueError, TypeError, AttributeError, RecursionError):
        return {}


def keep(folder: Path, report: dict[str, str]) -> None:
    today = datetime.now(UTC).date()
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.jsonl"):
        if old.stem < (today - timedelta(days=DAYS)).isoformat():
            old.unlink(missing_ok=True)
    file = folder / f"{today.isoformat()}.jsonl"
    if not file.exists() or file.stat().st_size < PER_DAY:
        with file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(report) + "\n")
