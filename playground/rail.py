"""The pages of the rail: which there are, and which of them is looked at."""

from dataclasses import dataclass

from django.urls import reverse


@dataclass(frozen=True, slots=True)
class Place:
    name: str  # of its address, in the namespace `playground`; what belongs to it stands below that
    words: str
    icon: str  # lucide's name


PLACES = (
    Place("chat", "Chat", "messages-square"),
    Place("prompt", "Prompt", "square-pen"),
    Place("compare", "Compare", "columns-3"),
    Place("images", "Images", "image"),
    Place("audio", "Audio", "audio-lines"),
    Place("embeddings", "Embeddings", "chart-scatter"),
    Place("models", "Models", "boxes"),
    Place("requests", "Requests", "arrow-left-right"),
    Place("usage", "Usage", "chart-column"),
)
IN_THE_BAR = 4  # of a phone; the others are behind "More"


@dataclass(frozen=True, slots=True)
class Page:
    """A place as the rail draws it."""

    words: str
    icon: str
    address: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class Rail:
    in_the_bar: list[Page]
    others: list[Page]

    @property
    def is_in_more(self) -> bool:
        return any(page.is_here for page in self.others)


def at(path: str) -> Rail:
    """The rail as it stands on the page at `path`. The chat is also what stands at the root."""
    addresses = {place: reverse(f"playground:{place.name}") for place in PLACES}
    here = next((place for place, address in addresses.items() if path.startswith(address)), None)
    if here is None and path == reverse("playground:home"):
        here = PLACES[0]
    pages = [Page(place.words, place.icon, address, place is here) for place, address in addresses.items()]
    return Rail(pages[:IN_THE_BAR], pages[IN_THE_BAR:])
