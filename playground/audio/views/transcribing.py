"""Transcription and translation: a recording and how it is written down; what was said in it."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from connector import runs
from connector.client import errors
from connector.models import Configuration, Run, StoredFile, Transcription, listening
from playground import keys, unsent
from playground.access import UserRequest, signed_in, wants_fragment
from playground.audio import cards, history, owned, showing, uploads
from playground.audio.cards import TranscriptionCard
from playground.audio.forms import TranscriptionForm
from playground.audio.uploads import Upload
from playground.parameters.fields import sentence
from playground.parameters.form import Start

PLACE = showing.LISTENING
FROM, BEFORE, DELETED, RECORDING = "from", "before", "deleted", "recording"  # of the query


@require_GET
@signed_in
def page(request: UserRequest) -> HttpResponse:
    """The form and what was heard before; `?from=` fills it in as a recording was asked about, `?recording=` with a
    recording, or with something that was spoken here."""
    source = owned.transcription(request, found) if (found := keys.parse(request.GET.get(FROM, ""))) else None
    recording = source.recording if source else uploads.of(request, request.GET.get(RECORDING, ""))
    return _page(request, _opened(request, source), recording)


@require_GET
@signed_in
def detail(request: UserRequest, pk: int) -> HttpResponse:
    """One of them at its own address, the form filled in as it was asked for."""
    return shown(request, owned.transcription(request, pk))


@require_POST
@signed_in
def form(request: UserRequest) -> HttpResponse:
    """The form after something was chosen in it: another model has other formats."""
    found = TranscriptionForm(request.user, Start(), request.POST)
    status = 200 if found.is_valid() or found.is_unnamed else 422
    if wants_fragment(request):
        return render(request, f"{PLACE.template}#chosen", {"form": found}, status=status)
    return _page(request, found, uploads.of(request, request.POST.get(uploads.KEPT, "")), status)


@require_POST
@signed_in
def ask(request: UserRequest) -> HttpResponse:
    found = TranscriptionForm(request.user, Start(), request.POST, sends=True)
    if not found.is_valid() and wants_fragment(request):
        return _refused(request, found, Upload())  # the file stays in the page: nothing of it is kept yet
    upload = uploads.posted(request)
    if not found.is_valid() or upload.recording is None:
        return _refused(request, found, upload, upload.error)
    try:
        run = Transcription.objects.ask(request.user, recording=upload.recording, **found.wish)
        made = showing.item_of(run, Run.Kind.TRANSCRIPTION)
    except errors.InvalidParameter as error:
        if error.facts["param"] == listening.FILE:
            return _refused(request, found, Upload(problem=sentence(error)))
        return _refused(request, found, upload, error)
    except errors.NotSent as error:
        return _refused(request, found, upload, error)
    runs.start(run)
    return showing.asked(request, made, cards.of(made), recording=upload.recording)


def shown(request: UserRequest, heard: Transcription, error: errors.NotSent | None = None) -> HttpResponse:
    """Its own page; with an `error` why it was not asked for again."""
    found = history.Page([TranscriptionCard(heard, is_open=True)], None)
    status = unsent.status(error) if error else 200
    form = _opened(request, heard)
    return _page(request, form, heard.recording, status, history=found, one=heard, error=error)


def _opened(request: UserRequest, source: Transcription | None) -> TranscriptionForm:
    """As `source`, else the newest one, was asked for."""
    source = source or Transcription.objects.for_user(request.user).select_related("run__configuration").first()
    if source is None:
        return TranscriptionForm(request.user, Start())
    run = source.run
    is_open = run.configuration in Configuration.objects.for_user(request.user)
    start = Start(
        configuration=run.configuration_id if is_open else None,
        model=run.model if is_open else "",
        parameters=listening.given(run),
    )
    return TranscriptionForm(request.user, start, operation=run.operation)


def _page(
    request: UserRequest,
    form: TranscriptionForm,
    recording: StoredFile | None,
    status: int = 200,
    **more: Any,  # Any: what a template reads
) -> HttpResponse:
    before = keys.parse(request.GET.get(BEFORE, ""))
    undo = keys.parse(request.GET.get(DELETED, ""))
    context = {
        "form": form,
        "recording": recording,
        "history": more.pop("history", None) or history.transcriptions(request.user, before),
        "is_older": before is not None,
        "undo": Transcription.objects.deleted_of(request.user).filter(pk=undo).first() if undo else None,
    }
    return unsent.in_time(showing.page(request, PLACE, context | more, status), more.get("error"))


def _refused(
    request: UserRequest,
    form: TranscriptionForm,
    upload: Upload,
    error: errors.ConnectorError | None = None,
) -> HttpResponse:
    """Why nothing was asked: at the field or beside the button, with everything that was chosen kept."""
    context = {"form": form, "error": error, "problem": upload.problem, "recording": upload.recording}
    status = unsent.status(error)
    return showing.refused(request, PLACE, context) or _page(
        request, form, upload.recording, status, error=error, problem=upload.problem
    )
