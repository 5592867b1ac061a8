"""What is said while nothing comes, and when nobody may watch any more."""

import math
from urllib.parse import urlencode

from django.conf import settings
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from connector import runs
from connector.models import Run
from connector.runs import turns

NOTHING = SafeString("")
PAGES: dict[str, str] = {  # where runs of a kind are shown that has a page of its own
    Run.Kind.IMAGE: "images",
    Run.Kind.SPEECH: "audio",
    Run.Kind.TRANSCRIPTION: "transcribe",
    Run.Kind.PROMPT: "prompt",
}
OPERATIONS = {"raw": "request_new", "embeddings": "embeddings"}  # likewise, for single calls
TOO_LONG = SafeString(
    '<p class="note">This answer is very long: here is only its beginning. All of it is kept, and can be opened '
    "when it has ended.</p>"
)


def waiting(wait: runs.Waiting | None) -> SafeString:
    """Why nothing comes, and for how long."""
    if wait is None:
        return NOTHING
    if wait.reason == turns.TURN:
        return format_html('<p class="note">Waits for its turn: {} columns are answered at a time.</p>', wait.of)
    seconds = math.ceil(wait.seconds)
    if wait.reason == "first_byte":
        return format_html('<p class="note">No answer yet; waiting {} s more.</p>', _counting(seconds))
    reason = wait.reason.rstrip(".")
    again = _counting(seconds)
    return format_html('<p class="note">{}; again in {} s (try {} of {}).</p>', reason, again, wait.attempt, wait.of)


def _counting(seconds: int) -> SafeString:
    """Seconds that a script of the page counts down."""
    return format_html('<span data-seconds="{}">{}</span>', seconds, seconds)


def stopped_watching(page: str) -> SafeString:
    """The reader is signed out, or may no longer use what answers; `page`: where they can see it again."""
    return format_html(
        '<div class="note warn" role="alert"><p class="what">You cannot watch this answer any more.</p>'
        "<p>You are signed out, or your access was removed. What has come is kept; "
        '<a href="{}">sign in</a> to see it.</p></div>',
        f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': page})}",
    )


def page(run: Run | None) -> str:
    """Where the run is shown."""
    if run and (name := PAGES.get(run.kind) or (run.kind == Run.Kind.CALL and OPERATIONS.get(run.operation))):
        return reverse(f"playground:{name}")
    if run and run.session_id:
        return reverse("playground:session", args=[run.session_id])
    return reverse("playground:chat")
