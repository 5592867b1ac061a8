"""The pages of the rail, in their order."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    name: str  # of its address, in the namespace `playground`; it stands below that
    words: str
    icon: str  # lucide's name


PLACES = (
    Place("chat", "Chat", "messages-square"),
    Place("images", "Images", "image"),
)
ON_A_PHONE = 4  # stand in the bar; the others behind "More"
