"""The studio: asking for pictures, and watching them come."""

import uuid
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from connector import runs
from connector.client import errors, media
from connector.models import GeneratedImage, Run
from connector.runs import unstored
from playground import harmless, unsent
from playground.access import UserRequest, signed_in, wants_fragment
from playground.chat.forms import AgainForm
from playground.images import asking, owned, tiles
from playground.images.forms import StudioForm

TEMPLATE = tiles.STUDIO


@require_GET
@signed_in
def studio(request: UserRequest) -> HttpResponse:
    """The form and the latest runs; `?from=` fills it in as a picture was asked for, `?prompt_of=` with its prompt."""
    return _page(request, asking.form(request), is_filled=bool(request.GET))


@require_POST
@signed_in
def form(request: UserRequest) -> HttpResponse:
    """The form after something was chosen in it: another model takes other parameters, and costs something else."""
    found = asking.posted(request)
    status = 200 if found.is_valid() or found.is_unnamed else 422
    if wants_fragment(request):
        return render(request, f"{TEMPLATE}#chosen", {"form": found}, status=status)
    return _page(request, found, status=status)


@require_POST
@signed_in
def ask(request: UserRequest) -> HttpResponse:
    found = asking.posted(request, sends=True)
    if not found.is_valid():
        return _refused(request, found)
    try:
        run = asking.ask(request, found)
    except errors.NotSent as error:
        return _refused(request, found, error)
    runs.start(run)
    return _asked(request, run)


@require_POST
@signed_in
def again(request: UserRequest, pk: int) -> HttpResponse:
    """All pictures of a run once more, or only the one that is named."""
    run, form = owned.run(request, pk), AgainForm(request.POST)
    token = form.cleaned_data["token"] if form.is_valid() else ""
    image = _named(request, run)
    try:
        made = image.ask_again(token) if image else GeneratedImage.objects.ask_again(run, token)
    except errors.NotSent as error:
        return _refused(request, None, error)
    runs.start(made)
    return _asked(request, made)


@require_POST
@signed_in
def stop(request: UserRequest, pk: int) -> HttpResponse:
    run = owned.run(request, pk)
    runs.stop(run)
    if wants_fragment(request):
        return HttpResponse(status=204)  # the stream brings the end
    return _to(run)


@require_POST
@signed_in
def rescue(request: UserRequest, public_id: uuid.UUID) -> HttpResponse:
    """A picture that came and could not be stored, to save it elsewhere; it was paid for. It can be had once."""
    image = owned.image(request, public_id)
    content = unstored.take(image.pk)
    if content is None:
        raise Http404
    media_type = media.type_of(content)
    name = f"picture-{public_id.hex[:8]}{media.suffix(media_type)}"
    headers = harmless.UNKEPT | {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=media_type or "application/octet-stream", headers=headers)


def _named(request: UserRequest, run: Run) -> GeneratedImage | None:
    """The picture of `run` that is to be tried again; None for all of them."""
    try:
        public_id = uuid.UUID(request.POST.get("image", ""))
    except ValueError:
        return None
    return get_object_or_404(GeneratedImage.objects.for_user(request.user), run=run, public_id=public_id)


def _page(
    request: UserRequest,
    form: StudioForm,
    *,
    status: int = 200,
    **more: Any,  # Any: what a template reads
) -> HttpResponse:
    context = {"form": form, "cards": tiles.recent(request.user)} | more
    return render(request, TEMPLATE, context, status=status)


def _asked(request: UserRequest, run: Run) -> HttpResponse:
    """The run at the top of the page, and a fresh token for the next one."""
    if not wants_fragment(request):
        return _to(run)
    card = tiles.card(request.user, run)
    return render(request, f"{TEMPLATE}#asked", {"card": card, "run": run})


def _to(run: Run) -> HttpResponse:
    """The page with the run on it; its form filled in as it was sent."""
    first = run.images.first()
    query = f"?{asking.FROM}={first.public_id}" if first else ""
    return redirect(f"{reverse('playground:images')}{query}#run-{run.pk}")


def _refused(request: UserRequest, form: StudioForm | None, error: errors.NotSent | None = None) -> HttpResponse:
    """Why nothing was asked: at the field or beside the button, with everything that was typed kept."""
    status = unsent.status(error)
    if wants_fragment(request):
        part = "refused" if form else "not_again"
        response = render(request, f"{TEMPLATE}#{part}", {"form": form, "error": error}, status=status)
    else:
        response = _page(request, form or asking.form(request), status=status, error=error)
    return unsent.in_time(response, error)
