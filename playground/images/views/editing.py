"""Editing: pictures and an instruction in, perhaps a mask over the first one, pictures out."""

import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from connector import runs
from connector.client import errors
from connector.models import GeneratedImage
from playground import unsent
from playground.access import UserRequest, signed_in
from playground.images import inputs, owned, showing
from playground.images.edits import EditForm, start_of
from playground.images.inputs import Inputs
from playground.parameters.fields import sentence
from playground.parameters.form import Start

TEMPLATE = "playground/images/edit.html"
OFFERED = 24  # pictures of the gallery to choose from
FIELDS = {"image": inputs.FILES, "mask": inputs.MASK_FILE}  # what the connector calls them: what the form does


@require_http_methods(["GET", "POST"])
@signed_in
def edit(request: UserRequest, public_id: uuid.UUID | None = None) -> HttpResponse:
    """The picture in the address, and whatever is added to it; without one it begins with uploads.

    `?from=` opens the form as it was for an edited picture.
    """
    if public_id:
        owned.visible_image(request, public_id)
    if request.method == "POST":
        return _ask(request)
    if text := request.GET.get(inputs.FROM):
        image = owned.visible_image(request, showing.uuid_of(text))
        form = EditForm(request.user, start_of(request.user, image, varied=True), prompt=image.prompt)
        return _page(request, inputs.of(request, image), form)
    found = inputs.asked(request, public_id)
    first = next(iter(found.drawn), None)
    return _page(request, found, EditForm(request.user, start_of(request.user, first)))


@require_POST
@signed_in
def form(request: UserRequest) -> HttpResponse:
    """The part of the form that depends on the model, after another one was chosen."""
    found = EditForm(request.user, Start(), request.POST)
    status = 200 if found.is_valid() or found.is_unnamed else 422
    return render(request, f"{TEMPLATE}#chosen", {"form": found}, status=status)


def _ask(request: UserRequest) -> HttpResponse:
    found, form = inputs.posted(request), EditForm(request.user, Start(), request.POST, sends=True)
    if not form.is_valid() or found.problems:
        return _page(request, found, form, status=422)
    try:
        run = GeneratedImage.objects.ask(
            request.user, operation=EditForm.operation, images=found.images, mask=found.mask, **form.wish
        )
    except errors.InvalidParameter as error:
        if field := FIELDS.get(str(error.facts["param"]).split("[")[0]):
            found.complain(field, f"{sentence(error)}.".replace("..", "."))
        else:
            form.add_error(None, sentence(error))
        return _page(request, found, form, status=422)
    except errors.NotSent as error:
        return unsent.in_time(_page(request, found, form, status=unsent.status(error), error=error), error)
    runs.start(run)
    return showing.run(run)


def _page(
    request: UserRequest,
    found: Inputs,
    form: EditForm,
    *,
    status: int = 200,
    **more: Any,  # Any: what a template reads
) -> HttpResponse:
    own = GeneratedImage.objects.visible_to(request.user).kept().filter(media_type__in=showing.EDITABLE)
    context = {
        "found": found,
        "form": form,
        "others": own.exclude(pk__in=[image.pk for image in found.drawn])[:OFFERED],
        "types": ",".join(sorted(showing.EDITABLE)),
    }
    return render(request, TEMPLATE, context | more, status=status)
