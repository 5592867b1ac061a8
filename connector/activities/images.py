"""Pictures from code: one that is written into an object of yours, and whole requests in your own hands."""

import logging
from dataclasses import replace
from typing import Any

from asgiref.sync import sync_to_async

from connector.activities import calling, twins
from connector.catalogue import Fitted
from connector.client import errors
from connector.client.limits import Limits
from connector.client.multipart import File
from connector.client.transport import Client
from connector.models import Configuration
from connector.models.generated_image import AbstractGeneratedImage
from connector.operations import image_edits, image_generations, image_variations
from connector.operations.images.answer import Image

logger = logging.getLogger(__name__)


async def agenerate_image(
    configuration: Configuration,
    prompt: str,
    output: AbstractGeneratedImage,
    model: str = "",
    size: str = "",
    quality: str = "",
    style: str = "",
    user: str = "",
    response_format: str = "",
    **parameters: Any,
) -> bool:
    """Draw one picture and write it, and the prompt as the provider revised it, into `output`, which is saved.

    True when there is a picture in it. False when an answer came without one that can be used (it is no picture, or its
    address could not be read): the revised prompt is kept, and the log says why. What is empty is not sent.

    Raises `errors.NoModel`, `errors.InvalidParameter`, `errors.NotStored`, and what the provider's side brings.
    """
    given = {"size": size, "quality": quality, "style": style, "user": user, "response_format": response_format}
    request = image_generations.Request(
        prompt=prompt, model=model, **{name: value for name, value in (given | parameters).items() if value != ""}
    )
    async with calling.prepared(configuration, image_generations, request) as ready:
        fitted = ready.fitted if response_format else _with_its_file(ready)
        answer = await image_generations.create(ready.client, fitted, limits=ready.limits)
    return await write_into(ready.client, answer.data[0], output)


async def aedit_image(
    configuration: Configuration,
    prompt: str,
    images: File | list[File],
    output: AbstractGeneratedImage,
    model: str = "",
    mask: File | None = None,
    size: str = "",
    quality: str = "",
    user: str = "",
    **parameters: Any,
) -> bool:
    """Change a picture, or put several together, and write the result into `output`; else as `agenerate_image`.

    `mask`: a PNG of the first picture's size, transparent where it is to be drawn anew.
    """
    given = {"size": size, "quality": quality, "user": user}
    request = image_edits.Request(
        prompt=prompt,
        model=model,
        image=images,
        mask=mask,
        **{name: value for name, value in (given | parameters).items() if value != ""},
    )
    async with calling.prepared(configuration, image_edits, request) as ready:
        answer = await image_edits.create(ready.client, ready.fitted, limits=ready.limits)
    return await write_into(ready.client, answer.data[0], output)


async def acall_image_generations(
    configuration: Configuration, request: image_generations.Request, limits: Limits | None = None
) -> image_generations.Response:
    """The whole answer to a whole request, fitted to its model. One without a model goes to the default model."""
    return await calling.answer(configuration, image_generations, request, limits)


async def acall_image_edits(
    configuration: Configuration, request: image_edits.Request, limits: Limits | None = None
) -> image_edits.Response:
    """As `acall_image_generations`, with pictures to change."""
    return await calling.answer(configuration, image_edits, request, limits)


async def acall_image_variations(
    configuration: Configuration, request: image_variations.Request, limits: Limits | None = None
) -> image_variations.Response:
    """As `acall_image_generations`, for servers that still make variations of a picture."""
    return await calling.answer(configuration, image_variations, request, limits)


generate_image = twins.sync(agenerate_image)
edit_image = twins.sync(aedit_image)
call_image_generations = twins.sync(acall_image_generations)
call_image_edits = twins.sync(acall_image_edits)
call_image_variations = twins.sync(acall_image_variations)


async def content_of(client: Client, image: Image) -> bytes:
    """The file of a picture, wherever it is; raises `errors.NotFetched` and `errors.BadAnswer`."""
    if (content := image.content) is not None:
        return content
    if not image.url:
        raise errors.BadAnswer(reason="neither a picture nor its address")
    return await client.fetch(image.url)


def _with_its_file(prepared: calling.Prepared) -> Fitted:
    """Asks for the file where a model is known to answer with an address otherwise: addresses expire."""
    family = prepared.family
    if family is None or "response_format" in family.refuses:
        return prepared.fitted
    return replace(prepared.fitted, body=prepared.fitted.body | {"response_format": "b64_json"})


async def write_into(client: Client, image: Image, output: AbstractGeneratedImage) -> bool:
    """Whether the picture of an answer could be written into `output`, which is saved in any case.

    What is no picture or cannot be fetched leaves the revised prompt and a line in the log. Raises `errors.NotStored`.
    """
    output.revised_prompt = image.revised_prompt or ""
    try:
        await sync_to_async(output.write)(await content_of(client, image))
    except errors.NotUnderstood as error:
        logger.warning("There is no picture in the answer: %s", error.what)
        await sync_to_async(output.save)()
        return False
    await sync_to_async(output.save)()
    return True
