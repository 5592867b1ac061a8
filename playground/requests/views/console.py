"""The console: any request to a configuration, and what comes back."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from connector import runs
from connector.client import errors
from connector.models import CallContent, Configuration, Run, SavedRequest, StoredFile, requesting
from playground import keys, unsent
from playground.access import UserRequest, signed_in, wants_fragment
from playground.record import owned as of_the_record
from playground.record import showing
from playground.requests import answers, jsontext, owned, paths
from playground.requests.forms import ConsoleForm
from playground.requests.typed import KINDS, MOST_ROWS, Typed

TEMPLATE = answers.CONSOLE
RUN, SAVED, CALL, EXAMPLE, ON, DELETED = "run", "saved", "call", "example", "on", "deleted"  # of the query


@require_GET
@signed_in
def console(request: UserRequest) -> HttpResponse:
    """The form, as the last request was sent; `?run=`, `?saved=`, `?call=` and `?example=` fill it in with another one.

    What came for `run` stands beside it. `?deleted=` offers to bring back a saved request that was just deleted.
    """
    pk, saved_pk, deleted = (keys.parse(request.GET.get(name, "")) for name in (RUN, SAVED, DELETED))
    run = owned.raw_run(request, pk) if pk is not None else None
    if saved_pk is not None:
        saved = owned.saved(request, saved_pk)
        return page(request, Typed.kept(saved.content), run=run, saved=saved)
    if (call_pk := keys.parse(request.GET.get(CALL, ""))) is not None:
        content = of_the_record.content(request, call_pk)
        return page(request, _recorded(request, content), run=run, remarks=showing.Body(content.request).notes)
    if example := request.GET.get(EXAMPLE):
        return page(request, _example(request, example), run=run)
    run = run or next(iter(answers.recent(request.user)), None)
    undo = SavedRequest.objects.deleted_of(request.user).filter(pk=deleted or 0).first()
    return page(request, Typed.sent(run) if run else Typed(), run=run, undo=undo)


@require_POST
@signed_in
def send(request: UserRequest) -> HttpResponse:
    form = ConsoleForm(request.user, Typed.posted(request.POST), request.POST, request.FILES)
    if not form.is_allowed and form.chosen:
        return refused(request, form, errors.NotAllowed(configuration=form.chosen.display_name))
    if not form.is_valid():
        return refused(request, form)
    try:
        run = requesting.ask(
            request.user,
            form.chosen,
            answers.RAW,
            form.parameters,
            files=form.along,
            token=form.cleaned_data["token"],
        )
    except errors.NotSent as error:
        return refused(request, form, error)
    runs.start(run)
    if not wants_fragment(request):
        return redirect(f"{_here()}?{RUN}={run.pk}#run-{run.pk}")
    context = {"form": form, "shown": answers.of(run), "run": run, "recent": answers.recent(request.user)}
    return render(request, f"{TEMPLATE}#asked", context)


@require_POST
@signed_in
def form(request: UserRequest) -> HttpResponse:
    """The form after something in it was pressed: a row more or less, JSON laid out, another configuration."""
    typed = Typed.posted(request.POST)
    found = ConsoleForm(request.user, typed, files=request.FILES)
    kind, _, place = request.POST.get("remove", "").partition("-")
    if request.POST.get("add") in KINDS:
        kind = request.POST["add"]
        found.typed = found.typed.with_row(kind)
    elif kind in KINDS and (number := keys.parse(place)) is not None and number < MOST_ROWS:
        found.typed = found.typed.without_row(kind, number)
    elif "format" in request.POST:
        found.look_at_json()
        if found.problem is None:
            found.typed = typed.changed(data=jsontext.laid_out(typed.data))
        part = "data"
    else:
        part = "offered"
    if kind in KINDS:
        part = f"rows_{kind}"
    if wants_fragment(request):
        return render(request, f"{TEMPLATE}#{part}", {"form": found}, status=422 if found.problem else 200)
    return page(request, found.typed, form=found, status=422 if found.problem else 200)


@require_POST
@signed_in
def check(request: UserRequest) -> HttpResponse:
    """What is wrong with the JSON that is being typed."""
    found = ConsoleForm(request.user, Typed.posted(request.POST))
    if found.typed.data.strip():
        found.look_at_json()
    return render(request, f"{TEMPLATE}#data_errors", {"form": found})


@require_POST
@signed_in
def stop(request: UserRequest, pk: int) -> HttpResponse:
    run = owned.raw_run(request, pk)
    runs.stop(run)
    if wants_fragment(request):
        return HttpResponse(status=204)  # the stream brings the end
    return redirect(f"{_here()}?{RUN}={run.pk}")


def page(
    request: UserRequest,
    typed: Typed,
    *,
    form: ConsoleForm | None = None,
    run: Run | None = None,
    status: int = 200,
    **more: Any,  # Any: what a template reads
) -> HttpResponse:
    form = form or ConsoleForm(request.user, typed)
    context = {
        "form": form,
        "run": run,
        "shown": answers.of(run) if run else None,
        "recent": answers.recent(request.user),
        "examples": paths.examples(form.chosen),
        "saved_ones": SavedRequest.objects.for_user(request.user),
    }
    return render(request, TEMPLATE, context | more, status=status)


def refused(request: UserRequest, form: ConsoleForm, error: errors.NotSent | None = None) -> HttpResponse:
    """Why nothing was asked: where it was typed or beside the button, with everything that was typed kept."""
    status = unsent.status(error)
    if wants_fragment(request):  # which is swapped in with these statuses only
        response = render(request, f"{TEMPLATE}#refused", {"form": form, "error": error}, status=status)
    else:
        status = 403 if isinstance(error, errors.NotAllowed) else status
        response = page(request, form.typed, form=form, error=error, status=status)
    return unsent.in_time(response, error)


def _recorded(request: UserRequest, content: CallContent) -> Typed:
    """As a call of the record was sent, with its files where they are still there."""
    sums = [part["sha256"] for part in content.request.get("form") or [] if "sha256" in part]
    files = StoredFile.objects.for_user(request.user).filter(sha256__in=sums) if sums else StoredFile.objects.none()
    return Typed.recorded(content.call, content, {file.sha256: str(file.public_id) for file in files})


def _example(request: UserRequest, key: str) -> Typed:
    """One of the examples, for the configuration that is named, or for the first one."""
    named = Typed(configuration=request.GET.get(ON, ""))
    chosen: Configuration | None = ConsoleForm(request.user, named).chosen
    return next((one.typed for one in paths.examples(chosen) if one.key == key), named)


def _here() -> str:
    return reverse("playground:request_new")
