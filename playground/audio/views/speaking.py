"""Speech: a text and who says it; what was said."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from connector import runs
from connector.client import errors
from connector.models import Configuration, Run, Speech
from connector.models import speaking as asking
from playground import keys, unsent
from playground.access import UserRequest, signed_in, wants_fragment
from playground.audio import cards, history, owned, showing
from playground.audio.forms import SpeechForm
from playground.parameters.form import Start

PLACE = showing.SPEAKING
FROM, BEFORE, DELETED = "from", "before", "deleted"  # of the query


@require_GET
@signed_in
def page(request: UserRequest) -> HttpResponse:
    """The form and what was said before; `?from=` fills it in as a text was asked for, `?before=` goes on below."""
    source = owned.speech(request, found) if (found := keys.parse(request.GET.get(FROM, ""))) else None
    return _page(request, _opened(request, source, with_text=source is not None), is_filled=source is not None)


@require_GET
@signed_in
def detail(request: UserRequest, pk: int) -> HttpResponse:
    """One of them at its own address, the form filled in as it was asked for."""
    return shown(request, owned.speech(request, pk))


@require_POST
@signed_in
def form(request: UserRequest) -> HttpResponse:
    """The form after something was chosen in it: another model has other voices."""
    found = SpeechForm(request.user, Start(), request.POST)
    status = 200 if found.is_valid() or found.is_unnamed else 422
    if wants_fragment(request):
        return render(request, f"{PLACE.template}#chosen", {"form": found}, status=status)
    return _page(request, found, status)


@require_POST
@signed_in
def ask(request: UserRequest) -> HttpResponse:
    data = request.POST.copy()
    if example := data.get("example"):
        data["text"] = example
    found = SpeechForm(request.user, Start(), data, sends=True)
    if not found.is_valid():
        return _refused(request, found)
    try:
        run = Speech.objects.ask(request.user, **found.wish)
        made = showing.item_of(run, Run.Kind.SPEECH)
    except errors.NotSent as error:
        return _refused(request, found, error)
    runs.start(run)
    return showing.asked(request, made, cards.of(made))


def shown(request: UserRequest, spoken: Speech, error: errors.NotSent | None = None) -> HttpResponse:
    """Its own page; with an `error` why it was not asked for again."""
    found = history.Page([cards.speech_card(spoken, is_open=True)], None)
    form = _opened(request, spoken, with_text=True)
    status = unsent.status(error) if error else 200
    return _page(request, form, status, history=found, one=spoken, is_filled=True, error=error)


def _opened(request: UserRequest, source: Speech | None, *, with_text: bool) -> SpeechForm:
    """As `source` was asked for, else as the newest one without its text."""
    theirs = Speech.objects.for_user(request.user).select_related("run__configuration")
    source = source or theirs.first()
    if source is None:
        return SpeechForm(request.user, Start())
    run = source.run
    is_open = run.configuration in Configuration.objects.for_user(request.user)
    start = Start(
        configuration=run.configuration_id if is_open else None,
        model=run.model if is_open else "",
        parameters=asking.given(run),
    )
    voices = [take.voice for take in source.takes.all()]
    return SpeechForm(request.user, start, text=source.text if with_text else "", voices=voices)


def _page(
    request: UserRequest,
    form: SpeechForm,
    status: int = 200,
    **more: Any,  # Any: what a template reads
) -> HttpResponse:
    before = keys.parse(request.GET.get(BEFORE, ""))
    undo = keys.parse(request.GET.get(DELETED, ""))
    context = {
        "form": form,
        "history": more.pop("history", None) or history.speeches(request.user, before),
        "is_older": before is not None,
        "undo": Speech.objects.deleted_of(request.user).filter(pk=undo).first() if undo else None,
    }
    return unsent.in_time(showing.page(request, PLACE, context | more, status), more.get("error"))


def _refused(request: UserRequest, form: SpeechForm, error: errors.NotSent | None = None) -> HttpResponse:
    """Why nothing was asked: at the field or beside the button, with everything that was typed kept."""
    context = {"form": form, "error": error}
    return showing.refused(request, PLACE, context) or _page(request, form, unsent.status(error), error=error)
