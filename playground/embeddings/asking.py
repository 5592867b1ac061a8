"""What the page opens with, and from its form to a run."""

import csv
import io
from typing import Any

from django.http import Http404

from connector.models import Configuration, Run, requesting
from playground import keys
from playground.access import UserRequest
from playground.embeddings import owned, showing, texts
from playground.embeddings.forms import CSV, LINES, EmbeddingsForm
from playground.embeddings.texts import Unreadable
from playground.parameters.form import Start

FILE = "file"
OURS = {"model", "input"}  # of a request, not among the parameters that somebody chooses


def form(request: UserRequest, run: Run | None = None) -> EmbeddingsForm:
    """As it opens: filled in as `run` was asked, else with the settings of the last one."""
    typed = _typed(run) if run else {}
    return EmbeddingsForm(
        request.user,
        _as_before(request, run or owned.runs(request).select_related("configuration").first()),
        typed=typed,
    )


def posted(request: UserRequest, *, sends: bool = False) -> EmbeddingsForm:
    """A file that was uploaded is put into the field for the CSV, where it can be seen and changed."""
    data, problem = request.POST.copy(), ""
    if example := data.get("example"):
        data["lines"], data["source"] = example, LINES
    if file := request.FILES.get(FILE):
        data["source"] = CSV
        try:
            data["csv"] = texts.decoded(file.read())
        except Unreadable as error:
            problem = str(error)
    return EmbeddingsForm(request.user, Start(), data, sends=sends, problem=problem)


def ask(request: UserRequest, form: EmbeddingsForm) -> Run:
    """Raises errors of `errors.NotSent`."""
    return requesting.ask(request.user, **form.wish)


def before(request: UserRequest) -> int | None:
    """The key behind which the list of requests goes on; raises `Http404` for what is none."""
    text = request.GET.get("before", "")
    if text and (key := keys.parse(text)) is None:
        raise Http404
    return key if text else None


def _typed(run: Run) -> dict[str, Any]:
    """The texts as somebody would have typed them."""
    asked = showing.Result(run)
    if not asked.labels and not any("\n" in text for text in asked.texts):
        return {"source": LINES, "lines": "\n".join(asked.texts)}
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow(["text", "label"] if asked.labels else ["text"])
    for place, text in enumerate(asked.texts):
        writer.writerow([text, asked.labels[place]] if asked.labels else [text])
    return {"source": CSV, "csv": sink.getvalue()}


def _as_before(request: UserRequest, run: Run | None) -> Start:
    """What `run` was asked with. A configuration that may not be used any more is not gone back to."""
    if run is None:
        return Start()
    is_open = run.configuration in Configuration.objects.for_user(request.user)
    return Start(
        configuration=run.configuration_id if is_open else None,
        model=run.model if is_open else "",
        parameters={name: value for name, value in run.request.items() if name not in OURS},
    )
