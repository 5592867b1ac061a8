"""What the studio opens with: the wish before, the one of a picture, or only a picture's prompt."""

import uuid
from typing import Any

from connector.models import Configuration, GeneratedImage, Run
from connector.models.drawing import OURS
from playground.access import UserRequest
from playground.images import owned
from playground.images.forms import StudioForm
from playground.parameters.form import Start

FROM, PROMPT_OF = "from", "prompt_of"  # of the query: everything of a picture, and only its prompt


def form(request: UserRequest) -> StudioForm:
    """The form as it opens; raises `Http404` for a picture of somebody else."""
    if source := _picture(request, FROM):
        return StudioForm(request.user, _as_before(request, source), prompt=source.prompt)
    prompt_of = _picture(request, PROMPT_OF)
    prompt = prompt_of.prompt if prompt_of else ""
    return StudioForm(request.user, _as_before(request, _last(request)), prompt=prompt)


def posted(request: UserRequest, *, sends: bool = False) -> StudioForm:
    data = request.POST.copy()
    if example := data.get("example"):
        data["prompt"] = example
    return StudioForm(request.user, Start(), data, sends=sends)


def ask(request: UserRequest, form: StudioForm) -> Run:
    """Raises errors of `errors.NotSent`."""
    return GeneratedImage.objects.ask(request.user, **form.wish)


def _picture(request: UserRequest, name: str) -> GeneratedImage | None:
    text = request.GET.get(name, "")
    try:
        return owned.visible_image(request, uuid.UUID(text)) if text else None
    except ValueError:
        return None


def _last(request: UserRequest) -> GeneratedImage | None:
    """The newest picture that was generated, not edited: its form is the one to go on with."""
    generated = GeneratedImage.Operation.GENERATIONS
    theirs = GeneratedImage.objects.for_user(request.user).filter(operation=generated)
    return theirs.select_related("configuration").order_by("-pk").first()


def _as_before(request: UserRequest, image: GeneratedImage | None) -> Start:
    """What `image` was asked with. A configuration that may not be used any more is not gone back to."""
    if image is None:
        return Start()
    is_open = image.configuration in Configuration.objects.for_user(request.user)
    return Start(
        configuration=image.configuration_id if is_open else None,
        model=image.model if is_open else "",
        parameters=given(image),
    )


def given(image: GeneratedImage) -> dict[str, Any]:
    """The parameters of `image` as they were sent, without what the connector adds by itself."""
    return {name: value for name, value in image.parameters.items() if name not in OURS | {"response_format"}}
