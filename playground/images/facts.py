"""What there is to know about a picture: the rows beside it, its record as JSON, and how two of them differ.

What belongs to the request as a whole (usage, cost, the provider's id) is for whoever asked for it: others, with whom
the picture is shared, see the picture and how it was made.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.formats import date_format

from connector.client.limits import readable
from connector.models import GeneratedImage, Run
from playground import money
from playground.templatetags.promptyard import in_words, seconds

DETAILS = ("input_tokens_details", "output_tokens_details")  # of a usage
TOLD_BELOW = {"model", "request_id"}  # of an error

type Row = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that belong together."""

    title: str
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Difference:
    """One line of a comparison: what each picture says about `name`."""

    name: str
    values: list[str]

    @property
    def differs(self) -> bool:
        return len(set(self.values)) > 1


def about(image: GeneratedImage, user: User) -> list[Group]:
    """Everything that is known about `image` and is for `user`, without what is not known."""
    groups = [
        Group("File", _known(_file(image))),
        Group("Asked for", _known(_asked(image))),
        Group("Answered", _known(_answered(image, image.run)) if image.user_id == user.pk else []),
    ]
    return [group for group in groups if group.rows]


def problem(image: GeneratedImage) -> list[Row]:
    """What is under the details of a picture's error."""
    details = image.error.get("details", {})
    return [(in_words(name), _text(fact)) for name, fact in details.items() if name not in TOLD_BELOW]


def differences(images: Sequence[GeneratedImage]) -> list[Difference]:
    """What was asked for each, line by line; one that only some have is empty for the others."""
    asked = [dict(_known(_compared(image))) for image in images]
    names = dict.fromkeys(name for one in asked for name in one)
    return [Difference(name, [one.get(name, "") for one in asked]) for name in names]


def record(image: GeneratedImage, user: User, sources: Iterable[GeneratedImage] = ()) -> dict[str, Any]:
    """The side-car: all of it as JSON, for `user`. `sources`: what it was derived from, as far as they may see it."""
    run = image.run if image.user_id == user.pk else None
    known: dict[str, Any] = {
        "id": str(image.public_id),
        "operation": image.operation,
        "configuration": str(image.configuration or ""),
        "model": image.model,
        "prompt": image.prompt,
        "revised_prompt": image.revised_prompt,
        "parameters": image.parameters,
        "media_type": image.media_type,
        "width": image.width,
        "height": image.height,
        "bytes": image.bytes,
        "sha256": image.sha256,
        "created": image.created.isoformat(),
        "kept": image.kept.isoformat() if image.kept else None,
        "favourite": image.favourite if image.user_id == user.pk else None,
        "derived_from": [str(source.public_id) for source in sources],
        "error": image.error,
    }
    if run:
        known["request"] = {
            "pictures": run.request.get("n", 1),
            "notices": run.notices,
            "answer": run.answer,
            "usage": run.usage,
            "cost_usd": None if run.cost is None else f"{run.cost.normalize():f}",
            "request_id": run.request_id,
            "duration_ms": run.duration_ms,
        }
    return {name: value for name, value in known.items() if value not in (None, "", {}, [])}


def cost(run: Run) -> str:
    """In US dollars, of all pictures of the request; "unpriced" where no price is known, "nothing" in the sandbox."""
    told = money.of_run(run) or "nothing"
    number = int(run.request.get("n") or 1)
    return f"{told} for {number} pictures" if number > 1 and run.cost else told


def _file(image: GeneratedImage) -> Iterator[Row]:
    if image.is_kept:
        yield "size", f"{image.width} x {image.height} pixels" if image.width else ""
        yield "bytes", f"{readable(image.bytes)} ({image.bytes:,} bytes)"
        yield "type", image.media_type
        yield "SHA-256", image.sha256
    yield "time", date_format(timezone.localtime(image.kept or image.created), "j F Y, H:i")


def _asked(image: GeneratedImage) -> Iterator[Row]:
    yield "how", image.get_operation_display()
    yield "configuration", str(image.configuration or "")
    yield "model", image.model
    yield from _parameters(image)


def _compared(image: GeneratedImage) -> Iterator[Row]:
    yield "prompt", image.prompt
    yield "revised prompt", image.revised_prompt
    yield from _asked(image)
    yield "size of the file", f"{image.width} x {image.height}, {readable(image.bytes)}" if image.width else ""


def _parameters(image: GeneratedImage) -> Iterator[Row]:
    for name, value in image.parameters.items():
        yield name, _text(value)


def _answered(image: GeneratedImage, run: Run | None) -> Iterator[Row]:
    if run is None:
        return
    for name, value in run.answer.items():
        if name not in ("created", "created_at") and image.parameters.get(name) != value:
            yield in_words(name), _text(value)
    yield "cost", "" if run.is_going else cost(run)
    yield from _usage(run)
    yield "first sign after", seconds(run.first_token_ms)
    yield "took", seconds(run.duration_ms)
    yield "tries", str(run.retries + 1) if run.retries else ""
    yield "request id", run.request_id
    yield "our reference", f"run {run.pk}"


def _usage(run: Run) -> Iterator[Row]:
    counts: dict[str, Any] = {name: count for name, count in run.usage.items() if name not in DETAILS}
    for part in DETAILS:
        side = part.partition("_")[0]
        counts |= {f"{side} {name}": count for name, count in (run.usage.get(part) or {}).items()}
    for name, count in counts.items():
        if count:
            yield in_words(name), _text(count)


def _known(rows: Iterable[Row]) -> list[Row]:
    return [(name, value) for name, value in rows if value]


def _text(value: object) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return json.dumps(value, indent=2, ensure_ascii=False)
