"""Pictures as they are drawn: a frame for each that has changed, with its tile as it is now."""

from django.contrib.auth.models import User

from connector import runs
from connector.models import GeneratedImage
from connector.runs.live import Tile
from playground.frames import words
from playground.frames.drawing import frame
from playground.frames.partials import partial
from playground.frames.threads import in_database
from playground.images import tiles


class View:
    """What one reader has been sent of a run of pictures. There are few of them, and each changes a few times."""

    is_behind = False  # everything new is sent at once

    def __init__(self, live: runs.LiveRun | None, user: User) -> None:
        self.live = live
        self._user = user
        self._sent: dict[int, Tile] = {}  # by the picture's pk
        self._waiting = words.NOTHING

    async def news(self, snapshot: runs.Snapshot) -> bytes:
        """What brings the reader's page to `snapshot`; nothing when there is nothing new."""
        changed = {pk: tile for pk, tile in snapshot.pictures.items() if self._is_new(pk, tile)}
        changes = ""
        if changed:
            self._sent |= changed
            kept = sum(tile.state == "kept" for tile in snapshot.pictures.values())
            progress = tiles.progress(kept, len(snapshot.pictures))
            changes += await in_database(_drawn)(changed, self._user)
            changes += partial(f"#run-{snapshot.run_id}-progress", "innerHTML", progress)
        waiting = words.waiting(snapshot.waiting)
        if waiting != self._waiting:
            self._waiting = waiting
            changes += partial(f"#run-{snapshot.run_id}-waiting", "innerHTML", waiting)
        return frame(changes, snapshot.revision) if changes else b""

    def _is_new(self, pk: int, tile: Tile) -> bool:
        """Another state, or another unfinished picture."""
        sent = self._sent.get(pk)
        if sent is None or sent.state != tile.state:
            return True
        return tile.has_partial and sent.revision != tile.revision


def _drawn(changed: dict[int, Tile], user: User) -> str:
    """The tiles as partials; what was deleted meanwhile is left out."""
    images = GeneratedImage.objects.filter(pk__in=changed).order_by("place")
    return "".join(
        partial(
            f"#image-{image.public_id}",
            "outerMorph",  # what stays is not drawn anew, and one unfinished picture follows another without a gap
            tiles.tile_fragment(image, user, changed[image.pk].revision if changed[image.pk].has_partial else 0),
        )
        for image in images
    )
