"""A picture's request as code: put together anew from what is kept of the picture, also when its record is gone."""

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import User

from connector.client import errors, media, wire
from connector.models import GeneratedImage, StoredFile, drawing
from connector.models.recording import endpoint_facts
from playground.record.code import KINDS, Asked, Part

__all__ = ["KINDS", "of"]


def of(image: GeneratedImage, user: User) -> Asked:
    """What was asked to get `image`, for `user`. Files that are gone, or somebody else's, are named by their id."""
    body = drawing.body_of(image)
    is_form = image.operation != "image_generations"
    return Asked(
        operation=image.operation,
        path=_path(image, body),
        headers={} if is_form else {"content-type": "application/json"},
        text=None if is_form else wire.encode(body).decode(),
        parts=[*_files(image, user), *_values(body)] if is_form else None,
        typed=body if is_form else None,
        endpoint=endpoint_facts(image.configuration),
        configuration=str(image.configuration or ""),
        is_stream=bool(body.get("stream")),
        suffix=media.suffix(image.media_type) or ".png",
    )


def _path(image: GeneratedImage, body: dict[str, Any]) -> str:
    operation = drawing.MODULES[image.operation].OPERATION
    try:
        endpoint = image.configuration.parsed_endpoint() if image.configuration else None
    except errors.InvalidParameter:
        endpoint = None
    if endpoint is None:
        return f"/{operation.path}"
    return endpoint.url(operation, str(body.get("model", ""))).removeprefix(endpoint.base)


def _files(image: GeneratedImage, user: User) -> Iterator[Part]:
    images = _names(image, "image", user)
    for name in images:
        yield Part("image" if len(images) == 1 else "image[]", filename=name)
    for name in _names(image, "mask", user)[:1]:
        yield Part("mask", filename=name)


def _names(image: GeneratedImage, param: str, user: User) -> list[str]:
    """What the files that went along as `param` are called, in their order."""
    inputs = [entry for entry in (image.run.inputs if image.run else []) if entry["param"] == param]
    ids = [entry["id"] for entry in inputs]
    uploads = dict(StoredFile.objects.for_user(user).filter(public_id__in=ids).values_list("public_id", "name"))
    types = dict(GeneratedImage.objects.filter(public_id__in=ids).values_list("public_id", "media_type"))
    names = {str(public_id): name for public_id, name in uploads.items()}
    names |= {str(public_id): f"{public_id}{media.suffix(media_type)}" for public_id, media_type in types.items()}
    return [names.get(entry_id, f"{entry_id}.png") for entry_id in ids]


def _values(body: dict[str, Any], name: str = "") -> Iterator[Part]:
    """As the official client writes them."""
    for key, value in body.items():
        full = f"{name}[{key}]" if name else key
        match value:
            case bool():
                yield Part(full, str(value).lower())
            case dict():
                yield from _values(value, full)
            case list():
                for part in value:
                    yield from _values({"": part}, full)
            case _:
                yield Part(full, str(value))
