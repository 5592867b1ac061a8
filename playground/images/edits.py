"""The form of an edit: as the studio's, for what edit models take; and what it opens with."""

from typing import Any, ClassVar

from django.contrib.auth.models import User

from connector.client.multipart import File
from connector.models import Configuration, GeneratedImage
from playground.images import asking
from playground.images.forms import StudioForm
from playground.parameters.form import Start

# The smallest PNG there is: the checks look at what a file is and how large.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c020000000b4944415478da6364f80f00010501012718e3660000000049454e44ae426082"
)


class EditForm(StudioForm):
    operation = "image_edits"
    address: ClassVar[str] = "playground:images_edit_form"
    stand_ins: ClassVar[dict[str, Any]] = {"image": File("picture.png", PNG)}


def start_of(user: User, image: GeneratedImage | None, *, varied: bool = False) -> Start:
    """The configuration and model of `image`, as far as they may be used for edits; `varied`: its parameters, too."""
    configuration = image.configuration if image else None
    if image is None or configuration not in Configuration.objects.for_user(user):
        return Start()
    assert configuration is not None  # noqa: S101  # for the type checker: it is among them
    models = {row.name for row in configuration.model_names(EditForm.operation)}
    return Start(
        configuration=configuration.pk,
        model=image.model if image.model in models or varied else "",
        parameters=asking.given(image) if varied else {},
    )
