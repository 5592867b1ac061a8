"""What the real API refuses in a request for pictures, with its words (OpenAI API reference, images)."""

import re
from typing import Any

from connector.client.multipart import Part
from connector.sandbox.replies.problems import Problem, missing
from connector.sandbox.replies.values import Check, an_object, boolean, choice, integer, text

_SIZE = re.compile(r"([1-9]\d{1,3})x([1-9]\d{1,3})", re.ASCII)
FILES = {"image": 16, "mask": 1, "markup": 1}  # how many of each
NUMBERS = {"n", "output_compression", "partial_images", "frame_count", "frame_duration_ms"}
BOOLEANS = {"stream"}
LINKED = "sandbox-image-url"  # takes what dall-e-3 took


def free_size(name: str, value: Any) -> None:
    """As the models from GPT Image 2 on take it."""
    text()(name, value)
    found = _SIZE.fullmatch(value)
    width, height = (int(found[1]), int(found[2])) if found else (0, 0)
    is_right = found and not (width % 16 or height % 16) and max(width, height) <= 3 * min(width, height)
    if value != "auto" and (not is_right or max(width, height) > 3840 or min(width, height) > 2160):
        raise Problem(
            f"Invalid size '{value}'. Width and height must both be divisible by 16, with an aspect ratio between "
            "1:3 and 3:1, and at most 3840x2160.",
            param=name,
            code="invalid_value",
        )


GPT_IMAGE: dict[str, Check] = {
    "model": text(),
    "prompt": text(32_000),
    "background": choice("transparent", "opaque", "auto"),
    "complexity": choice("low", "medium", "high"),
    "frame_count": integer(2, 16),
    "frame_duration_ms": integer(0),
    "moderation": choice("low", "auto"),
    "n": integer(1, 10),
    "output_compression": integer(0, 100),
    "output_format": choice("png", "jpeg", "webp", "gif"),
    "partial_images": integer(0, 3),
    "quality": choice("low", "medium", "high", "xhigh", "max", "auto"),
    "safety_identifier": text(),
    "size": free_size,
    "stream": boolean,
    "svg": an_object,
    "user": text(),
}
DALL_E: dict[str, Check] = {
    "model": text(),
    "prompt": text(4000),
    "n": integer(1, 1),
    "quality": choice("standard", "hd"),
    "response_format": choice("url", "b64_json"),
    "safety_identifier": text(),
    "size": choice("1024x1024", "1792x1024", "1024x1792"),
    "style": choice("vivid", "natural"),
    "user": text(),
}
EDIT: dict[str, Check] = {"input_fidelity": choice("high", "low")}
VARIATION: dict[str, Check] = {
    "model": text(),
    "n": integer(1, 10),
    "response_format": choice("url", "b64_json"),
    "size": choice("256x256", "512x512", "1024x1024"),
    "user": text(),
}


def generation(body: dict[str, Any], model: str) -> None:
    """Raises the first `Problem` that the API would find."""
    _parameters(body, DALL_E if model == LINKED else GPT_IMAGE)
    _prompt(body)
    _together(body)


def edit(body: dict[str, Any], files: dict[str, list[Part]], model: str) -> None:
    _files(files, FILES)
    _parameters(body, (DALL_E if model == LINKED else GPT_IMAGE) | EDIT)
    _prompt(body)
    _together(body)
    if "mask" in files and "markup" in files:
        raise Problem("'markup' cannot be combined with 'mask'.", param="markup")


def variation(body: dict[str, Any], files: dict[str, list[Part]]) -> None:
    _files(files, {"image": 1})
    _parameters(body, VARIATION)


def _parameters(body: dict[str, Any], known: dict[str, Check]) -> None:
    for name, value in body.items():
        if name not in known:
            raise Problem(f"Unknown parameter: '{name}'.", param=name, code="unknown_parameter")
        known[name](name, value)


def _prompt(body: dict[str, Any]) -> None:
    if not body.get("prompt"):
        raise missing("prompt")


def _files(files: dict[str, list[Part]], known: dict[str, int]) -> None:
    if not files.get("image"):
        raise missing("image")
    for name, parts in files.items():
        if name not in known:
            raise Problem(f"Unknown parameter: '{name}'.", param=name, code="unknown_parameter")
        if len(parts) > known[name]:
            raise Problem(f"Too many files for '{name}': at most {known[name]}.", param=name, code="too_many_files")


def _together(body: dict[str, Any]) -> None:
    kind = body.get("output_format", "png")
    if body.get("background") == "transparent" and kind == "jpeg":
        raise Problem(
            "Transparent background is not supported for jpeg output format.", param="background", code="invalid_value"
        )
    if body.get("output_compression", 100) < 100 and kind not in ("jpeg", "webp"):
        raise Problem(
            f"Compression less than 100 is not supported for {kind} output format.", param="output_compression"
        )
    if "partial_images" in body and not body.get("stream"):
        raise Problem("'partial_images' is only allowed when 'stream' is enabled.", param="partial_images")
    if kind == "gif":
        _moving(body)
    for name in ("frame_count", "frame_duration_ms"):
        if name in body and kind != "gif":
            raise Problem(f"'{name}' is only allowed with 'output_format' gif.", param=name)
    if "svg" in body:
        raise Problem("'svg' is only allowed with 'output_format' svg.", param="svg")


def _moving(body: dict[str, Any]) -> None:
    if body.get("n", 1) != 1:
        raise Problem("GIF output requires n=1.", param="n")
    if body.get("stream"):
        raise Problem("GIF output does not support streaming.", param="stream")
