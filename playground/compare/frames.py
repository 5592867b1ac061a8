"""What the stream of a comparison puts on its page."""

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse

from connector import runs
from connector.models import Comparison, Run
from playground.compare import showing
from playground.frames.partials import partial
from playground.frames.together import Place
from playground.templatetags.promptyard import seconds

TEMPLATE = "playground/compare/page.html"
CHARACTERS_A_TOKEN = 4  # as long as the provider has not counted


def place(comparison: Comparison, user: User, request: HttpRequest) -> Place:
    pk = comparison.pk

    def now() -> Comparison | None:
        return Comparison.objects.for_user(user).filter(pk=pk).first()

    def ended(run_id: int) -> str:
        """The column as it ended, and how many there are still to come."""
        found, run = now(), Run.objects.select_related("configuration").filter(pk=run_id).first()
        column = showing.column(found, run) if found and run else None
        html = _rendered("column", user, request, column=column, comparison=found) if column else ""
        left = Run.objects.going().filter(session__comparison=pk).count()
        return partial(f"#run-{run_id}", "outerHTML", html) + partial("#left", "innerHTML", f"{left}")

    def last() -> str:
        found = now()
        if found is None:
            return partial("#standing", "outerHTML")
        shown = showing.shown(found)
        standing, table = (_rendered(part, user, request, shown=shown) for part in ("standing", "table"))
        return partial("#standing", "outerHTML", standing) + partial("#table", "outerHTML", table)

    def beside(snapshot: runs.Snapshot) -> str:
        return "" if comparison.is_hidden else growing(snapshot)

    return Place(address=reverse("playground:comparison", args=[pk]), ended=ended, last=last, beside=beside)


def growing(snapshot: runs.Snapshot) -> str:
    """The figures of a column that is being written, as far as they are known."""
    size = sum(len(text.content) + len(text.reasoning) for text in snapshot.answers.values())
    first = snapshot.live.fields.get("first_token_ms") if snapshot.live else None
    run = f"#run-{snapshot.run_id}"
    words = seconds(first) or showing.DASH
    about = f"about {-(-size // CHARACTERS_A_TOKEN):,}" if size else showing.DASH
    return partial(f"{run}-first", "innerHTML", words) + partial(f"{run}-written", "innerHTML", about)


def _rendered(part: str, user: User, request: HttpRequest, **context: object) -> str:
    return render_to_string(f"{TEMPLATE}#{part}", {"user": user, **context}, request)
