"""What is done with something that was asked for: again, stop, delete, bring back."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from connector import runs
from connector.client import errors
from connector.models import Run, Speech
from playground.access import UserRequest, signed_in, wants_fragment
from playground.audio import cards, owned, showing
from playground.audio.showing import Item
from playground.audio.views import speaking, transcribing
from playground.chat.forms import AgainForm


@require_POST
@signed_in
def speak_again(request: UserRequest, pk: int) -> HttpResponse:
    return _again(request, owned.speech(request, pk))


@require_POST
@signed_in
def transcribe_again(request: UserRequest, pk: int) -> HttpResponse:
    return _again(request, owned.transcription(request, pk))


@require_POST
@signed_in
def stop(request: UserRequest, pk: int) -> HttpResponse:
    run = owned.run(request, pk)
    runs.stop(run)
    if wants_fragment(request):
        return HttpResponse(status=204)  # the stream brings the end
    return redirect(f"{reverse(showing.place_of(showing.item_of(run)).page)}#run-{run.pk}")


@require_POST
@signed_in
def delete_speech(request: UserRequest, pk: int) -> HttpResponse:
    return _delete(request, owned.speech(request, pk))


@require_POST
@signed_in
def delete_transcription(request: UserRequest, pk: int) -> HttpResponse:
    return _delete(request, owned.transcription(request, pk))


@require_POST
@signed_in
def restore_speech(request: UserRequest, pk: int) -> HttpResponse:
    owned.deleted_speech(request, pk).restore()
    return redirect("playground:speech", pk)


@require_POST
@signed_in
def restore_transcription(request: UserRequest, pk: int) -> HttpResponse:
    owned.deleted_transcription(request, pk).restore()
    return redirect("playground:transcription", pk)


def _again(request: UserRequest, item: Item) -> HttpResponse:
    form = AgainForm(request.POST)
    try:
        run = item.ask_again(form.cleaned_data["token"] if form.is_valid() else "")
        made = showing.item_of(run, Run.Kind(item.run.kind))
    except errors.NotSent as error:
        refusal = showing.refused(request, showing.place_of(item), {"error": error})
        return refusal or _shown(request, item, error)
    runs.start(run)
    return showing.asked(request, made, cards.of(made))


def _shown(request: UserRequest, item: Item, error: errors.NotSent) -> HttpResponse:
    if isinstance(item, Speech):
        return speaking.shown(request, item, error)
    return transcribing.shown(request, item, error)


def _delete(request: UserRequest, item: Item) -> HttpResponse:
    """Deleted for a day, then for good; what is still being made is stopped."""
    if item.run.is_going:
        runs.stop(Run.objects.get(pk=item.run_id))
    item.discard()
    return showing.deleted(request, item)
