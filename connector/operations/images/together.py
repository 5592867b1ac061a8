"""Parameters that contradict each other (OpenAI API reference, images/generate and images/edit)."""

from typing import Any

from connector.catalogue import checks
from connector.client import media
from connector.client.multipart import File

SOURCE = "OpenAI API reference, images/generate and images/edit"
ALONE = {"gif", "svg"}  # formats that are drawn one at a time and not streamed


def check(body: dict[str, Any]) -> None:
    """Raises `errors.InvalidParameter` for the first contradiction."""
    kind = body.get("output_format")
    if body.get("background") == "transparent" and kind == "jpeg":
        raise checks.wrong("background", "jpeg has no transparency", allowed="png or webp with it", source=SOURCE)
    if kind in ALONE and body.get("n", 1) != 1:
        raise checks.wrong("n", f"{kind} is drawn one at a time", allowed="1", source=SOURCE)
    if kind == "gif" and "mask" in body:
        raise checks.wrong("mask", "a moving picture takes none", source=SOURCE)
    if "mask" in body and "markup" in body:
        raise checks.wrong("markup", "it cannot be combined with a mask", source=SOURCE)
    for name in ("mask", "markup"):
        if name in body:
            _same_size(name, body[name], body.get("image"))


def check_stream(body: dict[str, Any]) -> None:
    """Raises when what is asked for does not come as a stream."""
    if (kind := body.get("output_format")) in ALONE:
        raise checks.wrong("stream", f"{kind} does not come as a stream", source=SOURCE)


def _same_size(name: str, overlay: Any, images: Any) -> None:
    """As far as the headers tell: of PNG files."""
    first = images[0] if isinstance(images, list | tuple) and images else images
    if not isinstance(overlay, File) or not isinstance(first, File):
        return
    its, ours = media.png_size(overlay.content), media.png_size(first.content)
    if its and ours and its != ours:
        reason = f"it is {its[0]}x{its[1]}, the picture {ours[0]}x{ours[1]}"
        raise checks.wrong(name, reason, allowed="the size of the first picture", source=SOURCE)
