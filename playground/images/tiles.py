"""What the studio shows of runs: each with its pictures, those that are waited for included."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.template.loader import render_to_string

from connector.models import GeneratedImage, Run
from playground import endings

AT_ONCE = 12  # runs on the page; the gallery has them all
LOOKED_AT = 10 * AT_ONCE  # pictures: enough for as many runs, however many pictures each has
STUDIO, TILE = "playground/images/studio.html", "playground/images/tile.html"


@dataclass(frozen=True, slots=True)
class Card:
    """A run with its pictures, as they are now."""

    run: Run
    images: list[GeneratedImage]

    @property
    def prompt(self) -> str:
        return self.images[0].prompt

    @property
    def kept(self) -> int:
        return sum(image.is_kept for image in self.images)

    @property
    def progress(self) -> str:
        return progress(self.kept, len(self.images))

    @property
    def failed(self) -> int:
        return sum(image.state == GeneratedImage.State.FAILED for image in self.images)

    @property
    def error(self) -> dict[str, object]:
        """Why nothing came, where that is the same for all pictures: it is said once then."""
        reasons = {str(image.error.get("what", "")) for image in self.images}
        return self.images[0].error if self.failed == len(self.images) > 1 and len(reasons) == 1 else {}


def recent(user: User) -> list[Card]:
    """The newest runs of `user` whose pictures are not all deleted. Four queries at most."""
    newest = GeneratedImage.objects.for_user(user).exclude(run=None).order_by("-pk").values_list("run_id", flat=True)
    return _cards(user, list(dict.fromkeys(newest[:LOOKED_AT]))[:AT_ONCE])


def card(user: User, run: Run) -> Card | None:
    """The run as it is now; None when its pictures are gone."""
    return next(iter(_cards(user, [run.pk])), None)


def _cards(user: User, pks: Sequence[int | None]) -> list[Card]:
    """Runs of dead processes are marked on the way."""
    runs = _runs(pks)
    going = [run.pk for run in runs if run.is_going]
    if going and Run.objects.filter(pk__in=going).interrupt_dead():
        runs = _runs(pks)
    images = list(GeneratedImage.objects.for_user(user).filter(run__in=pks).order_by("place"))
    cards = [Card(run, _of(run, images)) for run in runs]
    return [card for card in cards if card.images]


def _runs(pks: Sequence[int | None]) -> list[Run]:
    return list(Run.objects.select_related("configuration").filter(pk__in=list(filter(None, pks))).order_by("-pk"))


def _of(run: Run, images: Iterable[GeneratedImage]) -> list[GeneratedImage]:
    theirs = [image for image in images if image.run_id == run.pk]
    for image in theirs:
        image.run = run  # known already
    return theirs


def progress(kept: int, count: int) -> str:
    return f"{kept} of {count} ready"


# What the stream puts on the page.


@endings.register(Run.Kind.IMAGE)
def run_fragment(run: Run, user: User) -> str:
    """The element `#run-<pk>` as it is now; nothing when its pictures are gone."""
    found = card(user, run)
    return render_to_string(f"{STUDIO}#run", {"card": found, "run": found.run, "user": user}) if found else ""


def tile_fragment(image: GeneratedImage, user: User, partial: int = 0) -> str:
    """The element `#image-<uuid>`; with `partial`, the number of the unfinished picture that it shows."""
    return render_to_string(f"{TILE}#tile", {"image": image, "user": user, "partial": partial})
