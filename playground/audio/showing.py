"""What the two pages answer with: all of the page, or the part of it that has changed."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from connector.client import errors
from connector.models import Run, Speech, Transcription
from playground import unsent
from playground.access import UserRequest, wants_fragment

type Item = Speech | Transcription


@dataclass(frozen=True, slots=True)
class Place:
    """One of the pages: its template, and the names of its addresses."""

    template: str
    page: str
    detail: str
    listens: bool = False  # to a microphone, which it needs a permission for


SPEAKING = Place("playground/audio/speech.html", "playground:audio", "playground:speech")
LISTENING = Place("playground/audio/transcribe.html", "playground:transcribe", "playground:transcription", True)

KINDS = (Run.Kind.SPEECH, Run.Kind.TRANSCRIPTION)

# As everywhere (`config.serving.headers`), but for the microphone.
MAY_RECORD = "camera=(), geolocation=(), microphone=(self), payment=(), usb=()"


def place_of(item: Item) -> Place:
    return SPEAKING if isinstance(item, Speech) else LISTENING


def page(request: HttpRequest, place: Place, context: dict[str, Any], status: int = 200) -> HttpResponse:
    response = render(request, place.template, context, status=status)
    if place.listens:
        response["Permissions-Policy"] = MAY_RECORD
    return response


def asked(request: UserRequest, item: Item, card: object, **more: object) -> HttpResponse:
    """The run at the top of the page, and a fresh token for the next one; without a script its own page."""
    place = place_of(item)
    if not wants_fragment(request):
        return redirect(place.detail, item.pk)
    return render(request, f"{place.template}#asked", {"card": card, "run": item.run} | more)


def refused(request: UserRequest, place: Place, context: dict[str, Any]) -> HttpResponse | None:
    """Why nothing was asked, as a part of the page; None where all of the page has to say it."""
    if not wants_fragment(request):
        return None
    part, error = "refused" if context.get("form") else "not_again", context.get("error")
    response = render(request, f"{place.template}#{part}", context, status=unsent.status(error))
    return unsent.in_time(response, error)


def deleted(request: UserRequest, item: Item) -> HttpResponse:
    """The item is gone, and can be brought back."""
    place = place_of(item)
    if wants_fragment(request):
        return render(request, f"{place.template}#deleted", {"item": item, "run": item.run})
    return redirect(f"{reverse(place.page)}?deleted={item.pk}")


def item_of(run: Run, *kinds: Run.Kind) -> Item:
    """What a run that was just made is about. Raises `errors.InvalidParameter` when it is of another kind than asked
    for: its form's token was used on another page."""
    if run.kind not in (kinds or KINDS):
        raise errors.InvalidParameter(param="token", reason="it was used already; reload the page")
    return run.speech if run.kind == Run.Kind.SPEECH else run.transcription
