"""How a log line looks: for people, or one JSON object for machines. Secrets are taken out of the finished line.

A filter on a logger would see neither the arguments put together nor the traceback, and none of what its children
pass on. What leaves here has been through `masking.mask` as a whole (`security.md` K13).
"""

import copy
import json
import logging
import re
from datetime import UTC, datetime

from connector.client import masking

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029]|\n(?=.)")

LONGEST = 500  # characters of what a stranger may have written into the log


class Brief(logging.Filter):
    """What anybody can cause by sending nonsense is one short line.

    Django writes a traceback of 2 kB for each malformed form and each foreign host: a storm of them would fill the
    disk, and hide what matters.
    """

    def filter(self, record: logging.LogRecord) -> bool | logging.LogRecord:
        is_refusal = record.name == "django.request" and getattr(record, "status_code", 500) < 500
        if not is_refusal and not record.name.startswith("django.security"):
            return True
        brief = copy.copy(record)
        brief.msg, brief.args = record.getMessage()[:LONGEST], None
        brief.exc_info = brief.exc_text = None
        return brief


class Human(logging.Formatter):
    """`2026-11-20 23:54:06 WARNING connector.runs: the sentence`, a traceback below it."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s", "%Y-%m-%d %H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:  # the name is logging's
        # A message that brings its own line breaks could pretend to be several.
        return CONTROL.sub(lambda found: ascii(found.group())[1:-1], super().formatMessage(record))

    def format(self, record: logging.LogRecord) -> str:
        return masking.mask(super().format(record))


class Json(logging.Formatter):
    """time (UTC), level, logger, message, and where there is one `error` with the traceback."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": masking.mask(record.getMessage()),
        }
        if record.exc_info:
            line["error"] = masking.mask(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)
